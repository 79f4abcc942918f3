from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    name = "flows.inspections"
    label = "inspections"

    def ready(self):
        from . import flow, resolvers, sheets, staffing, tasks  # noqa: F401 - the engine learns the flow and who acts
