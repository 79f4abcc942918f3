from django.apps import AppConfig


class HetangFlowConfig(AppConfig):
    """The wiring: settings, addresses and the commands of the whole house."""

    name = "hetang_flow"
    label = "hetang_flow"

    def ready(self) -> None:
        from . import checks  # noqa: F401 - makes the check of packages known
