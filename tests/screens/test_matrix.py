"""Who gets which answer where: every address by role, here and elsewhere, looking and acting.

What is nobody's business answers exactly like what does not exist. Whatever an act wrote is rolled back.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http.cookies import SimpleCookie
from uuid import UUID, uuid4

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from flows.campaigns.models import Plan
from flows.engine import operations as engine
from flows.files.operations import attach
from flows.journal.models import Entry
from flows.obligations import operations as obligations
from flows.obligations.models import Occurrence
from flows.projects import operations as projects
from flows.projects.models import Milestone
from flows.targets import operations_line_plans as filing
from hetang_flow.lib import clock
from notifications.models import Delivery, Notice
from permissions.models import Appointment, Organisation, Post, Substitution, User
from tests.screens.matrix import ADDRESSES, DOOR, ROLES, Address, answers
from tests.screens.test_projects import picture
from tests.support import assessing, cast, confided, inspected, obstructed, supervised
from tests.support.aiming import aimed
from tests.support.apart import together
from tests.support.filing import policies as policies_of_line_plans
from tests.support.keeping import kept, laid_down, visited
from tests.support.listed import handed_in, locked_out, newcomer
from tests.support.lit import proposed_scheme
from tests.support.owing import owe
from tests.support.planned import begun, in_force
from tests.support.pool import policies, proposed
from tests.support.signed import signed_in

pytestmark = pytest.mark.django_db
DECLARED = answers()
SHARED = {"campaign-office", "hq-office"}
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
CLOCKS = ("Expires", "Last-Modified", "Date")
TOKENS = (
    re.compile(r'"X-CSRFToken": "[^"]*"'),
    re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"'),
    re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    re.compile(r"(?<=/policies/)[a-z.-]+"),
)


def unknown(key: object) -> object:
    """A key of the same kind that nothing has; of a key in parts, the matter's own is the first."""
    if isinstance(key, tuple):
        return (unknown(key[0]), *key[1:])
    return {int: 10**12, str: "no-such"}.get(type(key), uuid4())


@dataclass
class Matter:
    """The keys of one matter: what its addresses and forms name."""

    keys: dict[str, object]
    shares: dict[str, int] = field(default_factory=dict)
    named: dict[str, object] = field(default_factory=dict)
    given: dict[str, int] = field(default_factory=dict)

    def absent(self) -> "Matter":
        """The same, of a matter that does not exist."""
        keys = {name: unknown(key) for name, key in self.keys.items()}
        return Matter(keys, dict.fromkeys(self.shares, 10**12), self.named, self.given)


@dataclass
class World:
    """The cast, the matters here and elsewhere, and a signed-in cookie for each role."""

    matters: dict[str, dict[str, Matter]]
    cookies: dict[str, SimpleCookie]

    def browser(self, role: str, **more) -> Client:
        """A window of this person's; what happens in it is forgotten by the next."""
        client = Client(**more)
        client.cookies = SimpleCookie(self.cookies[role].output(header="", sep=";"))
        return client


def neighbours(district: cast.District) -> cast.District:
    """Another plan with units, leaders and officers of its own; only the two offices are the same."""
    units, posts, users = {}, {}, {}
    for code, kind in cast.UNITS:
        shared = code in SHARED
        made = None if shared else Organisation.objects.create(code=f"{code}-b", name=f"{code}-b", kind=kind)
        units[code] = made or district.units[code]
    for order, (name, (unit, duty)) in enumerate(cast.PEOPLE.items()):
        if unit in SHARED:
            users[name], posts[name] = district.users[name], district.posts[name]
            continue
        users[name] = User.objects.create(username=f"{name}-b", name=f"{name.title()} B", is_demo=True)
        posts[name] = Post.objects.create(
            code=f"{name}-b", organisation=units[unit], name=f"{unit} {name} b", duty=duty, order=order
        )
        Appointment.objects.create(post=posts[name], user=users[name], from_day="2023-01-01")
    plan, line = cast._campaign("b", units)
    cast._policies(plan)
    return cast.District(plan, line, units, posts, users)


