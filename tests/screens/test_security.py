"""What an inspector asks of every page alike; the number in a name is the line of the checklist in docs/security.md."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from flows.engine import operations as engine
from flows.engine.models import Assignment
from flows.journal.models import Entry
from hetang_flow import limits
from hetang_flow.lib import clock
from notifications.models import Notice
from permissions.models import Appointment, Substitution
from tests.screens.matrix import DOOR, answers

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
SAMPLES = {"uuid": "00000000-0000-4000-8000-000000000000", "int": 1, "slug": "x", "str": "x"}
ROOMS = ("flows", "permissions", "notifications", "hetang_flow")


def patterns(resolver=None):
    """Every named address of the site."""
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLResolver):
            yield from patterns(each)
        elif isinstance(each, URLPattern) and each.name:
            yield each


def address(pattern: URLPattern) -> str:
    """The pattern with a sample in each of its places."""
    kinds = {name: kind.__class__.__name__.lower() for name, kind in pattern.pattern.converters.items()}
    values = {
        name: next(value for key, value in SAMPLES.items() if key in kind) for name, kind in kinds.items()
    }
    return reverse(pattern.name, kwargs=values)


def takes_forms(name: str) -> bool:
    """Whether the declared matrix lets anybody send a form there."""
    said = {
        answer
        for (url, verb, _place), row in answers().items()
        if url == name and verb == "POST"
        for answer in row.values()
    }
    return bool(said - {"405", DOOR})


def test_a4_18_no_form_is_taken_without_its_token(district):
    asked = 0
    client = Client(enforce_csrf_checks=True)
    client.force_login(district.users["gao"], backend=BACKEND)
    before = Entry.objects.count()
    for pattern in patterns():
        if takes_forms(pattern.name):
            asked += 1
            assert client.post(address(pattern)).status_code == 403, pattern.name
    assert asked > 60
    assert Entry.objects.count() == before


def test_a4_17_no_page_of_somebody_signed_in_is_kept_on_the_way(browser):
    client, looked = browser("gao"), 0
    for pattern in patterns():
        if pattern.pattern.converters or pattern.name.startswith("health-"):
            continue
        answer = client.get(address(pattern))
        if answer.status_code != 200:
            continue
        looked += 1
        said = answer.headers.get("Cache-Control", "")
        assert "no-store" in said, f"{pattern.name}: {said!r}"
    assert looked > 25


def test_a4_22_no_request_becomes_a_query_by_its_own_names():
    spread = re.compile(r"\*\*\s*(?:dict\()?request\.(?:GET|POST)|order_by\(\s*\*?request\.")
    found = [
        f"{path.relative_to(settings.BASE_DIR)}: {line.strip()}"
        for room in ROOMS
        for path in Path(settings.BASE_DIR, room).rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if spread.search(line)
    ]
    assert found == []


def test_a4_34_what_cannot_be_recorded_is_not_done(district):
    run = district.submitted().run
    share = district.share(run, "lin")
    notices = Notice.objects.count()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE journal_entry ADD CONSTRAINT full_disk CHECK (kind = 'x') NOT VALID")
    with pytest.raises(DatabaseError):
        engine.approve(run.public_id, share.pk, by=district.actor("lin"), now=district.now)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE journal_entry DROP CONSTRAINT full_disk")
    assert Assignment.objects.get(pk=share.pk).status == "open"
    assert Notice.objects.count() == notices


def test_a4_37_who_asks_too_often_is_told_to_wait_and_nobody_else(browser, district, monkeypatch):
    assert set(limits.LIMITS) <= {pattern.name for pattern in patterns()}
    monkeypatch.setitem(limits.LIMITS, "projects-export", (3, limits.TEN_MINUTES))
    gao = browser("gao")
    said = [gao.post(reverse("projects-export")).status_code for _time in range(5)]
    assert said == [200, 200, 200, 429, 429]
    answer = gao.post(reverse("projects-export"))
    assert answer.headers["Retry-After"] == "60"
    assert browser("zhao").post(reverse("projects-export")).status_code == 200
    assert gao.get(reverse("projects")).status_code == 200
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        assert gao.post(reverse("projects-export")).status_code == 200


@pytest.mark.parametrize("gone", ["the post", "the substitution"])
def test_a4_40_what_was_taken_away_between_the_form_and_the_press_is_refused(district, browser, gone):
    run = district.submitted().run
    share, who = district.share(run, "lin"), "lin"
    if gone == "the substitution":
        who, today = "wang", clock.district_day(clock.now())
        Substitution.objects.create(
            post=district.posts["lin"],
            substitute=district.posts[who],
            from_day=today,
            until_day=today + timedelta(days=7),
            reason="赴省厅汇报，其间代理。",
            made_by=district.users["lin"],
            made=clock.now(),
        )
    window, act = browser(who), reverse("work-approve", args=[run.public_id])
    assert window.get(reverse("sheet", args=[run.public_id])).status_code == 200
    if gone == "the post":
        Appointment.objects.filter(user=district.users["lin"]).update(until_day=district.now.date())
    else:
        Substitution.objects.update(ended=clock.now(), ended_by=district.users["lin"])
    assert window.post(act, {"assignment": share.pk}).status_code == 404
    share.refresh_from_db()
    assert share.status == "open"
    assert not Entry.objects.filter(kind="share.approved").exists()


def test_a4_40_with_the_right_the_same_press_is_taken(district, browser):
    run = district.submitted().run
    share = district.share(run, "lin")
    answer = browser("lin").post(reverse("work-approve", args=[run.public_id]), {"assignment": share.pk})
    assert answer.status_code == 302
