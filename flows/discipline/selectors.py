"""Reading the compartment: who stands aside, who knows of a case, the cases of one person."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q
from viewflow.workflow.status import STATUS

from flows.campaigns.models import LineUnit
from flows.deadlines.rules import WorkCalendar, working_days_between
from flows.deadlines.selectors import calendar
from flows.engine.models import Assignment, Run
from flows.engine.rules import APPROVED, DONE, OPEN, REJECTED, RETURNED
from flows.projects.models import Project, ProjectLeader
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import NotFound
from permissions.actors import Actor
from permissions.models import Appointment
from permissions.selectors import current, holders_of, members_of, posts_with_holders

from . import rules
from .models import Admission, Case, Commission, Disposition, Supplement

SIGNED = (APPROVED, REJECTED, RETURNED)


# --- recusal ---


class About(NamedTuple):
    """What somebody is looked into for, as far as it decides who stands aside."""

    plan: int
    unit: int
    person: int | None = None
    project: int | None = None
    line: int | None = None


def facts_about(
    plan_id: int,
    *,
    unit: int,
    person: int | None = None,
    project: int | None = None,
    line: int | None = None,
    now: datetime,
) -> rules.Facts:
    """What decides who stands aside when somebody is to be looked into (as many statements as for several)."""
    return facts_of([About(plan_id, unit, person, project, line)], now)[0]


def facts_of(several: Sequence[About], now: datetime) -> list[rules.Facts]:
    """The same for several at once, in their order (at most ten statements, however many)."""
    plans = {about.plan for about in several}
    projects = {about.project for about in several} - {None}
    posts = posts_with_holders(Q(organisation__code=rules.COMMISSION), at=now)
    seats = tuple(rules.Seat(seat.post.id, seat.post.duty, frozenset(seat.holders)) for seat in posts)
    inside = {person for seat in seats for person in seat.people}
    commission = posts[0].post.organisation_id if posts else None
    intakes = dict(Commission.objects.filter(plan_id__in=plans).values_list("plan_id", "intake_id"))
    deciding: dict[int, set[int]] = defaultdict(set)
    offered = Disposition.objects.filter(plan_id__in=plans, retired=False)
    for plan, post in offered.values_list("plan_id", "approver_id"):
        deciding[plan].add(post)
    known = {
        key: (chain, line)
        for key, chain, line in Project.objects.filter(pk__in=projects).values_list(
            "pk", "chain_id", "line_id"
        )
    }
    leaders, held = _leaders(projects, now)
    approvers = _approvers([chain for chain, _line in known.values()])
    members = members_of({about.unit for about in several}, at=now)
    lines = {about.line or known.get(about.project or 0, (0, None))[1] for about in several} - {None}
    own = _led_by(commission, lines)
    found = []
    for about in several:
        chain, line = known.get(about.project or 0, (0, None))
        mine = frozenset(leaders.get(about.project or 0, ()))
        found.append(
            rules.Facts(
                seats=seats,
                subject=about.person,
                of_unit=frozenset(members.get(about.unit, ())),
                leaders=mine,
                leading_people=frozenset(person for post in mine for person in held.get(post, ())),
                approvers=frozenset(approvers.get(chain, ())),
                about_commission=about.unit == commission or about.person in inside,
                own_line=(about.line or line) in own,
                intake=intakes.get(about.plan, 0),
                deciding=frozenset(deciding[about.plan]),
            )
        )
    return found


def _leaders(projects: Collection[Any], now: datetime) -> tuple[dict[int, set[int]], dict[int, list[int]]]:
    """The posts of the contact leaders of each project, and who holds them."""
    found: dict[int, set[int]] = defaultdict(set)
    if not projects:
        return found, {}
    for project, post in ProjectLeader.objects.filter(project_id__in=projects).values_list(
        "project_id", "post_id"
    ):
        found[project].add(post)
    return found, holders_of({post for posts in found.values() for post in posts}, at=now)


def _approvers(chains: Collection[int]) -> dict[int, set[int]]:
    """Whoever approved, verified or sent back anything of a project, and for whom, by the project's record."""
    found: dict[int, set[int]] = defaultdict(set)
    if not chains:
        return found
    signed = Assignment.objects.filter(run__chain_id__in=chains, status__in=SIGNED, auto="")
    for chain, *people in signed.values_list("run__chain_id", "decided_by_id", "decided_for_id"):
        found[chain] |= {person for person in people if person is not None}
    return found


