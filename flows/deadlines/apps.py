from django.apps import AppConfig


class DeadlinesConfig(AppConfig):
    name = "flows.deadlines"
    label = "deadlines"