def matters_of(district: cast.District) -> dict[str, Matter]:
    """One matter at rest, one being drafted, one with the verifying unit, one with the contact leaders."""
    resting = district.project()
    drafted = district.milestone(district.project(phase="fulfilled"), move="start")
    drafted = Milestone.objects.select_related("project", "run").get(pk=drafted.pk)
    chen = district.actor("chen")
    papers = [
        projects.attach_evidence(drafted.public_id, "permit", picture(), by=chen, now=district.now)
        for _each in range(2)
    ]
    values = {"money": Decimal("3000"), "done-on": district.now.date()}
    projects.save_draft(drafted.public_id, values=values, note="", by=chen, now=district.now)
    verifying, signed, handed = (district.submitted().run for _each in range(3))
    sign(district, signed, "lin")
    desk = {"by": district.actor("lin"), "now": district.now}
    luo = district.users["luo"].pk
    engine.hand_out(handed.public_id, district.share(handed, "lin").pk, to_user_id=luo, **desk)
    approving, asked, pooled, paused = (approved(district) for _each in range(4))
    for run, name in ((asked, "ke"), (pooled, "bai")):
        words = {"question": "请就用地手续提出意见。", "by": district.actor("zhao"), "now": district.now}
        share = district.share(run, "zhao").pk
        engine.consult(run.public_id, share, [district.posts[name].pk], **words)
    office = {"by": district.actor("gao"), "now": district.now, "reason": "等待上级批复，暂缓办理。"}
    engine.suspend(paused.public_id, **office)
    ended = district.submitted().run
    engine.withdraw(ended.public_id, by=chen, now=district.now, reason="填报数据有误，重新整理。")
    obstructed.prepare(district, tag=district.plan.code[-1])
    supervised.prepare(district, tag=district.plan.code[-1])
    blocked = district.project()
    sorting = obstructed.raised(district, blocked)
    assigning = obstructed.sorted_(district, obstructed.raised(district, blocked))
    land = obstructed.sorted_(district, obstructed.raised(district, blocked, kind="land", part=""))
    answering = obstructed.assigned(district, land, unit="coordinating")
    photo = attach(answering.run.public_id, picture(), by=chen, now=district.now)
    tomorrow = clock.district_day(clock.now()) + timedelta(days=1)
    given_to = {"unit": district.units["coordinating"].code, "due": tomorrow}
    keys = {"project": drafted.project, "milestone": drafted, "evidence": papers[0], "run": drafted.run}

    def matter(run, share: str = "", status: str = "open", more: dict | None = None) -> Matter:
        shares = {share: district.share(run, share, status).pk} if share else {}
        step = run.task_set.filter(policy__isnull=False).earliest("pk").pk
        here = run.task_set.filter(policy__isnull=False).latest("pk").pk
        given = {"luo": luo, "ma": district.posts["ma"].pk, "submit": step, "here": here}
        return Matter({"run": run.public_id} | (more or {}), shares, given=given)

    return {
        "resting": Matter({"project": resting.public_id}),
        "drafting": matter(drafted.run, "chen", more={name: thing.public_id for name, thing in keys.items()}),
        "verifying": matter(verifying, "lin"),
        "approving": matter(approving, "zhao"),
        "signed": matter(signed, "lin", "approved"),
        "handed": matter(handed, "lin"),
        "asked": matter(asked, "ke"),
        "pooled": matter(pooled, "bai"),
        "paused": matter(paused),
        "ended": matter(ended),
        "standing": standing(district),
        "sorting": Matter({"obstacle": sorting.public_id}),
        "assigning": Matter({"obstacle": assigning.public_id}, named=given_to),
        "answering": Matter(
            {"obstacle": answering.public_id, "run": answering.run.public_id, "file": photo.public_id}
        ),
        "ruling": Matter({"policy": "milestone.verify"}),
        "undelivered": Matter({"letter": letter_set_aside(district.users["lin"])}),
        "administering": administering(district),
        "owing": Matter({"occurrence": owing(district).public_id}),
        "planning": planning(district, resting),
        "filing": filing_of(district),
        "assessing": assessing_of(district),
        "supervising": supervising_of(district),
        **inspecting_of(district),
        "weighing": Matter({"measure": supervised.measure_of(district).public_id}),
        "lighting": Matter({"scheme": proposed_scheme(district.plan).public_id}),
        "confiding": confiding(district),
        "aiming": Matter({"target": aimed(district).code}),
        "keeping": Matter(
            {
                "ledger": kept(district).code,
                "row": visited(district).row,
                "import": laid_down(district).public_id,
            }
        ),
        "proposing": Matter({"proposal": proposing(district).public_id}),
    }


