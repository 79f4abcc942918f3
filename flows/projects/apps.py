from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "flows.projects"
    label = "projects"

    def ready(self):
        from . import flow, resolvers, sheets, staffing  # noqa: F401 - the engine learns the flows and who signs
