from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "flows.journal"
    label = "journal"

    def ready(self):
        # The notices learn where they are recorded, procrastinate its jobs.
        from . import lending, tasks  # noqa: F401
