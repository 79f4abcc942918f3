"""The compartment is closed: for whoever does not know of a case, the house is the same with it and without it, byte for byte.

The referral is confirmed in both worlds; only the cases are there or not. Every address of the matrix is asked for, the
lists and searches with the case's number as well, and the notices, feeds, logs, exports and figures beside them. The
clock stands still, tokens are taken out; whatever a look wrote is rolled back.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO, StringIO
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from flows.agenda.feed import calendar_of
from flows.agenda.selectors import deadlines
from flows.campaigns.models import Plan
from flows.discipline import opening, operations
from flows.discipline.models import Case, Commission
from flows.engine import operations as engine
from flows.engine import selectors, visibility
from flows.engine.models import Assignment, Policy, Run
from flows.policies.rehearsal import older
from flows.policies.selectors import listed
from flows.supervision.operations_sweep import sweep
from hetang_flow.lib import clock
from hetang_flow.lib.errors import NotFound
from notifications.models import Delivery, Notice, NoticeCounter
from permissions.models import Access, User
from tests.screens import test_matrix as matrix
from tests.screens.matrix import ADDRESSES, ROLES
from tests.support import cast, confided
from tests.support.confided import REASON, at, person
from tests.support.signed import signed_in

pytestmark = pytest.mark.django_db
# Of the commission itself: the leader whose approval the case does not need, an inspector without it, the desk.
NEAR = ("shu", "jin", "desk")
REFERRER = "tao"
KNOW = ("yin", "xu", "dep", "cheng")
EVERYBODY = (*ROLES, *NEAR, REFERRER)
# Whoever would be told first if something leaked.
TELLING = ("gao", "audit", "jin")
TOKENS = (*matrix.TOKENS[:2], re.compile(r"nonce-[A-Za-z0-9+/=]+"))
# Lengths follow from bodies, which are compared; a workbook's holds when it was made.
SKIPPED = {*matrix.CLOCKS, "Content-Security-Policy", "Content-Length"}
PDF_ID = re.compile(rb"/ID ?\[.*?\]|uuid:[0-9a-f-]+|<xmp\w*:\w*ID>[^<]*<", re.S)


@dataclass
class Place:
    """The district with everything but a case, and who is signed in."""

    district: cast.District
    matters: dict
    cookies: dict

    def browser(self, role):
        client = Client()
        client.cookies = self.cookies[role].copy()
        return client


@pytest.fixture(scope="module")
def place(django_db_setup, django_db_blocker) -> Iterator[Place]:
    """Written once; every test leaves it as it was."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        still = clock.now()
        patch.setattr(clock, "now", lambda: still)
        patch.setattr(matrix, "confiding", nothing_confided)
        cache.clear()
        district = cast.build()
        matters = matrix.matters_of(district)
        Plan.objects.exclude(pk=district.plan.pk).update(year=2022)
        people = dict(district.users)
        for kind in ("system", "security", "audit"):
            people[kind] = User.objects.create(username=kind, name=kind, administrator=kind, is_demo=True)
        people["jobless"] = User.objects.create(username="jobless", name="Jobless", is_demo=True)
        cookies = {}
        for role in EVERYBODY:
            client = Client()
            if role in people:
                signed_in(people[role], client)
            client.cookies["django_language"] = "en"
            cookies[role] = client.cookies
        yield Place(district, matters, cookies)
        transaction.set_rollback(True)


def nothing_confided(district):
    """The commission, and a referral that was confirmed before anybody could open a case of it."""
    confided.furnish(district, tag=district.plan.code[-1])
    row = Commission.objects.get(plan=district.plan)
    Commission.objects.filter(pk=row.pk).delete()
    confided.weighed(district, confided.proposed_referral(district), REFERRER, gravity="grave")
    row.save(force_insert=True)
    return matrix.Matter({"case": uuid4(), "letter": (uuid4(), uuid4())})


