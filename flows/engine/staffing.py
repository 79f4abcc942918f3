"""Who holds what, and which matters may come: for the soundness gate, from a plan file or from the database.

A room that names resolvers offers its cases here in its AppConfig.ready; the engine never imports upward.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q

from permissions.models import Organisation, User
from permissions.plan_section import standard_posts
from permissions.selectors import posts_with_holders

from .rules.soundness import Case, Roster, Seat

OfDocument = Callable[[Any, Roster], Iterable[Case]]
Stored = Callable[[Roster], Iterable[Case]]
_OFFERED: list[tuple[OfDocument, Stored]] = []


def offer_cases(of_document: OfDocument, stored: Stored) -> None:
    """The matters of a room that may come: as a plan file has them, and as they are stored."""
    if (of_document, stored) not in _OFFERED:
        _OFFERED.append((of_document, stored))


def cases_of_document(document: Any, roster: Roster) -> list[Case]:
    """Every room's cases by a checked plan file."""
    return [case for of_document, _stored in _OFFERED for case in of_document(document, roster)]


def stored_cases(roster: Roster) -> list[Case]:
    """Every room's cases as they are stored (a constant number of statements a room)."""
    return [case for _of_document, stored in _OFFERED for case in stored(roster)]


def roster_of_document(document: Any) -> Roster:
    """The posts of a plan file; held is what names its holder, and what the file itself adds, whose accounts come later:
    the standard posts and the inspectors' posts."""
    names = document.names
    units = {entry.code: number for number, entry in enumerate(document.organisations)}
    people: dict[str, int] = {}
    called: dict[int, str] = {}

    def person(known_as: str, name: str) -> frozenset[int]:
        number = people.setdefault(known_as, len(people))
        called[number] = name
        return frozenset({number})

    rows = [
        (entry.code, entry.name, entry.duty, names.unit(entry.organisation), entry.holder)
        for entry in document.posts
    ]
    held = [(*row[:4], _holder(person, *row)) for row in rows]
    known = {row[0] for row in rows}
    held += [
        (code, name, duty, unit, person(f"post {code}", name))
        for code, unit, name, duty in standard_posts(document)
        if code not in known
    ]
    seats = [
        Seat(number, code, name, duty, units[unit], holders)
        for number, (code, name, duty, unit, holders) in enumerate(held)
    ]
    parents = {
        units[entry.code]: units[names.unit(entry.parent)] for entry in document.organisations if entry.parent
    }
    return Roster(
        {seat.code: seat for seat in seats},
        {units[entry.code]: entry.name for entry in document.organisations},
        units,
        parents,
        called,
    )


def _holder(
    person: Callable[[str, str], frozenset[int]],
    code: str,
    name: str,
    duty: str,
    _unit: str,
    holder: str | None,
) -> frozenset[int]:
    if holder:
        return person(holder, holder)
    return person(f"post {code}", name) if duty == "inspector" else frozenset()


def stored_roster(at: datetime) -> Roster:
    """The posts as they are held at this moment by somebody with an account (three statements)."""
    seats = [
        Seat(
            seat.post.id,
            seat.post.code,
            seat.post.name,
            seat.post.duty,
            seat.post.organisation_id,
            frozenset(seat.holders or seat.substitutes),
        )
        for seat in posts_with_holders(Q(), at=at)
    ]
    units = list(Organisation.objects.values_list("pk", "code", "name", "parent_id"))
    answering = {person for seat in seats for person in seat.people}
    return Roster(
        {seat.code: seat for seat in seats},
        {key: name for key, _code, name, _parent in units},
        {code: key for key, code, _name, _parent in units},
        {key: parent for key, _code, _name, parent in units if parent},
        dict(User.objects.filter(pk__in=answering).values_list("pk", "name")),
    )
