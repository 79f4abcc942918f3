"""What a page and an act cost: the exact number of SQL statements of a whole request, among few and among many.

BEGIN and COMMIT are not counted, savepoints are; in a test's transaction the outermost savepoint stands for them.
Jobs and hints that go out after the commit are counted as well.
"""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from flows.engine import operations as engine
from flows.engine import selectors
from flows.engine.models import Assignment, Run, Step
from flows.inspections.models import Round
from flows.journal.models import Chain
from flows.ledgers.models import LedgerRow
from flows.projects.models import Milestone, Project, ProjectLeader, ProjectUnit
from hetang_flow.context_processors import DEMO_KEY
from notifications.models import Notice, NoticeCounter
from tests.support import cast, inspected, obstructed
from tests.support.aiming import aimed
from tests.support.carded import carded
from tests.support.keeping import kept, laid_down, visited
from tests.support.lit import lit
from tests.support.planned import begun, in_force
from tests.support.pool import policies, proposed

REASON = "未附签章页，请补正后重报。"
HTMX = {"HX-Request": "true"}
FEW = 10
RUN_EVERY = 10  # one crowd project in so many has a run of its own

# By (who, what): the statements of a look. Nothing here may cost more than twelve.
LOOKS = {
    ("zhao", "inbox todo"): 6,
    ("zhao", "inbox done"): 7,
    ("zhao", "inbox mine"): 6,
    ("zhao", "inbox copied"): 6,
    ("lin", "inbox todo"): 6,
    ("lin", "inbox done"): 7,
    ("chen", "inbox todo"): 6,
    ("chen", "inbox mine"): 7,
    ("sun", "inbox copied"): 7,
    ("zhao", "inbox-list"): 6,
    ("zhao", "inbox-badge"): 5,
    ("zhao", "agenda"): 11,
    ("lin", "agenda"): 11,
    ("chen", "agenda"): 11,
    ("zhao", "projects"): 12,
    ("chen", "projects"): 12,
    ("sun", "projects"): 12,
    ("gao", "projects search"): 12,
    ("zhao", "project"): 12,
    ("chen", "project"): 12,
    ("sun", "project"): 12,
    ("chen", "milestone-new"): 8,
    ("zhao", "me"): 5,
    ("zhao", "notice-settings"): 7,
    ("zhao", "phones"): 6,
    ("zhao", "sessions"): 6,
    ("lin", "substitutes"): 7,
    ("gao", "substitutes"): 7,
    ("gao", "hand-over leaver"): 10,
    ("gao", "policies"): 8,
    ("ma", "policies"): 8,
    ("gao", "policy"): 10,
    ("gao", "policy-change"): 10,
    ("gao", "work-move"): 10,
    ("lin", "obligations"): 8,
    ("chen", "months"): 8,
    ("zhao", "months-board"): 9,
    ("chen", "project-months"): 9,
    ("lin", "line-plans"): 8,
    ("zhao", "assessments"): 8,
    ("zhao", "targets"): 12,
    ("lin", "target"): 11,
    ("zhao", "contest"): 8,
    ("zhao", "work-calendar"): 8,
    ("zhao", "lights"): 10,
    ("zhao", "supervision"): 12,
    ("gao", "supervision-ladder"): 7,
    ("gao", "supervision-ladder-change"): 8,
    ("ma", "inspections"): 8,
    ("ma", "inspection-new"): 8,
    ("ma", "inspection-round"): 8,
    ("chen", "inspection-findings"): 7,
    ("chen", "project-lights"): 7,
    ("gao", "light-schemes"): 7,
    ("gao", "light-scheme-change"): 7,
    ("zhao", "task-forces"): 6,
    ("zhao", "project-card"): 11,
    ("chen", "project-card"): 11,
    ("zhao", "project-card-pdf"): 12,
    ("zhao", "timetable"): 8,
    ("chen", "timetable-write"): 8,
    ("chen", "ledgers"): 10,
    ("zhao", "ledger"): 10,
    ("chen", "ledger-new"): 6,
    ("chen", "ledger-upload"): 8,
    ("chen", "ledger-import"): 7,
    ("zhao", "ledger-row"): 6,
    ("chen", "ledger-correct"): 6,
    ("lin", "obligation-month"): 11,
    ("lin", "obligations-ahead"): 10,
    ("ma", "obligation-month"): 11,
    ("lin", "pool"): 8,
    ("chen", "proposal-new"): 6,
    ("lin", "proposal"): 11,
    ("chen", "proposal-correct"): 7,
    ("lin", "proposal-findings"): 9,
    ("lin", "proposal-tier"): 9,
    ("lin", "proposal-promote"): 10,
}
MOST_LOOKING = 12

