from django.apps import AppConfig


class TargetsConfig(AppConfig):
    name = "flows.targets"
    label = "targets"

    def ready(self):
        from . import flow, resolvers_line_plans, sheets_line_plans, staffing, telling  # noqa: F401 - the engine learns them
