from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "flows.policies"
    label = "policies"

    def ready(self):
        from . import flow, sheets, staffing  # noqa: F401 - the engine learns the flows and who signs
