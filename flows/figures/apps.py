from django.apps import AppConfig


class FiguresConfig(AppConfig):
    name = "flows.figures"
    label = "figures"

    def ready(self):
        from . import telling  # noqa: F401 - a project's record tells of months
