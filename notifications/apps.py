from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("Notices")

    def ready(self):
        """Whose sessions end is looked at again by their open pages."""
        from notifications import hints
        from permissions.signals import sessions_ended

        sessions_ended.connect(hints.look_again, dispatch_uid="hints")
