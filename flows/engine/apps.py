from django.apps import AppConfig


class EngineConfig(AppConfig):
    name = "flows.engine"
    label = "engine"
