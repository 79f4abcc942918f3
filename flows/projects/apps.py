from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "flows.projects"
    label = "projects"

    def ready(self):
        # The engine learns the flows and who signs, the record whose its chains are.
        from . import flow, recorded, resolvers, sheets, staffing  # noqa: F401
