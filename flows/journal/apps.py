from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "flows.journal"
    label = "journal"

    def ready(self):
        from . import lending  # noqa: F401 - the notices learn where they are recorded
