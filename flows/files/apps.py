from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "flows.files"
    label = "files"

    def ready(self):
        from . import sheets  # noqa: F401 - the engine learns how the entries of this room read
