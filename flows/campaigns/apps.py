from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "flows.campaigns"
    label = "campaigns"
