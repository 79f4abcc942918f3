"""Workbooks that come in: read and judged by a job, taken in when somebody says so, all of it or the good rows."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from flows.campaigns.models import Plan
from flows.campaigns.selectors import newest_plan
from flows.files import scanning
from flows.projects import annex
from flows.projects.operations_annex import import_projects, may_import
from flows.projects.rules import CAMPAIGN_OFFICE, capacity_in
from flows.projects.selectors_annex import check_projects
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from hetang_flow.lib.verdicts import Verdict
from hetang_flow.lib.workbooks import Column, Problem, Reading, Row, read
from hetang_flow.lib.workbooks.found import LARGEST, MEGABYTE
from hetang_flow.lib.workbooks.reading import Progress
from permissions.actors import Actor

from . import months, rules
from .models import LedgerImport, LedgerKind
from .operations import add_rows, lock_kind
from .selectors import columns_of, newest_kind, rows_of_unit

PROJECTS, MONTHS = "projects", "months"
READ_JOB = "flows.ledgers.tasks.read_workbook"
MOST_TOLD = 1000
MOST_EARLIER = 5
PATIENCE = timedelta(minutes=5)
KEPT = timedelta(days=30)


@dataclass(slots=True)
class Judged:
    """What a workbook would bring: how many rows, every problem, and what else the reader should know.

    Rows that are `there` already are no problem: offices send the whole table again.
    """

    good: int
    problems: list[Problem]
    new_parties: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    there: int = 0


@dataclass(frozen=True, slots=True)
class Keeper:
    """For which unit rows come in, and whether they are invented ones: its own rows are not taken twice."""

    unit_id: int
    is_demo: bool = False


class LedgerImporter:
    """Rows of one ledger."""

    def __init__(self, kind: LedgerKind) -> None:
        self.kind, self.plan_id, self.name = kind, kind.plan_id, kind.name
        self.columns = [
            Column(c.code, c.name, unit=c.unit, kind=c.kind, choices=c.choices, required=c.required)
            for c in columns_of(kind)
        ]

    def may(self, actor: Actor) -> Verdict:
        """Whether this person takes rows in."""
        return rules.may_keep(actor, self.kind.owners)

    def keeper(self, actor: Actor) -> Keeper:
        """The unit for which this person takes rows in, once `may` allows it."""
        return Keeper(rules.keeping_post(actor, self.kind.owners).organisation_id, actor.is_demo)

    def judge(
        self,
        reading: Reading,
        *,
        now: datetime,
        keeper: Keeper | None = None,
        on_progress: Progress | None = None,
    ) -> Judged:
        """What would come in; without a keeper nobody knows which rows are there already."""
        found = self._judged(reading, now, keeper, on_progress)
        return Judged(len(found.good), found.problems, left_out=reading.ignored, there=found.there)

    def take(
        self,
        reading: Reading,
        *,
        new_parties: Collection[str],
        only_good: bool,
        sha256: str,
        by: Actor,
        now: datetime,
    ) -> int:
        """Take the rows in; raises Invalid while something is wrong, unless only the good rows are asked for.

        The ledger is locked first, so that the same file taken by two people at once comes in once.
        """
        self.may(by).or_raise(NotAllowed)
        lock_kind(self.kind)
        found = self._judged(reading, now, self.keeper(by))
        if found.problems and not only_good:
            raise Invalid("import-has-problems", {"count": len(found.problems)})
        if not found.good:
            raise Invalid("import-brings-nothing")
        return add_rows(self.kind.code, found.good, sha256=sha256, by=by, now=now)

    def _judged(
        self, reading: Reading, now: datetime, keeper: Keeper | None, on_progress: Progress | None = None
    ) -> rules.Sifted:
        there: Iterable[Any] = ()
        if keeper:
            there = rows_of_unit(self.kind, keeper.unit_id, keeper.is_demo).values_list("values", flat=True)
        return rules.judge_rows(
            columns_of(self.kind),
            reading,
            day=self.kind.day,
            today=district_day(now),
            stages=self.kind.stages,
            there={rules.same(values) for values in there},
            on_progress=on_progress,
        )


class AnnexImporter:
    """The annex of key projects."""

    def __init__(self, plan: Plan, name: str) -> None:
        self.plan_id, self.name, self.columns = plan.pk, name, list(annex.COLUMNS)

    def may(self, actor: Actor) -> Verdict:
        """Whether this person takes projects in."""
        return may_import(actor)

    def keeper(self, actor: Actor) -> Keeper:
        """The unit for which this person takes projects in, once `may` allows it."""
        return Keeper(capacity_in(actor, CAMPAIGN_OFFICE).acting.organisation_id, actor.is_demo)

    def judge(
        self,
        reading: Reading,
        *,
        now: datetime,
        keeper: Keeper | None = None,
        on_progress: Progress | None = None,
    ) -> Judged:
        """What would come in."""
        found = check_projects(self.plan_id, reading, now=now)
        return Judged(len(found.good), found.problems, found.new_parties, found.left_out)

    def take(
        self,
        reading: Reading,
        *,
        new_parties: Collection[str],
        only_good: bool,
        sha256: str,
        by: Actor,
        now: datetime,
    ) -> int:
        """Open the projects."""
        words = {"new_parties": new_parties, "only_good": only_good}
        return len(import_projects(self.plan_id, reading, **words, by=by, now=now))


class MonthsImporter:
    """The months of the projects a unit serves."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.plan_id, self.name, self.columns = (
            plan,
            plan.pk,
            _("Figures of the month"),
            list(months.COLUMNS),
        )

    def may(self, actor: Actor) -> Verdict:
        """Whether this person reports months."""
        return months.may_report(actor)

    def keeper(self, actor: Actor) -> Keeper:
        """The unit for which this person reports, once `may` allows it."""
        post = months.reporting_post(actor)
        return Keeper(post.organisation_id if post else 0, actor.is_demo)

    def judge(
        self,
        reading: Reading,
        *,
        now: datetime,
        keeper: Keeper | None = None,
        on_progress: Progress | None = None,
    ) -> Judged:
        """What would be reported; without a keeper nobody knows of which projects, so nothing."""
        unit, is_demo = (keeper.unit_id, keeper.is_demo) if keeper else (0, False)
        good, problems = months.judged(reading, months.known_to(self.plan, unit, is_demo, now))
        return Judged(len(good), problems, left_out=reading.ignored)

    def take(
        self,
        reading: Reading,
        *,
        new_parties: Collection[str],
        only_good: bool,
        sha256: str,
        by: Actor,
        now: datetime,
    ) -> int:
        """Report the months, each on its project's own record."""
        unit = self.keeper(by).unit_id
        return months.take(self.plan, reading, unit_id=unit, only_good=only_good, by=by, now=now)


