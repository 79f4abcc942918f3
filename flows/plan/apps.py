from django.apps import AppConfig


class PlanConfig(AppConfig):
    name = "flows.plan"
    label = "plan"