def _led_by(commission: int | None, lines: Collection[Any]) -> set[int]:
    if commission is None or not lines:
        return set()
    leads = LineUnit.objects.filter(line_id__in=lines, organisation_id=commission, role=LineUnit.Role.LEAD)
    return set(leads.values_list("line_id", flat=True))


def aside(case: Case, now: datetime) -> rules.Recusal:
    """Who stands aside in a case at this moment, judged anew."""
    return asides([case], now)[0]


def asides(cases: Sequence[Case], now: datetime) -> list[rules.Recusal]:
    """The same for several cases, in their order."""
    about = [About(c.plan_id, c.unit_id, c.person_id, c.project_id, c.line_id) for c in cases]
    return [rules.recusal(facts) for facts in facts_of(about, now)] if about else []


# --- who knows ---


def admissions(case: Case) -> list[rules.Admission]:
    """Who knows of a case now (one statement, none where they came along)."""
    kept = getattr(case, "known", None)
    rows = case.admissions.filter(until=None) if kept is None else kept
    return [rules.Admission(row.role, row.post_id, row.person_id) for row in rows]


def roles(case: Case, actor: Actor, now: datetime, recused: rules.Recusal | None = None) -> frozenset[str]:
    """In which parts this person knows of a case; nothing for everybody else."""
    known = admissions(case)
    if not any(each.post in actor.post_ids for each in known):
        return frozenset()
    handed = case.state == Case.State.HANDED
    return rules.roles_of(actor, known, recused or aside(case, now), handed=handed)


def sees_case(actor: Actor, case: Case, now: datetime) -> bool:
    """Whether this person knows of a case."""
    return bool(roles(case, actor, now))


def cases_visible_to(actor: Actor, now: datetime) -> list[Case]:
    """The cases this person knows of, the newest first; for whoever holds no post of a commission no statement."""
    if not rules.is_of_the_commission(actor):
        return []
    mine = Admission.objects.filter(until=None, post_id__in=actor.post_ids).values("case_id")
    known = Prefetch("admissions", Admission.objects.filter(until=None), to_attr="known")
    found = Case.objects.filter(pk__in=mine).select_related("unit", "project", "disposition", "run")
    cases = list(found.prefetch_related(known))
    judged = zip(cases, asides(cases, now), strict=True)
    return [case for case, recused in judged if roles(case, actor, now, recused)]


def case_for(case_id: UUID, actor: Actor, now: datetime) -> Case:
    """One case this person knows of. Raises NotFound for one that does not exist and for everybody else alike, after
    the same statement: only of whoever was let in is anything else looked at, so no clock tells one from the other.
    """
    if rules.is_of_the_commission(actor):
        posts, mine = Q(post_id__in=actor.post_ids), Q(person=None) | Q(person_id=actor.user_id)
        let_in = Admission.objects.filter(posts, mine, case_id=OuterRef("pk"), until=None)
        about = ("unit", "project", "line", "person", "disposition", "run", "plan", "measure__climb__item")
        case: Any = Case.objects.filter(Exists(let_in), public_id=case_id).select_related(*about).first()
        if case is not None:
            case.recused = aside(case, now)
            if roles(case, actor, now, case.recused):
                return case
    raise NotFound("no-such-case")


def case_of_run(run_id: int) -> Case:
    """The case of a run."""
    return Case.objects.select_related("disposition", "plan").get(run_id=run_id)


def people_admitted(case: Case, people: Iterable[int], now: datetime) -> set[int]:
    """Which of these people know of a case, in posts they hold."""
    wanted = set(people)
    known = admissions(case)
    held: dict[int, set[int]] = {}
    rows = Appointment.objects.filter(
        current(now), user_id__in=wanted, post_id__in=[each.post for each in known]
    )
    for user, post in rows.values_list("user_id", "post_id"):
        held.setdefault(user, set()).add(post)
    recused = aside(case, now)
    handed = case.state == Case.State.HANDED
    return {
        person
        for person, posts in held.items()
        if (handed or person not in recused.people)
        and any(
            (each.role == rules.CITY) == handed
            and each.post in posts
            and (handed or each.post not in recused.posts)
            and each.person in (None, person)
            for each in known
        )
    }


