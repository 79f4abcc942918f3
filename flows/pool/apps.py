from django.apps import AppConfig


class PoolConfig(AppConfig):
    name = "flows.pool"
    label = "pool"

    def ready(self):
        from . import flow, resolvers, sheets, staffing  # noqa: F401 - the engine learns the flows and who signs
