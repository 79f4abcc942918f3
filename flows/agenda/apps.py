from django.apps import AppConfig


class AgendaConfig(AppConfig):
    name = "flows.agenda"
    label = "agenda"
