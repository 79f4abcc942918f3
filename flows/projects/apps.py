from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "flows.projects"
    label = "projects"

    def ready(self):
        from . import resolvers  # noqa: F401 - the engine learns who signs a project's steps
