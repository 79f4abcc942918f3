"""Line 36: when a part the site leans on raises, nobody gets further than before, and no answer shows the inside."""

import pytest
from channels.layers import channel_layers
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.urls import reverse

from flows.engine.models import Assignment
from flows.journal.models import Entry
from tests.support.broken import Gone

LOGIN = "account_login"
INSIDE = ("Traceback", "secret-", "Gone", "psycopg", "SELECT", ".py")


def closed(answer) -> bool:
    """An error page that shows nothing of the inside."""
    said = answer.content.decode()
    return answer.status_code in (500, 503) and not any(word in said for word in INSIDE)


@pytest.fixture
def broken_cache(settings):
    settings.CACHES = {"default": {"BACKEND": "tests.support.broken.BrokenCache"}}
    if hasattr(caches._connections, "default"):
        del caches["default"]
    yield
    if hasattr(caches._connections, "default"):
        del caches["default"]


def raising(*_, **__):
    raise Gone("secret-backend")


def test_line_36_a_cache_that_raises_lets_nobody_in_and_shows_nothing(
    client, district, settings, broken_cache
):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key"}
    user = get_user_model().objects.create(username="somebody", name="Somebody")
    user.set_password("a-long-enough-word")
    user.save()
    client.raise_request_exception = False
    for password in ("wrong", "a-long-enough-word"):
        answer = client.post(reverse(LOGIN), {"login": "somebody", "password": password})
        assert closed(answer) or answer.status_code == 200
        assert not Session.objects.exists() or "_auth_user_id" not in client.session


def test_line_36_a_cache_that_raises_opens_no_matter_of_others(browser, district, broken_cache):
    run = district.submitted().run
    wang = browser("wang")
    wang.raise_request_exception = False
    answer = wang.get(reverse("sheet", args=[run.public_id]))
    assert answer.status_code >= 404
    assert run.title not in answer.content.decode()


@pytest.mark.parametrize(
    "part",
    [
        "django.contrib.auth.middleware.auth.get_user",
        "allauth.account.auth_backends.AuthenticationBackend.get_user",
    ],
)
def test_line_36_a_backend_that_raises_makes_nobody_somebody(browser, district, monkeypatch, part):
    run = district.submitted().run
    share = Assignment.objects.get(run=run, status="open")
    lin = browser("lin")
    lin.raise_request_exception = False
    monkeypatch.setattr(part, raising)
    before = Entry.objects.count()
    for answer in (
        lin.get(reverse("sheet", args=[run.public_id])),
        lin.post(reverse("work-approve", args=[run.public_id]), {"assignment": share.pk}),
    ):
        assert run.title not in answer.content.decode()
        assert closed(answer) or answer.status_code in (200, 302), answer.status_code
    assert Entry.objects.count() == before
    share.refresh_from_db()
    assert share.status == "open"


def test_line_36_rights_that_cannot_be_read_are_no_rights(browser, district, monkeypatch):
    run = district.submitted().run
    monkeypatch.setattr("permissions.asking.actor_for", raising)
    lin = browser("lin")
    lin.raise_request_exception = False
    before = Entry.objects.count()
    share = Assignment.objects.get(run=run, status="open")
    assert closed(lin.get(reverse("inbox")))
    assert closed(lin.post(reverse("work-approve", args=[run.public_id]), {"assignment": share.pk}))
    assert Entry.objects.count() == before


@pytest.mark.django_db(transaction=True)
def test_line_36_hints_that_cannot_be_sent_take_no_decision_away(browser, district, settings):
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "tests.support.broken.BrokenLayer"}}
    channel_layers.backends.clear()
    try:
        run = district.submitted().run
        share = Assignment.objects.get(run=run, status="open")
        answer = browser("lin").post(reverse("work-approve", args=[run.public_id]), {"assignment": share.pk})
        assert answer.status_code == 302
        share.refresh_from_db()
        assert share.status != "open"
    finally:
        channel_layers.backends.clear()
