from django.apps import AppConfig


class LightsConfig(AppConfig):
    name = "flows.lights"
    label = "lights"

    def ready(self):
        from . import tasks  # noqa: F401 - procrastinate learns the job
