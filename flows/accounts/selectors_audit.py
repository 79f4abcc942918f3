"""Reading for the audit administrator: the access log and the record of the system, filtered, page by page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import Q, QuerySet

from flows.journal.operations import system_chain
from flows.journal.selectors import Line, newest
from hetang_flow.lib.clock import DISTRICT
from permissions.models import Access, User

from .words import ABOUT, WORDS

PAGE = 100
MOST_OUT = 50_000
OUTCOMES = ("", "refused", "changes", "commands", "doors")
SAFE = ("GET", "HEAD", "OPTIONS")
LONGEST_NUMBER = 18
COMPARTMENT = "discipline"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the audit administrator looks for."""

    words: str = ""
    first: date | None = None
    last: date | None = None
    outcome: str = ""
    before: int | None = None

    @classmethod
    def read(cls, typed: Mapping[str, str]) -> "Asked":
        """The filter as an address or a form says it; what cannot be is left out."""
        before = typed.get("before", "")
        outcome = typed.get("outcome", "")
        return cls(
            typed.get("words", "").replace("\x00", "").strip()[:60],
            _day(typed.get("first", "")),
            _day(typed.get("last", "")),
            outcome if outcome in OUTCOMES else "",
            int(before)
            if before.isdecimal() and before.isascii() and len(before) <= LONGEST_NUMBER
            else None,
        )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _since(asked: Asked, field: str) -> Q:
    found = Q()
    if asked.first:
        found &= Q(**{f"{field}__gte": datetime.combine(asked.first, time.min, DISTRICT)})
    if asked.last:
        found &= Q(**{f"{field}__lte": datetime.combine(asked.last, time.max, DISTRICT)})
    return found


def _people(words: str) -> QuerySet:
    return User.objects.filter(Q(name__icontains=words) | Q(username__icontains=words)).values("pk")


def access_rows(asked: Asked) -> QuerySet[Access]:
    """The rows of the access log that fit, the newest first."""
    rows = Access.objects.filter(_since(asked, "at")).select_related("user").order_by("-pk")
    # The log keeps them, with the case's random key; read here, they would say that there is a case.
    rows = rows.exclude(target__startswith=COMPARTMENT)
    if asked.words:
        rows = rows.filter(Q(user__in=_people(asked.words)) | Q(target=asked.words))
    if asked.outcome == "refused":
        rows = rows.filter(Q(status__gte=400) | ~Q(refusal=""))
    elif asked.outcome == "changes":
        rows = rows.exclude(method__in=(*SAFE, "COMMAND"))
    elif asked.outcome == "commands":
        rows = rows.filter(method="COMMAND")
    elif asked.outcome == "doors":
        rows = rows.filter(target__in=("account_login", "account_logout", "account-code"))
    return rows.filter(pk__lt=asked.before) if asked.before else rows


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of rows, and from where the next begins."""

    rows: list[Any]
    next: int | None = None


def access_page(asked: Asked) -> Leaf:
    """One page of the access log (one statement)."""
    rows = list(access_rows(asked)[: PAGE + 1])
    return Leaf(rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else None)


def access_out(asked: Asked) -> Iterator[dict[str, Any]]:
    """The same rows for a workbook."""
    for row in access_rows(asked)[:MOST_OUT].iterator(chunk_size=2000):
        yield {
            "at": row.at.astimezone(DISTRICT).strftime("%Y-%m-%d %H:%M:%S"),
            "user": row.user.username if row.user else "",
            "name": str(row.user or ""),
            "address": row.address or "",
            "method": row.method,
            "target": row.target,
            "path": row.path,
            "status": str(row.status),
            "refusal": row.refusal,
        }


@dataclass(frozen=True, slots=True)
class Told:
    """An entry as it is read here: when, who, what, about whom."""

    number: int
    recorded: datetime
    who: str
    kind: str
    said: str
    about: str


def journal_page(asked: Asked) -> Leaf:
    """One page of the record of the system, the newest first (two statements)."""
    condition = _since(asked, "recorded")
    if asked.words:
        condition &= Q(actor__in=_people(asked.words)) | Q(
            personal_values__field__in=ABOUT, personal_values__value__icontains=asked.words
        )
    if asked.before:
        condition &= Q(number__lt=asked.before)
    lines = newest(system_chain(), condition, PAGE + 1)
    told = [_told(line) for line in lines[:PAGE]]
    return Leaf(told, told[-1].number if len(lines) > PAGE else None)


def _told(line: Line) -> Told:
    about = "、".join(filter(None, (line.personal.get(field, "") for field in ABOUT)))
    post = line.facts.get("post") or "、".join(each["name"] for each in line.facts.get("posts", []))
    said = str(WORDS.get(line.kind, line.kind))
    return Told(
        line.number, line.recorded, line.actor_name, line.kind, said, " · ".join(filter(None, (about, post)))
    )
