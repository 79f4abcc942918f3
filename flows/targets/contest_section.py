"""The contest's part of a plan file: the published formula."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from flows.targets.models import ContestComponent
from hetang_flow.lib.plan_file import PRESET, Clause, Figure, Finding, Name, PlanModel, Slug, doubles
from hetang_flow.lib.plan_rows import by_key, write_rows
from permissions.actors import Actor


class ComponentEntry(PlanModel):
    """One component: which figure, cut where, how many points."""

    code: Slug
    name: Name
    figure: Literal["plan-done", "against-time", "progress", "months-reported"]
    weight: Figure
    cap: Figure = Decimal(1)
    clause: Clause = PRESET


class Contest(PlanModel):
    """The key of this section."""

    contest: list[ComponentEntry] = []


class Section:
    """The formula of the building contest."""

    name = "contest"
    model = Contest

    def check(self, document: Any) -> Iterator[Finding]:
        """Each component once; weights that make a hundred; a cap above nought."""
        for index, first in doubles(entry.code for entry in document.contest):
            message = _("The code “%(code)s” is taken by %(key)s[%(first)s]. Choose another.")
            facts = {"code": document.contest[index].code, "key": "contest", "first": first}
            yield Finding("code-twice", message, facts, ("contest", index, "code"))
        for index, entry in enumerate(document.contest):
            if not entry.cap:
                message = _("The component “%(name)s” needs a cap above nought.")
                yield Finding("cap-missing", message, {"name": entry.name}, ("contest", index, "cap"))
        total = sum((entry.weight for entry in document.contest), Decimal(0))
        if document.contest and total != Decimal(100):
            message = _("The weights of the contest make %(total)s, not 100.")
            yield Finding("weights-not-hundred", message, {"total": f"{total:f}"}, ("contest",))

    def lint(self, document: Any) -> Iterable[Finding]:
        """Nothing that could not add up."""
        return ()

    def load(self, document: Any, context: Any, *, by: Actor, now: datetime, effective: date) -> None:
        """Write the components; one the file no longer has is removed."""
        wanted = {
            entry.code: {"plan_id": context.plan.pk, "order": order, **entry.model_dump()}
            for order, entry in enumerate(document.contest)
        }
        stored = by_key(ContestComponent.objects.filter(plan=context.plan))
        written = write_rows(ContestComponent, wanted, stored)
        context.remove("contest", ContestComponent, stored, wanted)
        context.wrote("contest", len(wanted), written, {entry.code: entry.name for entry in document.contest})
