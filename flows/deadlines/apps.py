from django.apps import AppConfig


class DeadlinesConfig(AppConfig):
    name = "flows.deadlines"
    label = "deadlines"

    def ready(self):
        from . import tasks  # noqa: F401 - procrastinate learns the job