# The whole POST: session, account, posts, the look at the run, the operation, the words of the answer, the log.
ACTS = {
    "lin approves, the leaders are asked": 17,
    "zhao approves, another is still asked": 10,
    "qian approves, the project moves": 16,
    "zhao returns": 17,
    "chen submits": 17,
}
MOST_ACTING = 18


def spent(call: Callable, capture: Callable) -> tuple[int, list[str]]:
    """How many statements a call costs, and which."""
    with capture(execute=True), CaptureQueriesContext(connection) as seen:
        answer = call()
    assert answer.status_code in (200, 302), answer.status_code
    depth, counted = 0, []
    for query in seen.captured_queries:
        text = query["sql"]
        leaves = text.startswith(("RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT"))
        depth += text.startswith("SAVEPOINT") - leaves
        outermost = depth == (0 if leaves else 1) and "SAVEPOINT" in text[:21]
        if not outermost:
            counted.append(text[:120])
    return len(counted), counted


def inspected_by(district) -> Round:
    """A round with a finding that opened an obstacle, and a visit whose materials are awaited."""
    inspected.prepare(obstructed.prepare(district) if not Round.objects.exists() else district)
    done = inspected.reported(district)
    inspected.followed(district, done.findings.get(), "obstacle")
    inspected.opened(district, district.project(), district.project())
    return done.round


def share_of(district, run, name: str) -> dict[str, str]:
    """What the form of this person's open share holds."""
    return {"assignment": str(district.share(run, name).pk), "opinion": "同意。"}


def verified(district) -> Run:
    """A run that lies with the two contact leaders."""
    run = district.submitted().run
    lin = district.actor("lin")
    engine.approve(run.public_id, district.share(run, "lin").pk, by=lin, now=district.now)
    return run


def looks(district, browser, capture) -> dict[tuple[str, str], int]:
    """The cost of every page, each looked at once before: what a process reads once is read."""
    run = verified(district)
    about = run.milestone.project
    places = {
        "project": about.public_id,
        "project-months": about.public_id,
        "milestone-new": about.public_id,
        "work-move": run.public_id,
    }
    places |= dict.fromkeys(("policy", "policy-change"), "milestone.approve")
    places |= {"ledger": kept(district).code, "ledger-new": kept(district).code}
    places |= dict.fromkeys(("project-card", "project-card-pdf"), carded(district).public_id)
    places |= {
        "timetable": in_force(district).project.public_id,
        "timetable-write": begun(district).public_id,
    }
    places |= {"target": aimed(district).code, "project-lights": about.public_id}
    lit(district)
    places |= {"ledger-upload": kept(district).code, "ledger-import": laid_down(district).public_id}
    places |= dict.fromkeys(
        ("ledger-row", "ledger-correct"), visited(district, visited=f"省厅{LedgerRow.objects.count()}").row
    )
    places |= {"inspection-round": inspected_by(district).public_id}
    policies(district)
    about = proposed(district).public_id
    places |= {f"proposal{name}": about for name in ("", "-correct", "-findings", "-tier", "-promote")}
    found = {}
    for name, what in LOOKS:
        page, _space, tab = what.partition(" ")
        parts = [places[page]] if page in places else []
        query = {"tab": tab} if page == "inbox" else {"q": "演示"} if tab else {}
        if tab == "leaver":
            query = {"leaver": district.users["lin"].pk}
        client = browser(name)
        client.get(reverse(page, args=parts), query)
        found[name, what], statements = spent(
            lambda client=client, page=page, parts=parts, query=query: client.get(
                reverse(page, args=parts), query
            ),
            capture,
        )
        assert found[name, what] <= MOST_LOOKING, statements
    return found