Importer = LedgerImporter | AnnexImporter | MonthsImporter


def importer(code: str) -> Importer:
    """Who takes a workbook of this kind in: a ledger's code, `projects` or `months`. Raises NotFound."""
    if code not in (PROJECTS, MONTHS):
        return LedgerImporter(newest_kind(code))
    plan = newest_plan()
    if plan is None:
        raise NotFound("no-such-ledger")
    return MonthsImporter(plan) if code == MONTHS else AnnexImporter(plan, plan.title)


@transaction.atomic
def upload(code: str, file: UploadedFile | None, *, by: Actor, now: datetime) -> LedgerImport:
    """Lay a workbook down and ask for the job that reads it; it is thrown away as soon as it is read.

    Raises NotAllowed for whoever may not take it in, Invalid for a missing, too large or infected file.
    """
    found = importer(code)
    found.may(by).or_raise(NotAllowed)
    if file is None:
        raise Invalid("file-missing", {"field": "file"})
    if (file.size or 0) > LARGEST:
        raise Invalid("workbook-too-large", {"field": "file", "most": LARGEST // MEGABYTE})
    data = file.read()
    scanning.scan([data], name=file.name or "")
    laid = LedgerImport.objects.create(
        plan_id=found.plan_id,
        code=code,
        name=(file.name or "")[-160:],
        sha256=hashlib.sha256(data).hexdigest(),
        data=data,
        uploaded=now,
        uploaded_by_id=by.user_id,
        unit_id=found.keeper(by).unit_id,
    )
    app.configure_task(READ_JOB).defer(import_id=laid.pk)
    return laid


def look_at(import_id: int, *, now: datetime) -> LedgerImport | None:
    """Read a workbook that waits, and judge it; nothing else is written. However many workers try, it is read once."""
    waits = LedgerImport.objects.filter(pk=import_id, state=LedgerImport.State.WAITING)
    waiting = waits.select_related("uploaded_by").first()
    if waiting is None:
        return None
    found = importer(waiting.code)
    keeper = Keeper(waiting.unit_id, waiting.uploaded_by.is_demo) if waiting.unit_id else None

    def progress(share: int, of: int) -> Callable[[int, int], None]:
        def told(done: int, total: int) -> None:
            waits.update(done=int((share + done / max(total, 1)) / of * 1000), total=1000)

        return told

    reading = read(bytes(waiting.data or b""), found.columns, on_progress=progress(0, 2))
    judged = found.judge(reading, now=now, keeper=keeper, on_progress=progress(1, 2))
    told = {
        "new_parties": judged.new_parties,
        "left_out": judged.left_out,
        "problems": len(judged.problems),
        "there": judged.there,
        "totals": reading.left_out,
        "hidden": reading.hidden,
        "sheet": reading.sheet,
        "unread": reading.unread,
    }
    waits.update(
        state=LedgerImport.State.READ,
        data=None,
        reading=packed(reading),
        good=judged.good,
        bad=len({problem.row for problem in judged.problems}),
        problems=[_as_json(asdict(problem)) for problem in judged.problems[:MOST_TOLD]],
        told=told,
    )
    return LedgerImport.objects.get(pk=import_id)


@transaction.atomic
def take(
    public_id: UUID, *, only_good: bool, new_parties: Collection[str], by: Actor, now: datetime
) -> LedgerImport:
    """Take in what was read, all of it or the good rows; once, by whoever laid it down.

    Raises NotFound, NotAllowed, WrongState where it is not read yet or taken already, Invalid while something is wrong.
    """
    found = LedgerImport.objects.select_for_update(no_key=True).filter(public_id=public_id).first()
    if found is None or found.uploaded_by_id != by.user_id:
        raise NotFound("no-such-import")
    if found.state == LedgerImport.State.TAKEN:
        raise WrongState("import-taken", {"when": found.taken})
    if found.state != LedgerImport.State.READ:
        raise WrongState("import-not-read")
    way = importer(found.code)
    way.may(by).or_raise(NotAllowed)
    words = {"new_parties": new_parties, "only_good": only_good, "sha256": found.sha256}
    found.rows = way.take(unpacked(found.reading), **words, by=by, now=now)
    found.state, found.taken, found.reading = LedgerImport.State.TAKEN, now, None
    found.save()
    return found


def forget_old(*, now: datetime) -> int:
    """Throw away what was read and not taken in within a month; run twice, it forgets once. Returns how many."""
    waiting = (LedgerImport.State.WAITING, LedgerImport.State.READ)
    old = LedgerImport.objects.filter(state__in=waiting, uploaded__lt=now - KEPT)
    return old.update(state=LedgerImport.State.FORGOTTEN, data=None, reading=None, problems=[])


def laid_down_by(actor: Actor, code: str) -> list[LedgerImport]:
    """The last files a person laid down for a ledger, the newest first (one statement)."""
    found = LedgerImport.objects.filter(uploaded_by_id=actor.user_id, code=code)
    return list(found.defer("data", "reading", "problems").order_by("-uploaded")[:MOST_EARLIER])


def is_stalled(laid: LedgerImport, *, now: datetime) -> bool:
    """Whether a file waits for longer than any file takes to be read."""
    return laid.state == LedgerImport.State.WAITING and now - laid.uploaded > PATIENCE


def packed(reading: Reading) -> dict[str, Any]:
    """A reading as it is kept until it is taken in."""
    return {
        "sheet": reading.sheet,
        "rows": [[row.number, dict(row.cells)] for row in reading.rows],
        "problems": [_as_json(asdict(problem)) for problem in reading.problems],
        "ignored": reading.ignored,
        "left_out": reading.left_out,
        "hidden": reading.hidden,
        "places": dict(reading.places),
    }


def unpacked(kept: Mapping[str, Any]) -> Reading:
    """The same again as a reading."""
    rows = [Row(number, cells) for number, cells in kept["rows"]]
    return Reading(**{**kept, "rows": rows, "problems": problems_of(kept["problems"])})


def problems_of(kept: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """Problems as they were kept."""
    return [Problem(**problem) for problem in kept]


def _as_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _as_json(each) for key, each in value.items()}
    if isinstance(value, date | Decimal):
        return str(value)
    return value
