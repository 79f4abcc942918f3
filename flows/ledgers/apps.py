from django.apps import AppConfig


class LedgersConfig(AppConfig):
    name = "flows.ledgers"
    label = "ledgers"

    def ready(self):
        from . import telling  # noqa: F401 - a plan's record tells of ledgers
