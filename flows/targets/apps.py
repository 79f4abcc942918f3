from django.apps import AppConfig


class TargetsConfig(AppConfig):
    name = "flows.targets"
    label = "targets"

    def ready(self):
        from . import (  # noqa: F401 - the engine learns the flows and who signs
            flow,
            gathering,
            resolvers_assessment,
            resolvers_line_plans,
            sheets_assessment,
            sheets_line_plans,
            staffing,
            staffing_assessment,
            telling,
        )
