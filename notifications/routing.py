"""The one socket of the site."""

from django.urls import path

from notifications.consumers import NoticesConsumer

websocket_urlpatterns = [path("ws/notices/", NoticesConsumer.as_asgi())]
