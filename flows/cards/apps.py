from django.apps import AppConfig


class CardsConfig(AppConfig):
    name = "flows.cards"
    label = "cards"
