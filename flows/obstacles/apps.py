from django.apps import AppConfig


class ObstaclesConfig(AppConfig):
    name = "flows.obstacles"
    label = "obstacles"

    def ready(self):
        from . import flow, resolvers, sheets, staffing  # noqa: F401 - the engine learns the flow and who signs
