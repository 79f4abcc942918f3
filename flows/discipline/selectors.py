"""Reading the compartment: who stands aside, who knows of a case, the cases of one person."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q
from viewflow.workflow.status import STATUS

from flows.campaigns.models import LineUnit
from flows.deadlines.rules import working_days_between
from flows.deadlines.selectors import calendar
from flows.engine.models import Assignment, Run
from flows.engine.rules import APPROVED, DONE, OPEN, REJECTED, RETURNED
from flows.projects.models import Project, ProjectLeader
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import NotFound
from permissions.actors import Actor
from permissions.models import Appointment, Organisation
from permissions.selectors import current, holders_of, members_of, posts_with_holders

from . import rules
from .models import Admission, Case, Commission, Disposition, Supplement

SIGNED = (APPROVED, REJECTED, RETURNED)


# --- recusal ---


def facts_about(
    plan_id: int,
    *,
    unit: int,
    person: int | None = None,
    project: int | None = None,
    line: int | None = None,
    now: datetime,
) -> rules.Facts:
    """What decides who stands aside when somebody is to be looked into (at most nine statements)."""
    seats = tuple(
        rules.Seat(seat.post.id, seat.post.duty, frozenset(seat.holders))
        for seat in posts_with_holders(Q(organisation__code=rules.COMMISSION), at=now)
    )
    inside = {person for seat in seats for person in seat.people}
    commission = Organisation.objects.filter(code=rules.COMMISSION).values_list("pk", flat=True).first()
    set_up = Commission.objects.filter(plan_id=plan_id).values_list("intake_id", flat=True).first()
    deciding = Disposition.objects.filter(plan_id=plan_id, retired=False).values_list(
        "approver_id", flat=True
    )
    leaders = frozenset(_leaders(project))
    held = holders_of(leaders, at=now) if leaders else {}
    return rules.Facts(
        seats=seats,
        subject=person,
        of_unit=frozenset(members_of([unit], at=now).get(unit, ())),
        leaders=leaders,
        leading_people=frozenset(person for people in held.values() for person in people),
        approvers=frozenset(_approvers(project)),
        about_commission=unit == commission or person in inside,
        own_line=_leads_line(commission, line or _line_of(project)),
        intake=set_up or 0,
        deciding=frozenset(deciding),
    )


def _leaders(project: int | None) -> list[int]:
    """The posts of the project's contact leaders."""
    return list(ProjectLeader.objects.filter(project_id=project).values_list("post_id", flat=True))


def _approvers(project: int | None) -> set[int]:
    """Whoever approved, verified or sent back anything of the project, and for whom."""
    if project is None:
        return set()
    chain = Project.objects.filter(pk=project).values("chain_id")
    said = Assignment.objects.filter(run__chain_id__in=chain, status__in=SIGNED, auto="")
    rows = said.values_list("decided_by_id", "decided_for_id")
    return {person for pair in rows for person in pair if person is not None}


def _line_of(project: int | None) -> int | None:
    return Project.objects.filter(pk=project).values_list("line_id", flat=True).first() if project else None


def _leads_line(commission: int | None, line: int | None) -> bool:
    leads = LineUnit.objects.filter(line_id=line, organisation_id=commission, role=LineUnit.Role.LEAD)
    return line is not None and leads.exists()


def aside(case: Case, now: datetime) -> rules.Recusal:
    """Who stands aside in a case at this moment."""
    about = {"unit": case.unit_id, "person": case.person_id, "project": case.project_id, "line": case.line_id}
    return rules.recusal(facts_about(case.plan_id, **about, now=now))


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
    return [case for case in found.prefetch_related(known) if roles(case, actor, now)]


def case_for(case_id: UUID, actor: Actor, now: datetime) -> Case:
    """One case this person knows of. Raises NotFound for one that does not exist and for everybody else alike."""
    if rules.is_of_the_commission(actor):
        about = ("unit", "project", "line", "person", "disposition", "run", "plan", "measure__climb__item")
        case = Case.objects.filter(public_id=case_id).select_related(*about).first()
        if case is not None and sees_case(actor, case, now):
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
    rows = [_row(case, open_shares.get(case.run_id, []), actor, now) for case in cases]
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


def _row(case: Case, shares: list[Assignment], actor: Actor, now: datetime) -> Row:
    step = shares[0].step if shares else None
    due = step.due_on if step else None
    left = None
    if due is not None:
        today, days = district_day(now), calendar()
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


def free_handlers(case: Case, now: datetime) -> list[tuple[int, str, int, str]]:
    """Whom the intake may ask: post, its name, person, their name; nobody who stands aside."""
    recused = aside(case, now)
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
