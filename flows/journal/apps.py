from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "flows.journal"
    label = "journal"
