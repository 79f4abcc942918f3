from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "flows.supervision"
    label = "supervision"

    def ready(self):
        from . import (  # noqa: F401 - others learn what is here, and the sweep what is late
            assessing,
            flow,
            resolvers,
            sheets,
            source_lights,
            source_nodes,
            source_tasks,
            staffing,
            tasks,
        )
