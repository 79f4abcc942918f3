"""The ASGI door: pages over HTTP, hints over WebSocket, both only for signed-in people of this site."""

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hetang_flow.settings.dev")
pages = get_asgi_application()

from hetang_flow.lib.bodies import Capped  # noqa: E402 - needs the settings named above
from notifications.routing import websocket_urlpatterns  # noqa: E402 - needs the apps loaded above

application = ProtocolTypeRouter(
    {
        "http": Capped(pages),
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))),
    }
)
