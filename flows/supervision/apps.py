from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "flows.supervision"
    label = "supervision"

    def ready(self):
        from . import source_nodes, source_tasks  # noqa: F401 - what is late
