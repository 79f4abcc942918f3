from django.apps import AppConfig


class EngineConfig(AppConfig):
    name = "flows.engine"
    label = "engine"

    def ready(self):
        from . import checks  # noqa: F401 - registers the system checks