def acts(district, browser, capture, headers: dict[str, str]) -> dict[str, int]:
    """The cost of every act of a milestone, each person having opened the sheet before."""
    found = {}

    def press(what: str, run: Run, name: str, action: str, **typed: str) -> None:
        words = share_of(district, run, name) | typed
        client = browser(name)
        client.get(reverse("sheet", args=[run.public_id]))
        where = reverse(action, args=[run.public_id])
        found[what], statements = spent(lambda: client.post(where, words, headers=headers), capture)
        assert found[what] <= MOST_ACTING, (what, statements)

    run = district.submitted().run
    press("lin approves, the leaders are asked", run, "lin", "work-approve")
    press("zhao approves, another is still asked", run, "zhao", "work-approve")
    press("qian approves, the project moves", run, "qian", "work-approve")
    again = verified(district)
    press("zhao returns", again, "zhao", "work-return", reason=REASON)
    press("chen submits", again, "chen", "work-complete")
    return found


def crowd(district, count: int, tag: str) -> None:
    """Many more projects with parties, and for every tenth one a run that waits, was decided and was copied."""
    pattern = verified(district)
    steps = list(pattern.task_set.select_related("policy").order_by("pk"))
    shares = list(pattern.assignments.select_related("post", "decided_by").order_by("pk"))
    notice = Notice.objects.filter(user=district.users["sun"]).latest("pk")
    chains = Chain.objects.bulk_create(Chain(kind="project", name=f"{tag}-{n}") for n in range(count))
    made = Project.objects.bulk_create(
        Project(
            code=f"{tag}-{n:05d}",
            name=f"演示·{n}",
            plan=district.plan,
            line=district.line,
            total_investment=1,
            planned_investment=1,
            phase_since=cast.NOW,
            is_demo=True,
            chain=chain,
        )
        for n, chain in enumerate(chains)
    )
    units = (("owner", "owner"), ("serving", "service"))
    ProjectUnit.objects.bulk_create(
        ProjectUnit(project=project, organisation=district.units[unit], role=role)
        for project in made
        for unit, role in units
    )
    leaders = (("zhao", "district"), ("qian", "district"), ("sun", "city"))
    ProjectLeader.objects.bulk_create(
        ProjectLeader(project=project, post=district.posts[name], level=level, order=order)
        for project in made
        for order, (name, level) in enumerate(leaders)
    )
    chosen = made[::RUN_EVERY]
    runs = Run.objects.bulk_create(
        copy(pattern, chain=project.chain, title=project.name) for project in chosen
    )
    Milestone.objects.bulk_create(
        copy(pattern.milestone, run=run, project=project) for run, project in zip(runs, chosen, strict=True)
    )
    entered = Step.objects.bulk_create(
        copy(step, process=run, previous_step=None) for run in runs for step in steps
    )
    step_of = {(step.process_id, old.pk): step for step, old in zip(entered, steps * len(runs), strict=True)}
    asked, decided = [], {"status": "approved", "decided": cast.NOW, "decided_by": district.users["zhao"]}
    for number, run in enumerate(runs):
        for share in shares:
            by_zhao = decided if share.post == district.posts["zhao"] and number % 3 == 0 else {}
            asked.append(copy(share, run=run, step=step_of[run.pk, share.step_id], **by_zhao))
    Assignment.objects.bulk_create(asked)
    last = notice.number
    NoticeCounter.objects.filter(user=district.users["sun"]).update(last=last + len(runs))
    Notice.objects.bulk_create(
        copy(notice, number=last + n, key=f"{tag}:{n}", about=run.public_id) for n, run in enumerate(runs, 1)
    )


def copy(row, **changes):
    """A new row like this one, with some columns of its own."""
    columns = {f.name: getattr(row, f.name) for f in row._meta.concrete_fields if not f.primary_key}
    columns.pop("public_id", None)
    return type(row)(**columns | changes)


@pytest.fixture
def capture(district, django_capture_on_commit_callbacks):
    """A warm process: it knows whether accounts are invented, and sends after each commit what is to be sent."""
    cache.set(DEMO_KEY, True, timeout=None)
    return django_capture_on_commit_callbacks


@pytest.mark.parametrize("many", [1_000, pytest.param(10_000, marks=pytest.mark.deep)])
def test_pages_and_acts_cost_the_same_among_ten_projects_and_among_many(district, browser, capture, many):
    crowd(district, FEW, "few")
    assert looks(district, browser, capture) == LOOKS
    assert acts(district, browser, capture, {}) == ACTS
    crowd(district, many, "many")
    assert len(selectors.todo(district.actor("qian"), district.now).rows) == selectors.PAGE, "long lists"
    assert looks(district, browser, capture) == LOOKS
    assert acts(district, browser, capture, {}) == ACTS
    assert acts(district, browser, capture, HTMX) == ACTS
