from django.apps import AppConfig


class HetangFlowConfig(AppConfig):
    """The wiring: settings, addresses and the commands of the whole house."""

    name = "hetang_flow"
    label = "hetang_flow"
