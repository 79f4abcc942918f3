from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "flows.projects"
    label = "projects"
