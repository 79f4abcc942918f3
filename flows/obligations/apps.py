from django.apps import AppConfig


class ObligationsConfig(AppConfig):
    name = "flows.obligations"
    label = "obligations"

    def ready(self):
        from . import flow, resolvers, sheets, staffing, tasks  # noqa: F401 - the engine learns who is asked
