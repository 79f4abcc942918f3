"""What comes in at the door, before any page: too much, or headers that pretend to be others."""

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application

from hetang_flow.asgi import application
from hetang_flow.lib.bodies import Capped
from permissions.access import address_of
from permissions.models import Access

pytestmark = pytest.mark.django_db(transaction=True)
MEGABYTE = 1024 * 1024


def scope(headers=(), method="POST"):
    """A request for the log-in page as a server hands it on."""
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": "/account/login/",
        "raw_path": b"/account/login/",
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": [(b"host", b"testserver"), *headers],
        "client": ("203.0.113.9", 4711),
        "server": ("testserver", 80),
    }


async def answer(app, headers=(), body=(b"",), method="POST"):
    """Send a request in pieces and wait for the status; None when nothing ever came back."""
    talk = ApplicationCommunicator(app, scope(headers, method))
    for number, piece in enumerate(body, 1):
        await talk.send_input({"type": "http.request", "body": piece, "more_body": number < len(body)})
    said = await talk.receive_output(10)
    await talk.receive_output(10)
    await talk.wait(5)
    return said["status"]


def test_a4_37_a_body_that_says_it_is_too_large_is_not_read():
    said = [(b"content-length", str(65 * MEGABYTE).encode())]
    assert async_to_sync(answer)(application, said) == 413


def test_a4_37_a_body_that_says_nothing_of_its_length_is_counted():
    pieces = [b"x" * MEGABYTE] * 66
    assert async_to_sync(answer)(application, [(b"transfer-encoding", b"chunked")], pieces) == 413


def test_a4_37_what_is_not_too_large_passes():
    kind = (b"content-type", b"application/x-www-form-urlencoded")
    assert async_to_sync(answer)(application, [kind], [b"login=a&", b"password=b"]) == 403, (
        "no token: the page saw it"
    )


def test_a4_37_what_lies_inside_never_sees_the_rest():
    seen = []

    async def inside(_scope, receive, _send):
        while (message := await receive())["type"] == "http.request":
            seen.append(message["body"])

    assert async_to_sync(answer)(Capped(inside, 3), (), [b"ab", b"c", b"d", b"e"]) == 413
    assert seen == [b"ab", b"c"]


def test_a4_13_a_header_with_an_underscore_pretends_to_be_no_other(settings):
    settings.TRUSTED_PROXY = ["203.0.113.0/24"]
    real, false = (b"x-forwarded-for", b"198.51.100.7"), (b"x_forwarded_for", b"192.0.2.1")
    async_to_sync(answer)(get_asgi_application(), [real, false], method="GET")
    assert Access.objects.get().address == "198.51.100.7"
    assert address_of("203.0.113.9", "192.0.2.1", []) == "203.0.113.9"
