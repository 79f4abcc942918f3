"""Every address of the site; each room brings its own."""

from allauth.account import views as account
from django.urls import path
from django.views.i18n import set_language

urlpatterns = [
    path("account/login/", account.login, name="account_login"),
    path("account/logout/", account.logout, name="account_logout"),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
    path("account/password/", account.password_change, name="account_change_password"),
    path("account/confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("language/", set_language, name="set_language"),
]