@contextmanager
def rolled_back():
    """Whatever happens in here is forgotten."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def with_cases(place) -> Iterator[Case]:
    """The same world with cases: one of the referral, half way, with letters and supplements; one late; one at the city."""
    with rolled_back():
        district = place.district
        assert opening.open_waiting(now=district.now) == 1
        case = Case.objects.get()
        confided.proposed(district, confided.accepted(district, case))
        at(district, case, operations.agree, "dep", opinion=REASON)
        said = {"kind": "reminder", "unit": district.units["stranger"].code, "text": REASON}
        at(district, case, operations.write_letter, "xu", **said)
        at(district, case, operations.add_supplement, "xu", text=REASON, in_favour=True)
        late = confided.entered_clue(district)
        Run.objects.get(pk=late.run_id).task_set.filter(status="NEW").update(due_on="2023-01-09")
        confided.entered_clue(district, unit=confided.COMMISSION)
        assert sorted(Case.objects.values_list("state", flat=True)) == ["handed", "open", "open"]
        cache.clear()
        yield case


def looked(browser, where: str, verb: str = "get") -> tuple:
    """What a look answers, less tokens; what it wrote is forgotten."""
    with rolled_back():
        answer = getattr(browser, verb)(where)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if body.startswith(b"%PDF"):
        body = PDF_ID.sub(b"", body)
    elif body.startswith(b"PK"):
        # A workbook says in its properties when it was made.
        with ZipFile(BytesIO(body)) as book:
            body = b"".join(book.read(name) for name in sorted(book.namelist()) if "docProps" not in name)
    else:
        text = body.decode("utf-8", "surrogateescape")
        for token in TOKENS:
            text = token.sub("", text)
        body = text.encode("utf-8", "surrogateescape")
    headers = sorted(p for p in answer.headers.items() if p[0] not in SKIPPED)
    return answer.status_code, headers, body


def addresses(place) -> list[str]:
    """Every address that can be looked at."""
    found = []
    for address in ADDRESSES:
        matter = place.matters.get(address.about)
        key = matter.keys[address.key] if matter and address.key else ()
        parts = [*(key if isinstance(key, tuple) else (key,)), *address.more]
        found.append(reverse(address.name, args=parts))
    return found


def searches(number: str) -> list[str]:
    """Lists and searches by what only a case has."""
    tabs = [f"{reverse('inbox')}?tab={tab}&q={number}" for tab in selectors.TABS]
    return [
        *tabs,
        *(f"{reverse('inbox')}?tab={tab}" for tab in selectors.TABS),
        f"{reverse('posts-search')}?q={number}",
        f"{reverse('posts-search')}?q=discipline",
        f"{reverse('projects')}?q={number}",
        f"{reverse('supervision')}?show=all",
        f"{reverse('agenda')}?kind=supervision",
        f"{reverse('audit-access')}?words=discipline-case",
        f"{reverse('audit-access')}?words=xu",
        f"{reverse('audit-journal')}?words=xu",
    ]


def rendered(place, role: str, where: list[str]) -> dict[str, tuple]:
    browser = place.browser(role)
    return {each: looked(browser, each) for each in where}


def compared(place, role: str, only=None) -> tuple[list[str], int]:
    """The addresses that tell a difference, and how many were asked for; `only` names those besides a case's own."""
    where = [*addresses(place), *searches("NUMB-ER23")] if only is None else [*only]
    cache.clear()
    without = rendered(place, role, where)
    with with_cases(place) as case:
        # A run's own address is asked for under its true key: it must answer like one that does not exist.
        there = rendered(place, role, where)
        number = case.number
        hidden = [
            reverse("discipline-case", args=[case.public_id]),
            reverse("sheet", args=[case.run.public_id]),
            reverse("run-diagram", args=[case.run.public_id]),
            reverse("run-preview", args=[case.run.public_id]),
        ]
        browser = place.browser(role)
        for each in hidden:
            absent = re.sub(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", str(uuid4()), each)
            pair = [looked(browser, one) for one in (each, absent)]
            plain = [repr(said).replace(one, "") for said, one in zip(pair, (each, absent), strict=True)]
            if plain[0] != plain[1]:
                there[each] = ("told apart",)
        found = rendered(place, role, searches(number))
        told = [each for each, said in found.items() if case.unit.name in repr(said) and number in repr(said)]
    different = [each for each in where if without[each] != there[each]]
    return different + [each for each in there if there[each] == ("told apart",)] + told, len(where)


@pytest.mark.parametrize("role", TELLING)
def test_for_whoever_would_be_told_first_nothing_differs(place, role):
    different, asked = compared(place, role)
    assert asked > 150
    assert not different, different


@pytest.mark.deep
@pytest.mark.parametrize("role", [role for role in EVERYBODY if role not in TELLING])
def test_for_everybody_else_nothing_differs(place, role):
    different, _asked = compared(place, role)
    assert not different, different


def test_a_list_that_leaks_is_seen(place, monkeypatch):
    def leaking(actor, at):
        return Assignment.objects.filter(status="open")

    monkeypatch.setattr(selectors, "open_tasks", leaking)
    different, _asked = compared(place, "gao", only=[reverse("inbox"), reverse("health-live")])
    assert different == [reverse("inbox")]


def test_a_run_that_is_found_by_its_key_is_seen(place, monkeypatch):
    def everything(run_id, actor, at, runs=None):
        found = (Run.objects.all() if runs is None else runs).filter(public_id=run_id).first()
        if found is None:
            raise NotFound("no-such-run")
        return found

    monkeypatch.setattr("flows.engine.selectors_run.visible_run", everything)
    different, _asked = compared(place, "wang", only=())
    assert different, "a run that was found looked like one that does not exist"


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("gao", "projects-export"),
        ("gao", "months-export"),
        ("gao", "targets-export"),
        ("ma", "obstacles-export"),
        ("audit", "record-seals-export"),
        ("audit", "audit-access-export"),
    ],
)
def test_what_goes_out_is_the_same(place, role, name):
    browser, where = place.browser(role), reverse(name)
    before = looked(browser, where, verb="post")
    assert before[0] == 200
    with with_cases(place):
        assert looked(browser, where, verb="post") == before


