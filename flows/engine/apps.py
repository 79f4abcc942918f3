from django.apps import AppConfig


class EngineConfig(AppConfig):
    name = "flows.engine"
    label = "engine"

    def ready(self):
        from flows.deadlines.registry import on_change

        from . import checks  # noqa: F401 - registers the system checks
        from .operations.redating import redate
        from .registry import history_words
        from .selectors_people import reresolved_words

        on_change(redate)
        history_words("step.reresolved", reresolved_words)
