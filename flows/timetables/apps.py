from django.apps import AppConfig


class TimetablesConfig(AppConfig):
    name = "flows.timetables"
    label = "timetables"

    def ready(self):
        from . import flow, sheets  # noqa: F401 - the engine learns the flow
