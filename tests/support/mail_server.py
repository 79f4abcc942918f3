"""A mail server that refuses as often as it is told to."""

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend


class Server(EmailBackend):
    """A mail server that refuses as often as it is told to."""

    refusals: list[Exception] = []
    tried = 0

    def send_messages(self, messages):
        Server.tried += 1
        if Server.refusals:
            raise Server.refusals.pop(0)
        return super().send_messages(messages)


@pytest.fixture(name="server")
def refusing_server(settings, monkeypatch):
    """The server of this test; `refusals` are raised one by one."""
    settings.EMAIL_BACKEND = f"{__name__}.Server"
    monkeypatch.setattr(Server, "refusals", [])
    monkeypatch.setattr(Server, "tried", 0)
    mail.outbox = []
    return Server
