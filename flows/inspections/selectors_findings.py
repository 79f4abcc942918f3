"""Reading findings across rounds: what was handed in, narrowed as an address says, with what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from permissions.actors import Actor

from .models import Finding, Opened
from .selectors import FindingRow, opened_rows, visible_findings, with_opened

MOST_FINDINGS = 200
OPENED, NOTHING_OPENED = "yes", "no"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list of findings is narrowed to."""

    round: str = ""
    project: str = ""
    line: str = ""
    unit: str = ""
    serious: bool = False
    opened: str = ""

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> "Filters":
        """As the address says; what makes no sense is left out."""
        keys = {name: _key(asked.get(name, "")) for name in ("round", "project")}
        word = {name: asked.get(name, "").replace("\x00", "")[:80] for name in ("line", "unit")}
        opened = asked.get("opened", "")
        return cls(
            **keys,
            **word,
            serious=bool(asked.get("serious")),
            opened=opened if opened in (OPENED, NOTHING_OPENED) else "",
        )

    @property
    def narrowed(self) -> bool:
        """Whether anything narrows the list."""
        return self != Filters()


def _key(text: str) -> str:
    """A public id as it was asked for; nothing where it is none."""
    try:
        return str(UUID(text))
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True)
class FindingsPage:
    """Findings with what may narrow them; `more` says that there are more than are shown."""

    rows: Sequence[FindingRow]
    rounds: Sequence[tuple[str, str]]
    lines: Sequence[tuple[str, str]]
    units: Sequence[tuple[str, str]]
    more: bool


def findings(actor: Actor, at: datetime, filters: Filters) -> FindingsPage:
    """What was found and this person sees, the newest first (two statements)."""
    seen = visible_findings(actor, at)
    about = ("visit__round", "visit__project__line", "visit__run", "unit")
    found = with_opened(_narrowed(seen, filters)).select_related(*about)
    rows = list(found.order_by("-visit__handed_in", "visit", "number")[: MOST_FINDINGS + 1])
    columns = (
        "visit__round__public_id", "visit__round__name", "visit__project__line__code",
        "visit__project__line__name", "unit__code", "unit__name",
    )  # fmt: skip
    choices = set(seen.order_by().values_list(*columns).distinct()[: MOST_FINDINGS * 5])
    return FindingsPage(
        [FindingRow(row, opened_rows(row.came_of_it)) for row in rows[:MOST_FINDINGS]],
        sorted({(str(row[0]), row[1]) for row in choices}, key=lambda pair: pair[1]),
        sorted({(row[2], row[3]) for row in choices}),
        sorted({(row[4], row[5]) for row in choices}, key=lambda pair: pair[1]),
        len(rows) > MOST_FINDINGS,
    )


def _narrowed(found: QuerySet[Finding], filters: Filters) -> QuerySet[Finding]:
    if filters.round:
        found = found.filter(visit__round__public_id=filters.round)
    if filters.project:
        found = found.filter(visit__project__public_id=filters.project)
    if filters.line:
        found = found.filter(visit__project__line__code=filters.line)
    if filters.unit:
        found = found.filter(unit__code=filters.unit)
    if filters.serious:
        found = found.filter(is_serious=True)
    if filters.opened:
        came = Exists(Opened.objects.filter(finding_id=OuterRef("pk")))
        found = found.filter(came if filters.opened == OPENED else ~came)
    return found
