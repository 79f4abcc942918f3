"""The addresses of the three administrators, and of the page for a one-time code."""

from django.urls import path

from . import views, views_audit, views_door, views_phones

urlpatterns = [
    path("account/code/", views_door.account_code, name="account-code"),
    path("account/phone/", views_phones.phone, name="phone"),
    path("account/phones/", views_phones.phones, name="phones"),
    path("account/phones/<uuid:phone_id>/forget/", views_phones.phone_forget, name="phone-forget"),
    path("administration/accounts/", views.accounts, name="accounts"),
    path("administration/accounts/<int:user_id>/", views.account, name="account"),
    path("administration/accounts/<int:user_id>/close/", views.account_close, name="account-close"),
    path("administration/accounts/<int:user_id>/open/", views.account_open, name="account-open"),
    path("administration/accounts/<int:user_id>/mail/", views.account_unmask, name="account-unmask"),
    path("administration/accounts/<int:user_id>/sessions/", views.account_sessions, name="account-sessions"),
    path("administration/accounts/<int:user_id>/code/", views.account_code_issue, name="account-code-issue"),
    path("administration/lists/", views.account_lists, name="account-lists"),
    path("administration/lists/new/<slug:kind>/", views.account_list_new, name="account-list-new"),
    path(
        "administration/lists/new/<slug:kind>/template/",
        views.account_list_template,
        name="account-list-template",
    ),
    path("administration/lists/<uuid:list_id>/", views.account_list, name="account-list"),
    path(
        "administration/lists/<uuid:list_id>/hand-in/",
        views.account_list_hand_in,
        name="account-list-hand-in",
    ),
    path(
        "administration/lists/<uuid:list_id>/confirm/",
        views.account_list_confirm,
        name="account-list-confirm",
    ),
    path(
        "administration/lists/<uuid:list_id>/decline/",
        views.account_list_decline,
        name="account-list-decline",
    ),
    path("administration/locks/", views.locks, name="locks"),
    path("administration/locks/<int:count_id>/release/", views.lock_release, name="lock-release"),
    path("administration/access/", views_audit.audit_access, name="audit-access"),
    path("administration/access/export/", views_audit.audit_access_export, name="audit-access-export"),
    path("administration/journal/", views_audit.audit_journal, name="audit-journal"),
]
