from django.apps import AppConfig


class TaskforcesConfig(AppConfig):
    name = "flows.taskforces"
    label = "taskforces"
