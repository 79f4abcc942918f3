"""Reading how ledgers and their quotas stand: every ledger at a glance, and who has done what a quarter asks for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q
from django.db.models.functions import ExtractQuarter

from flows.campaigns.models import LineUnit, Plan
from flows.campaigns.selectors import newest_plan
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.verdicts import Verdict
from permissions.actors import Actor
from permissions.models import Organisation

from . import rules
from .models import LedgerKind
from .selectors import standing_rows

Done = Mapping[tuple[str, int], Mapping[int, int]]


@dataclass(frozen=True, slots=True)
class Owed:
    """What one unit has done of a quota in each quarter, and how that stands."""

    unit: Organisation
    quarters: list[tuple[int, int, str]]

    def in_quarter(self, quarter: int) -> tuple[int, str]:
        """How much was done in a quarter, and how it stands."""
        return next((done, state) for number, done, state in self.quarters if number == quarter)


@dataclass(slots=True)
class QuotaBoard:
    """Who owes a quota and how each stands; `met` units have met it in the quarter of the day."""

    kind: LedgerKind
    quarter: int
    units: list[Owed]

    @property
    def met(self) -> int:
        """How many units have met the quota of this quarter."""
        return sum(owed.in_quarter(self.quarter)[1] == rules.MET for owed in self.units)


@dataclass(slots=True)
class Shelf:
    """One ledger in the list: how many rows stand; `mine` is the reader's own quota, `board` everybody's."""

    kind: LedgerKind
    rows: int
    may_keep: Verdict
    mine: tuple[int, str] | None = None
    board: QuotaBoard | None = None


def shelves(actor: Actor, at: datetime) -> list[Shelf]:
    """Every ledger of the newest plan with its counts (five statements); nobody without a post sees any."""
    plan = newest_plan() if rules.may_read(actor) else None
    if plan is None:
        return []
    today = _day(plan, district_day(at))
    newest = LedgerKind.objects.filter(plan=plan).order_by("code", "-version").distinct("code")
    kinds = sorted(newest, key=lambda kind: kind.order)
    rows = standing_rows(until=today, known_at=at).filter(kind__plan=plan).order_by()
    counts = dict(rows.values_list("kind__code").annotate(n=Count("pk")))
    boards = quota_boards(plan, kinds, until=today, known_at=at)
    found = []
    for kind in kinds:
        board = boards.get(kind.code)
        own = [owed for owed in board.units if owed.unit.pk in actor.organisation_ids] if board else []
        mine = own[0].in_quarter(board.quarter) if board and own else None
        found.append(Shelf(kind, counts.get(kind.code, 0), rules.may_keep(actor, kind.owners), mine, board))
    return found


def quota_boards(
    plan: Plan, kinds: Iterable[LedgerKind], *, until: date, known_at: datetime
) -> dict[str, QuotaBoard]:
    """By ledger, who owes its quota and how each stands on a day of the plan (two statements, none without a quota)."""
    asking = [kind for kind in kinds if kind.quota]
    if not asking:
        return {}
    day = _day(plan, until)
    done, owing = _done(plan, asking, day, known_at), _owing(plan, asking)
    boards = {}
    for kind in asking:
        units = [
            Owed(unit, rules.quota_year(kind.quota, done.get((kind.code, unit.pk), {}), plan.year, day))
            for unit in owing.get(kind.quota_line, ())
        ]
        boards[kind.code] = QuotaBoard(kind, (day.month + 2) // 3, units)
    return boards


def _day(plan: Plan, day: date) -> date:
    return min(max(day, plan.effective_from), plan.effective_until)


def _done(plan: Plan, kinds: Sequence[LedgerKind], until: date, known_at: datetime) -> Done:
    """How often each unit did what a ledger counts, by quarter of the plan's year (one statement)."""
    wanted = Q(pk=None)
    for kind in kinds:
        fits = Q(kind__code=kind.code)
        for code, values in rules.quota_conditions(kind.counts).items():
            fits &= Q(**{f"values__{code}__in": values})
        wanted |= fits
    rows = standing_rows(until=until, known_at=known_at).filter(
        wanted, kind__plan=plan, happened_on__range=(plan.effective_from, until)
    )
    counted = rows.order_by().annotate(quarter=ExtractQuarter("happened_on"))
    found: dict[tuple[str, int], dict[int, int]] = {}
    for code, unit, quarter, n in counted.values_list("kind__code", "unit_id", "quarter").annotate(
        n=Count("pk")
    ):
        found.setdefault((code, unit), {})[quarter] = n
    return found


def _owing(plan: Plan, kinds: Sequence[LedgerKind]) -> dict[str, list[Organisation]]:
    """By campaign line the units that lead it or answer for it (one statement)."""
    units = LineUnit.objects.filter(line__plan=plan, line__code__in={kind.quota_line for kind in kinds})
    found: dict[str, dict[int, Organisation]] = {}
    for each in units.select_related("line", "organisation").order_by("role", "order"):
        found.setdefault(each.line.code, {}).setdefault(each.organisation_id, each.organisation)
    return {line: list(mapped.values()) for line, mapped in found.items()}