def administering(district: cast.District) -> Matter:
    """An account, a lock of it, and a list of newcomers that waits for the security administrator."""
    luo = district.users["luo"]
    listed = handed_in("joining", newcomer(district, f"new-{district.plan.code}"))
    return Matter({"account": luo.pk, "lock": locked_out(luo).pk, "list": listed.public_id})


def letter_set_aside(user: User) -> UUID:
    """A letter to this person that nobody took."""
    told = Notice.objects.filter(user=user).latest("pk")
    row = Delivery.objects.create(
        notice=told, user=user, channel="mail", state="parked", letter=uuid4(), not_before=clock.now()
    )
    return row.letter


def sign(district: cast.District, run, name: str) -> None:
    """This person agrees."""
    share = district.share(run, name).pk
    engine.approve(run.public_id, share, by=district.actor(name), now=district.now)


def approved(district: cast.District):
    """A milestone that lies with the contact leaders."""
    run = district.submitted().run
    sign(district, run, "lin")
    return run


def filing_of(district: cast.District) -> Matter:
    """A line plan that Luo writes."""
    policies_of_line_plans()
    code = aimed(district).code
    plan = filing.start_line_plan(district.line.pk, by=district.actor("luo"), now=district.now)
    return Matter({"line": district.line.pk, "plan": plan.public_id, "share": (plan.public_id, code)})


def assessing_of(district: cast.District) -> Matter:
    """An assessment that is being scored, and the unit of Chen in it."""
    assessment = assessing.begun(assessing.furnish(district))
    return Matter({"unit": (assessment.public_id, district.units["serving"].code)})


def supervising_of(district: cast.District) -> Matter:
    """A matter that the headquarters office entered about Wang's unit, and its slip, not signed for yet."""
    item = supervised.entered(district, ground="perfunctory", rung="slip-red")
    slip = supervised.slip_of(district, item.climbs.get())
    return Matter({"item": item.public_id, "slip": slip.public_id})


def inspecting_of(district: cast.District) -> dict[str, Matter]:
    """A visit that waits for materials, one on site with a finding, one whose finding its unit is to see."""
    inspected.prepare(district, tag=district.plan.code[-1])
    waiting = inspected.opened(district)
    noted = inspected.noted(district)
    seeing = inspected.reported(district)
    unit = {"unit": district.units["serving"].code}
    on_site = {"visit": noted.visit.public_id, "finding": noted.public_id}
    return {
        "submitting": Matter({"visit": waiting.public_id, "round": waiting.round.public_id}),
        "visiting": Matter(on_site, named=unit),
        "seeing": Matter({"visit": seeing.public_id, "finding": seeing.findings.get().public_id}),
    }


def confiding(district: cast.District) -> Matter:
    """A case of the commission with a letter; none of the roles of the matrix knows of it."""
    confided.furnish(district, tag=district.plan.code[-1])
    case, letter = confided.with_letter(district)
    return Matter({"case": case.public_id, "letter": (case.public_id, letter.public_id)})


def planning(district: cast.District, bare) -> Matter:
    """A project with a timetable in force, one whose first is being written, and one without any."""
    held, written = in_force(district).project, begun(district)
    return Matter({"project": held.public_id, "timetable": written.public_id, "bare": bare.public_id})


def proposing(district: cast.District):
    """A proposal that its officer is writing."""
    policies(district)
    return proposed(district)


def owing(district: cast.District):
    """A monthly report that the lead department's desk is asked for."""
    owe(district)
    obligations.open_due(now=datetime(2023, 2, 1, 1, tzinfo=UTC), since=date(2023, 1, 1))
    return Occurrence.objects.get(post=district.posts["lin"])


