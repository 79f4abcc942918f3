"""Read the record: a subject's history, and what was known at a moment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from flows.journal import rules
from flows.journal.checking import verify
from flows.journal.models import Entry, EntryPersonal, RecordCheck, Seal

__all__ = ["Line", "as_of", "history", "last_check", "newest_seal", "seals", "verify"]


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as it is read; `personal` holds the values still kept, `removed` the fields taken out."""

    id: int
    number: int
    kind: str
    happened: datetime
    recorded: datetime
    actor_id: int | None
    actor_post: str
    on_behalf_of_id: int | None
    on_behalf_post: str
    run_id: int | None
    facts: dict[str, Any]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    personal: dict[str, str]
    removed: frozenset[str]

    @property
    def actor_name(self) -> str:
        """The name as it was, or nothing once it has been removed."""
        return self.personal.get(rules.ACTOR_NAME, "")

    @property
    def on_behalf_name(self) -> str:
        """The name of the person acted for, as it was."""
        return self.personal.get(rules.ON_BEHALF_NAME, "")


def history(chain_id: int, *, run_id: int | None = None) -> list[Line]:
    """Return a subject's entries in their order, of one run if given; one statement."""
    entries = Entry.objects.filter(chain_id=chain_id)
    return _lines(entries if run_id is None else entries.filter(run_id=run_id))


def as_of(chain_id: int, moment: datetime, *, happened_until: datetime | None = None) -> list[Line]:
    """Return what was on record at `moment`, of facts that happened no later than `happened_until` if given.

    as_of(c, june_1) is what the board could show on 1 June; as_of(c, today, happened_until=june_1) is what we
    know today about the state on 1 June.
    """
    entries = Entry.objects.filter(chain_id=chain_id, recorded__lte=moment)
    return _lines(entries if happened_until is None else entries.filter(happened__lte=happened_until))


def newest(chain_id: int, condition: Q, most: int) -> list[Line]:
    """Return the last entries of a subject that meet a condition, the newest first; one statement."""
    numbers = (
        Entry.objects.filter(condition, chain_id=chain_id).order_by("-number").values("number").distinct()
    )
    return _lines(Entry.objects.filter(chain_id=chain_id, number__in=numbers[:most]))[::-1]


def _lines(entries: QuerySet[Entry]) -> list[Line]:
    values = EntryPersonal.objects.filter(entry=OuterRef("pk")).values(pair=JSONObject(f="field", v="value"))
    return [_line(entry) for entry in entries.order_by("number").annotate(kept=ArraySubquery(values))]


def _line(entry: Any) -> Line:
    personal = {pair["f"]: pair["v"] for pair in entry.kept}
    return Line(
        id=entry.pk,
        number=entry.number,
        kind=entry.kind,
        happened=entry.happened,
        recorded=entry.recorded,
        actor_id=entry.actor_id,
        actor_post=entry.actor_post,
        on_behalf_of_id=entry.on_behalf_of_id,
        on_behalf_post=entry.on_behalf_post,
        run_id=entry.run_id,
        facts=entry.facts,
        before=entry.before,
        after=entry.after,
        personal=personal,
        removed=frozenset(entry.commitments.keys() - personal.keys()),
    )


# --- seals ---


def newest_seal() -> Seal | None:
    """The seal that papers bear; one statement."""
    return Seal.objects.order_by("-number").first()


def seals() -> QuerySet[Seal]:
    """Every seal, the newest first."""
    return Seal.objects.order_by("-number")


def last_check() -> RecordCheck | None:
    """What came of the last look at the whole record."""
    return RecordCheck.objects.order_by("-at").first()