# --- pages ---


@dataclass(frozen=True, slots=True)
class Row:
    """A case in the list: where it stands, what is due of it and whether that is mine to do."""

    case: Case
    step: str
    due: date | None
    days_left: int | None
    mine: bool

    @property
    def late(self) -> bool:
        """Whether its day is over."""
        return self.days_left is not None and self.days_left < 0


@dataclass(frozen=True, slots=True)
class Listed:
    """The list of one person's cases with its tiles."""

    rows: list[Row]
    over: list[Row]
    tiles: list[tuple[str, int]]
    late: int
    mine: int


def my_cases(actor: Actor, now: datetime) -> Listed:
    """My cases: those under way by what is due first, those that are over, and how many there are of each disposition."""
    cases = cases_visible_to(actor, now)
    open_shares = _open_shares([case.run_id for case in cases])
    days = calendar()
    rows = [_row(case, open_shares.get(case.run_id, []), actor, now, days) for case in cases]
    under_way = [row for row in rows if row.case.state == Case.State.OPEN]
    under_way.sort(key=lambda row: (row.due or date.max, row.case.pk))
    counted = Counter(row.case.disposition.name for row in under_way if row.case.disposed)
    return Listed(
        under_way,
        [row for row in rows if row.case.state != Case.State.OPEN],
        sorted(counted.items()),
        sum(row.late for row in under_way),
        sum(row.mine for row in under_way),
    )


def _open_shares(runs: Iterable[int | None]) -> dict[int, list[Assignment]]:
    found: dict[int, list[Assignment]] = {}
    rows = Assignment.objects.filter(
        run_id__in=[run for run in runs if run], status=OPEN, step__status=STATUS.NEW
    )
    for share in rows.select_related("step", "post").order_by("order", "pk"):
        found.setdefault(share.run_id, []).append(share)
    return found


def _row(case: Case, shares: list[Assignment], actor: Actor, now: datetime, days: WorkCalendar) -> Row:
    step = shares[0].step if shares else None
    due = step.due_on if step else None
    left = None
    if due is not None:
        today = district_day(now)
        left = (
            working_days_between(today, due, days)
            if due >= today
            else -max(working_days_between(due, today, days), 1)
        )
    title = str(step.flow_task.task_title) if step and step.flow_task else ""
    return Row(case, title, due, left, any(is_mine(share, actor) for share in shares))


def is_mine(share: Assignment, actor: Actor) -> bool:
    """Whether a share is asked of this person: by post, or in person in that post."""
    return share.post_id in actor.post_ids and share.handed_to_id in (None, actor.user_id)


def open_share(run: Run, actor: Actor) -> Assignment | None:
    """What is asked of this person in a case now."""
    shares = _open_shares([run.pk]).get(run.pk, [])
    return next((share for share in shares if is_mine(share, actor)), None)


def said(case: Case) -> list[Any]:
    """What was said in a case, in its order (one statement)."""
    return list(case.words.select_related("said_by"))


def supplements(case: Case) -> list[Supplement]:
    """What became known after the dossier was frozen (one statement)."""
    return list(Supplement.objects.filter(dossier__case=case).select_related("added_by"))


def free_handlers(case: Case, recused: rules.Recusal, now: datetime) -> list[tuple[int, str, int, str]]:
    """Whom the intake may ask: post, its name, person, their name; nobody who stands aside."""
    rows = Appointment.objects.filter(
        current(now), post__organisation__code=rules.COMMISSION, post__duty="inspector"
    ).select_related("post", "user")
    intake = Commission.objects.filter(plan_id=case.plan_id).values_list("intake_id", flat=True).first()
    return [
        (row.post_id, row.post.name, row.user_id, str(row.user))
        for row in rows.order_by("post__order", "pk")
        if row.post_id != intake and row.post_id not in recused.posts and row.user_id not in recused.people
    ]


def decided_steps(case: Case) -> list[Assignment]:
    """Who did what at which step, in order (one statement)."""
    done = Assignment.objects.filter(run_id=case.run_id, status__in=(*SIGNED, DONE))
    return list(done.select_related("step", "post", "decided_by").order_by("decided", "pk"))