def standing(district: cast.District) -> Matter:
    """The officer of the lead department stands in for its desk; another may for the officer, or replace them."""
    posts, users, today = district.posts, district.users, clock.district_day(clock.now())
    substitution = Substitution.objects.create(
        post=posts["lin"],
        substitute=posts["luo"],
        from_day=today,
        until_day=today + timedelta(days=7),
        reason="出差",
        made_by=users["lin"],
        made=clock.now(),
    )
    return Matter(
        {"substitution": substitution.pk},
        named={
            "post": posts["luo"].pk,
            "substitute": posts["bai"].pk,
            "first_day": today,
            "last_day": today,
            "leaver": users["luo"].pk,
            "successor": users["bai"].pk,
        },
    )


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[World]:
    """Both districts, written once for the whole matrix and rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        cache.clear()
        district = cast.build()
        people = dict(district.users)
        for kind in ("system", "security", "audit"):
            people[kind] = User.objects.create(username=kind, name=kind, administrator=kind, is_demo=True)
        people["jobless"] = User.objects.create(username="jobless", name="Jobless", is_demo=True)
        people["appointed administrator"] = User.objects.create(
            username="appointed", name="Appointed", administrator="system", is_demo=True
        )
        with together():
            for name in ("zhao", "lin", "chen", "gao"):
                Appointment.objects.create(
                    post=district.posts[name], user=people["appointed administrator"], from_day="2023-01-01"
                )
        cookies = {}
        for role in {*ROLES, *people}:
            client = Client()
            if role in people:
                signed_in(people[role], client)
            client.cookies["django_language"] = "en"
            cookies[role] = client.cookies
        places = {"here": matters_of(district), "elsewhere": matters_of(neighbours(district))}
        # Pages about no matter show the newest plan.
        Plan.objects.exclude(pk=district.plan.pk).update(year=2022)
        yield World(places, cookies)
        transaction.set_rollback(True)


def ask(browser: Client, verb: str, address: Address, matter: Matter | None, /, then=None, **forged):
    """One request of the matrix; what it wrote is gone when it has answered and `then` has looked."""
    key = matter.keys[address.key] if matter and address.key else ()
    parts = [*(key if isinstance(key, tuple) else (key,)), *address.more]
    where = reverse(address.name, args=parts)
    if verb == "GET":
        return browser.get(where)
    typed: dict = dict(address.typed)
    if address.share:
        typed["assignment"] = matter.shares[address.share]
    if matter:
        typed |= {name: value for name, value in matter.named.items() if name in typed}
    for name in ("to_user", "post", "posts", "step"):
        if name in typed and matter.given:
            typed[name] = matter.given[typed[name]]
    if address.file:
        typed["file"] = picture()
    with transaction.atomic():
        known = Entry.objects.count()
        answer = browser.post(where, typed | forged)
        done = answer.status_code in (201, 302) or answer.has_header("Content-Disposition")
        assert done or Entry.objects.count() == known, "a refusal wrote into the record"
        if then:
            then(answer)
        transaction.set_rollback(True)
    return answer


def said(answer) -> str:
    """The status, and the sign-in page as what it is."""
    door = answer.status_code == 302 and answer["Location"].startswith(reverse("account_login") + "?")
    return DOOR if door else str(answer.status_code)


def plain(answer) -> tuple:
    """Everything a reader could tell two answers apart by: status, headers, cookies, body; less tokens and clocks.

    The address they asked for themselves tells them nothing, nor does the length it gives the page.
    """
    body = answer.content.decode().replace(answer.request["PATH_INFO"], "")
    for token in TOKENS:
        body = token.sub("", body)
    headers = sorted(p for p in answer.headers.items() if p[0] not in {*CLOCKS, "Content-Length"})
    # A session notes now and then that somebody is there: a clock, too.
    return answer.status_code, headers, sorted({*answer.cookies} - {"sessionid"}), body


def cells() -> Iterator[tuple[Address, str, str]]:
    """Every address, verb and place."""
    for address in ADDRESSES:
        for verb in ("GET", "POST"):
            for place in ("here", "elsewhere") if address.about else ("here",):
                yield address, verb, place


def names(patterns=None) -> Iterator[str | None]:
    """Every URL name the resolver knows."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            yield pattern.name


def test_every_url_name_stands_in_the_matrix():
    known, listed = set(names()), {address.name for address in ADDRESSES}
    missing, gone = sorted(map(str, known - listed)), sorted(listed - known)
    assert not missing, f"Say in tests/screens/matrix.py who may ask for: {', '.join(missing)}."
    assert not gone, f"Take out of tests/screens/matrix.py what no longer exists: {', '.join(gone)}."
    wanted = {(address.name, verb, place) for address, verb, place in cells()}
    assert wanted == set(DECLARED), "Every address needs one row for each verb and place in matrix.py."


@pytest.mark.parametrize("role", ROLES)
def test_every_address_answers_as_declared(world, role):
    wrong = []
    for address, verb, place in cells():
        matter = world.matters[place].get(address.about)
        answer = said(ask(world.browser(role), verb, address, matter))
        wanted = DECLARED[address.name, verb, place][role]
        if answer != wanted:
            wrong.append(f"{verb} {address.name} {place}: {answer}, declared {wanted}")
    assert not wrong, f"{ROLES[role]}: " + "; ".join(wrong)