# --- what is no page ---


def outsiders(place):
    return [user.pk for name, user in place.district.users.items() if name not in KNOW]


def told_to(place):
    """Notices, their counters and letters of everybody who knows of no case."""
    people = outsiders(place)
    return (
        list(
            Notice.objects.filter(user__in=people).order_by("pk").values_list("user", "number", "kind", "url")
        ),
        sorted(NoticeCounter.objects.filter(user__in=people).values_list("user", "last")),
        Delivery.objects.filter(user__in=people).count(),
    )


def test_nobody_else_is_told_counted_or_rung_up(place):
    before = told_to(place)
    with with_cases(place):
        assert told_to(place) == before


def test_the_counts_feeds_and_lists_of_everybody_else_are_the_same(place):
    def known():
        found = {}
        for name in (*cast.PEOPLE, *NEAR, REFERRER):
            actor = place.district.actor(name)
            found[name] = (
                selectors.counts(actor, place.district.now),
                calendar_of(deadlines(actor, place.district.now, 100)[0], place.district.now),
                list(Run.objects.filter(visibility.has_part(actor)).values_list("pk", flat=True)),
            )
        return found

    before = known()
    with with_cases(place):
        assert known() == before


def test_rehearsals_sweeps_and_figures_do_not_count_it(place, settings):
    settings.METRICS_TOKEN = "watching-0123456789"

    def counted():
        answer = Client(headers={"Authorization": "Bearer watching-0123456789"}).get(
            reverse("health-metrics")
        )
        shares = [line for line in answer.content.decode().splitlines() if "open_shares" in line]
        rules = [(rule.key, rule.running) for rule in listed(place.district.actor("gao"))]
        return (
            shares,
            rules,
            sum(older(_next(rule)).count() for rule in Policy.objects.filter(key__startswith="discipline.")),
        )

    before = counted()
    with rolled_back():
        bare = sweep(now=place.district.now + timedelta(days=200))
    with with_cases(place):
        assert counted() == before
        with rolled_back():
            assert sweep(now=place.district.now + timedelta(days=200)) == bare


def _next(policy: Policy) -> Policy:
    """A version that is to come: every run that has the present one is older."""
    return Policy(pk=10**9, key=policy.key)


def test_a_leaver_with_a_case_hands_over_as_one_without(place):
    district = place.district

    def handed():
        with rolled_back():
            said = {"by": district.actor("desk"), "now": district.now, "reason": "调离"}
            engine.hand_over(district.users["xu"].pk, district.users["jin"].pk, **said)
            notices = Notice.objects.filter(kind="post.handed_over").order_by("user", "number")
            return list(notices.values_list("user", "facts"))

    before = handed()
    with with_cases(place):
        assert handed() == before


def test_the_auditor_reads_nothing_of_whoever_opens_a_case(place):
    auditor = place.browser("audit")
    page = reverse("audit-access")
    with with_cases(place) as case:
        before = looked(auditor, page)
        client = Client()
        signed_in(place.district.users["xu"], client)
        rows = Access.objects.filter(target="discipline-case")
        with rolled_back():
            assert client.get(reverse("discipline-case", args=[case.public_id])).status_code == 200
            assert looked(auditor, page) == before
        assert not rows.exists()


def test_the_personal_data_of_a_handler_says_nothing_of_it(place):
    def exported():
        out = StringIO()
        call_command("personal_data", place.district.users["wen"].username, stdout=out)
        return out.getvalue()

    before = exported()
    with with_cases(place):
        assert exported() == before


def test_nothing_in_the_database_but_its_own_tables_names_the_unit_beside_the_case(place):
    with with_cases(place) as case:
        with connection.cursor() as cursor:
            cursor.execute("SELECT title, code, label FROM engine_run WHERE id = %s", [case.run_id])
            assert cursor.fetchone() == (case.number, case.number, "A task")
        post, user = person(place.district, "xu")
        assert Assignment.objects.filter(run=case.run, post=post, handed_to=user).exists()
