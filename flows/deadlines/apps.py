from django.apps import AppConfig


class DeadlinesConfig(AppConfig):
    name = "flows.deadlines"
    label = "deadlines"

    def ready(self):
        from . import lending, tasks  # noqa: F401 - the notices learn which days are worked, procrastinate the job