@pytest.mark.parametrize(
    ("role", "headers"),
    [("chen", {}), ("wang", {})]
    + [
        pytest.param(role, headers, marks=pytest.mark.deep)
        for role, headers in (("sun", {}), ("jobless", {}), ("wang", {"HX-Request": "true"}))
    ],
    ids=["chen", "wang", "sun", "jobless", "wang-in-an-open-page"],
)
def test_what_is_nobodys_business_answers_exactly_like_what_does_not_exist(world, role, headers):
    told_apart, asked = [], 0
    for address, verb, place in cells():
        if DECLARED[address.name, verb, place][role] != "404" or not address.about:
            continue
        matter = world.matters[place][address.about]
        foreign = ask(world.browser(role, headers=headers), verb, address, matter)
        absent = ask(world.browser(role, headers=headers), verb, address, matter.absent())
        asked += 1
        if plain(foreign) != plain(absent):
            told_apart.append(f"{verb} {address.name} {place}")
    assert asked >= 17
    assert not told_apart, told_apart


SHARED_FORMS = [address for address in ADDRESSES if address.share]


@pytest.mark.parametrize("address", SHARED_FORMS, ids=lambda address: address.name)
@pytest.mark.parametrize("role", ["lin", "zhao"])
def test_a_task_of_another_run_answers_exactly_like_one_that_does_not_exist(world, role, address):
    here, elsewhere = (world.matters[place][address.about] for place in ("here", "elsewhere"))
    own = {share for matter in world.matters["here"].values() for share in matter.shares.values()}
    others = [*elsewhere.shares.values(), *(own - set(here.shares.values()))]
    absent = ask(world.browser(role), "POST", address, here, assignment=10**12)
    assert said(absent) == "404"
    for share in (*others, 0, 10**30):
        answer = ask(world.browser(role), "POST", address, here, assignment=share)
        assert plain(answer) == plain(absent), share


@pytest.mark.parametrize("address", SHARED_FORMS, ids=lambda address: address.name)
def test_ones_own_task_opens_no_run_of_others(world, address):
    here, elsewhere = (world.matters[place][address.about] for place in ("here", "elsewhere"))
    (mine,) = here.shares.values()
    for role in ("chen", "lin", "sun"):
        foreign = ask(world.browser(role), "POST", address, elsewhere, assignment=mine)
        absent = ask(world.browser(role), "POST", address, elsewhere.absent(), assignment=mine)
        assert said(foreign) == "404"
        assert plain(foreign) == plain(absent)


def test_a_task_of_others_in_the_address_of_a_sheet_shows_nothing_more(world):
    here = reverse("sheet", args=[world.matters["here"]["approving"].keys["run"]])
    (foreign,) = world.matters["elsewhere"]["approving"].shares.values()
    for role in ("chen", "zhao", "ke"):
        pages = [plain(world.browser(role).get(f"{here}?as={number}")) for number in (foreign, 10**12)]
        assert pages[0] == pages[1]
        assert pages[0][0] == 200


def test_an_administrator_who_was_given_posts_still_sees_no_business(world):
    browser = world.browser("appointed administrator")
    for address, verb, place in cells():
        # How letters failed and who has an account is a system administrator's to see, and no business.
        if address.about in ("undelivered", "administering"):
            continue
        if address.key and DECLARED[address.name, verb, place]["gao"] != "405":
            answer = ask(browser, verb, address, world.matters[place][address.about])
            assert said(answer) == "404", f"{verb} {address.name} {place}"
    assert 'class="ht-todo"' not in browser.get(reverse("inbox")).content.decode()
    for name in ("substitutes", "hand-over"):
        assert "<select" not in browser.get(reverse(name)).content.decode(), f"{name} offers posts or people"


@pytest.mark.parametrize("role", ["anonymous", "zhao"])
def test_nothing_is_taken_without_the_token_of_the_form(world, role):
    taken = []
    for address, verb, place in cells():
        if verb == "POST":
            browser = world.browser(role, enforce_csrf_checks=True)
            answer = ask(browser, verb, address, world.matters[place].get(address.about))
            if said(answer) != "403":
                taken.append(f"{address.name} {place}: {said(answer)}")
    assert not taken, taken
