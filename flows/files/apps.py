from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "flows.files"
    label = "files"
