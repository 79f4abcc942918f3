from django.apps import AppConfig


class EngineConfig(AppConfig):
    name = "flows.engine"
    label = "engine"

    def ready(self):
        from . import checks  # noqa: F401 - registers the system checks
        from .registry import history_words
        from .selectors_people import reresolved_words

        history_words("step.reresolved", reresolved_words)
