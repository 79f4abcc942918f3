"""Every address of the site; each room brings its own."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import include, path
from django.views.decorators.cache import never_cache
from django.views.i18n import set_language

from hetang_flow import health, single_sign_on, views

handler500 = "hetang_flow.errors_http.broken"

urlpatterns = [
    path("", views.home, name="home"),
    path("me/", views.me, name="me"),
    path("", include("notifications.urls")),
    path("", include("flows.engine.urls")),
    path("", include("flows.journal.urls")),
    path("", include("flows.deadlines.urls")),
    path("", include("flows.files.urls")),
    path("", include("flows.policies.urls")),
    path("", include("flows.projects.urls")),
    path("", include("flows.figures.urls")),
    path("", include("flows.taskforces.urls")),
    path("", include("flows.cards.urls")),
    path("", include("flows.timetables.urls")),
    path("", include("flows.pool.urls")),
    path("", include("flows.ledgers.urls")),
    path("", include("flows.targets.urls_line_plans")),
    path("", include("flows.targets.urls_board")),
    path("", include("flows.targets.urls_assessment")),
    path("", include("flows.obligations.urls")),
    path("", include("flows.obstacles.urls")),
    path("", include("flows.lights.urls")),
    path("", include("flows.supervision.urls")),
    path("", include("flows.inspections.urls")),
    path("", include("flows.discipline.urls")),
    path("", include("flows.agenda.urls")),
    path("", include("flows.accounts.urls")),
    path("account/login/", views.login, name="account_login"),
    path("account/sso/", single_sign_on.begin, name="sso"),
    path("account/sso/unlink/", single_sign_on.unlink, name="sso-unlink"),
    path("account/sso/back/<slug:provider_id>/", single_sign_on.come_back, name="openid_connect_callback"),
    path("account/logout/", never_cache(account.logout), name="account_logout"),
    path("account/inactive/", never_cache(account.account_inactive), name="account_inactive"),
    path("account/sessions/", views.sessions, name="sessions"),
    path("account/password/", never_cache(account.password_change), name="account_change_password"),
    path("account/confirm/", never_cache(account.reauthenticate), name="account_reauthenticate"),
    path("account/second/", never_cache(mfa.index), name="mfa_index"),
    path("account/second/ask/", never_cache(mfa.authenticate), name="mfa_authenticate"),
    path("account/second/again/", never_cache(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("account/second/app/", never_cache(totp.activate_totp), name="mfa_activate_totp"),
    path("account/second/app/remove/", never_cache(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("account/second/keys/", never_cache(webauthn.list_webauthn), name="mfa_list_webauthn"),
    path("account/second/keys/new/", never_cache(webauthn.add_webauthn), name="mfa_add_webauthn"),
    path(
        "account/second/keys/again/",
        never_cache(webauthn.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    path(
        "account/second/keys/<int:pk>/remove/",
        never_cache(webauthn.remove_webauthn),
        name="mfa_remove_webauthn",
    ),
    path(
        "account/second/recovery/", never_cache(recovery.view_recovery_codes), name="mfa_view_recovery_codes"
    ),
    path(
        "account/second/recovery/new/",
        never_cache(recovery.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path("language/", set_language, name="set_language"),
    path("health/live/", health.live, name="health-live"),
    path("health/ready/", health.ready, name="health-ready"),
    path("health/metrics/", health.metrics, name="health-metrics"),
]
