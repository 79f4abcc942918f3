"""The pool's part of a plan file: the questions of the compliance check and of the reasonableness screening."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from hetang_flow.lib.plan_file import PRESET, Clause, Finding, Name, PlanModel, Slug, doubles
from hetang_flow.lib.plan_rows import by_key, write_rows
from permissions.actors import Actor

from .models import Check


class CheckEntry(PlanModel):
    """One question of a stage."""

    code: Slug
    name: Name
    stage: Literal["compliance", "screening"]
    clause: Clause = PRESET


class Pool(PlanModel):
    """The key of this section."""

    pool_checks: list[CheckEntry] = []


class Section:
    """The questions of the screening."""

    name = "pool"
    model = Pool

    def check(self, document: Any) -> Iterator[Finding]:
        """Each question once."""
        for index, first in doubles(entry.code for entry in document.pool_checks):
            message = _("The code “%(code)s” is taken by %(key)s[%(first)s]. Choose another.")
            facts = {"code": document.pool_checks[index].code, "key": "pool_checks", "first": first}
            yield Finding("code-twice", message, facts, ("pool_checks", index, "code"))

    def lint(self, document: Any) -> Iterable[Finding]:
        """Nothing that could not add up."""
        return ()

    def load(self, document: Any, context: Any, *, by: Actor, now: datetime, effective: date) -> None:
        """Write the questions; one that was asked before stays, so that its findings can be read."""
        wanted = {
            entry.code: {
                "plan_id": context.plan.pk,
                "code": entry.code,
                "name": entry.name,
                "stage": entry.stage,
                "order": order,
                "clause": entry.clause,
            }
            for order, entry in enumerate(document.pool_checks)
        }
        context.refuse_missing("pool_checks", wanted)
        written = write_rows(Check, wanted, by_key(Check.objects.filter(plan=context.plan)))
        names = {entry.code: entry.name for entry in document.pool_checks}
        context.wrote("pool_checks", len(wanted), written, names)
