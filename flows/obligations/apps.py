from django.apps import AppConfig


class ObligationsConfig(AppConfig):
    name = "flows.obligations"
    label = "obligations"

    def ready(self):
        from . import assessing, flow, resolvers, sheets, staffing, tasks  # noqa: F401 - others learn what is here
