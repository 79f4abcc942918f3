"""The timetables' part of a plan file: the nodes a first timetable begins with."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from flows.timetables.models import NodeKind
from hetang_flow.lib.plan_file import PRESET, Clause, Finding, Name, PlanModel, ShortSlug, doubles
from hetang_flow.lib.plan_rows import by_key, write_rows
from permissions.actors import Actor


class NodeEntry(PlanModel):
    """One node: how many working days it takes after the one before it."""

    code: ShortSlug
    name: Name
    days: int
    clause: Clause = PRESET


class Timetable(PlanModel):
    """The key of this section."""

    timetable: list[NodeEntry] = []


class Section:
    """The nodes of a first timetable."""

    name = "timetable"
    model = Timetable

    def check(self, document: Any) -> Iterator[Finding]:
        """Each node once, with a sensible number of days."""
        for index, first in doubles(entry.code for entry in document.timetable):
            message = _("The code “%(code)s” is taken by %(key)s[%(first)s]. Choose another.")
            facts = {"code": document.timetable[index].code, "key": "timetable", "first": first}
            yield Finding("code-twice", message, facts, ("timetable", index, "code"))
        for index, entry in enumerate(document.timetable):
            if not 0 <= entry.days <= 1000:
                message = _("The node “%(name)s” takes %(days)s working days; say between 0 and 1000.")
                facts = {"name": entry.name, "days": entry.days}
                yield Finding("node-days", message, facts, ("timetable", index, "days"))

    def lint(self, document: Any) -> Iterable[Finding]:
        """Nothing that could not add up."""
        return ()

    def load(self, document: Any, context: Any, *, by: Actor, now: datetime, effective: date) -> None:
        """Write the nodes; timetables that are there keep theirs."""
        wanted = {
            entry.code: {"plan_id": context.plan.pk, "order": order, **entry.model_dump()}
            for order, entry in enumerate(document.timetable)
        }
        stored = by_key(NodeKind.objects.filter(plan=context.plan))
        written = write_rows(NodeKind, wanted, stored)
        context.remove("timetable", NodeKind, stored, wanted)
        context.wrote(
            "timetable", len(wanted), written, {entry.code: entry.name for entry in document.timetable}
        )
