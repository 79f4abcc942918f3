from django.apps import AppConfig


class TrialConfig(AppConfig):
    name = "tests.support.trial"
    label = "trial"

    def ready(self):
        from . import flow  # noqa: F401 - the library looks flows up in the app they belong to
