"""The assessment's part of a plan file: criteria with weights, and the days in which a unit may object."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from flows.targets.models import AssessmentScheme
from flows.targets.registry import sources
from flows.targets.rules.assessment import WHOLE, weights_add_up
from hetang_flow.lib.plan_file import (
    NOTE,
    PRESET,
    Change,
    Clause,
    Finding,
    Name,
    PlanModel,
    ShortSlug,
    Slug,
    doubles,
    nearest,
)
from hetang_flow.lib.plan_rows import by_key, write_rows
from permissions.actors import Actor

KEY = "assessment"
CODE = "year-end"


class CriterionEntry(PlanModel):
    """One criterion. A derived one has a source, whose facts give a score; of a judged one people decide alone."""

    code: ShortSlug
    name: Name
    weight: int = Field(ge=1, le=WHOLE)
    kind: Literal["derived", "judged"]
    source: Slug | None = None
    clause: Clause = PRESET


class SchemeEntry(PlanModel):
    """The criteria, and the working days in which a unit may object once it is told."""

    objection_days: int = Field(ge=1, le=30)
    criteria: list[CriterionEntry] = Field(min_length=1)
    clause: Clause = PRESET


class Assessments(PlanModel):
    """The key of this section."""

    assessment: SchemeEntry | None = None


class Section:
    """The scheme of the year-end assessment."""

    name = KEY
    model = Assessments

    def check(self, document: Any) -> Iterator[Finding]:
        """Each criterion once, weights that make a hundred, sources that some room supplies."""
        scheme = document.assessment
        if scheme is None:
            return
        for index, first in doubles(entry.code for entry in scheme.criteria):
            message = _("The code “%(code)s” is taken by %(key)s[%(first)s]. Choose another.")
            facts = {"code": scheme.criteria[index].code, "key": "criteria", "first": first}
            yield Finding("code-twice", message, facts, (KEY, "criteria", index, "code"))
        weights = [entry.weight for entry in scheme.criteria]
        if not weights_add_up(weights):
            message = _("The weights make %(sum)s; they have to make %(whole)s.")
            yield Finding("weights-unfit", message, {"sum": sum(weights), "whole": WHOLE}, (KEY, "criteria"))
        known = sources()
        for index, entry in enumerate(scheme.criteria):
            where = (KEY, "criteria", index)
            if entry.kind == "derived" and entry.source is None:
                message = _("“%(name)s” is derived, so it names the source of its facts. Known: %(known)s.")
                facts = {"name": entry.name, "known": "、".join(known) or "-"}
                yield Finding("source-missing", message, facts, where)
            elif entry.source is not None and entry.source not in known:
                message = _("Nothing supplies facts under “%(source)s”. Nearest: %(near)s.")
                facts = {"source": entry.source, "near": nearest(entry.source, known) or "-"}
                yield Finding("source-unknown", message, facts, (*where, "source"))

    def lint(self, document: Any) -> Iterator[Finding]:
        """Weights that the notice does not give wait for a leader's word."""
        scheme = document.assessment
        presets = [entry for entry in scheme.criteria if entry.clause == PRESET] if scheme else []
        if presets:
            message = _("The notice gives no criteria of assessment; %(count)s are presets to be confirmed.")
            yield Finding(
                "preset-criteria", message, {"count": len(presets)}, (KEY, "criteria"), NOTE, PRESET
            )

    def load(self, document: Any, context: Any, *, by: Actor, now: datetime, effective: date) -> None:
        """Write the scheme; an assessment that was begun keeps the criteria it began with."""
        scheme = document.assessment
        wanted = {}
        if scheme is not None:
            criteria = [entry.model_dump(mode="json") for entry in scheme.criteria]
            wanted[CODE] = {
                "plan_id": context.plan.pk,
                "code": CODE,
                "objection_days": scheme.objection_days,
                "criteria": criteria,
                "clause": scheme.clause,
            }
        stored = by_key(AssessmentScheme.objects.filter(plan=context.plan))
        written = write_rows(AssessmentScheme, wanted, stored)
        for code in stored.keys() - wanted.keys():
            context.add(Change(KEY, "removed", code, code, before={"clause": stored[code].clause}))
            stored[code].delete()
        context.wrote(KEY, len(wanted), written, dict.fromkeys(wanted, CODE))
