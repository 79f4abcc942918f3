from django.apps import AppConfig


class TargetsConfig(AppConfig):
    name = "flows.targets"
    label = "targets"
