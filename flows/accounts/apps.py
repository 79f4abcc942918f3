from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "flows.accounts"
    label = "accounts"
