"""The lights' part of a plan file: the rules by which projects are judged, in the order in which they are asked."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from hetang_flow.lib.plan_file import NOTE, PRESET, Clause, Finding, Name, PlanModel, ShortSlug
from permissions.actors import Actor

from . import rules
from .models import LightScheme
from .words import fault_words


class ConditionEntry(PlanModel):
    """A figure held against one limit: below, at_most, at_least or above."""

    fact: ShortSlug
    of: int | None = None
    below: int | None = None
    at_most: int | None = None
    at_least: int | None = None
    above: int | None = None


class RuleEntry(PlanModel):
    """A colour, its sentence, what must all hold, and the excuses that lift it."""

    code: ShortSlug
    colour: ShortSlug
    name: Name
    all: list[ConditionEntry]
    unless: list[ShortSlug] = []


class LightsEntry(PlanModel):
    """A scheme: its name, where it comes from, its rules."""

    name: Name
    source: Name
    clause: Clause = PRESET
    rules: list[RuleEntry]

    def body(self) -> list[dict[str, Any]]:
        """The rules as they are kept."""
        return [entry.model_dump(exclude_none=True) for entry in self.rules]


class Lights(PlanModel):
    """The key of this section."""

    lights: LightsEntry | None = None


class Section:
    """The rules of lights."""

    name = "lights"
    model = Lights

    def check(self, document: Any) -> Iterator[Finding]:
        """Everything a scheme may get wrong, at its rule."""
        if document.lights is None:
            return
        for fault in rules.faults(document.lights.body()):
            path = ("lights", "rules", fault.rule - 1) if fault.rule else ("lights", "rules")
            yield Finding(fault.code, fault_words(fault), {"rule": fault.rule, **fault.facts}, path)

    def lint(self, document: Any) -> Iterator[Finding]:
        """The notice names neither colours nor thresholds: a preset is to be confirmed."""
        if document.lights is not None and document.lights.clause == PRESET:
            message = _(
                "The lights follow the preset “%(name)s” (%(source)s): the notice names no thresholds. Have it confirmed."
            )
            facts = {"name": document.lights.name, "source": document.lights.source}
            yield Finding("preset-lights", message, facts, ("lights",), NOTE, PRESET)

    def load(self, document: Any, context: Any, *, by: Actor, now: datetime, effective: date) -> None:
        """Write the scheme as a new version when the file says something else than it said before."""
        said = document.lights
        if said is None:
            context.wrote("lights", 0, {}, {})
            return
        values = {"name": said.name, "source": said.source, "clause": said.clause, "body": said.body()}
        newest = LightScheme.objects.filter(plan=context.plan).order_by("-number").first()
        from_file = (
            LightScheme.objects.filter(plan=context.plan, proposed_by=None).order_by("-number").first()
        )
        before = {name: getattr(from_file, name) for name in values} if from_file else None
        written: dict[str, tuple[Mapping[str, Any] | None, Mapping[str, Any]]] = {}
        if before != values:
            LightScheme.objects.create(
                plan=context.plan,
                number=(newest.number if newest else 0) + 1,
                state=LightScheme.State.PUBLISHED,
                from_day=effective,
                opened=now,
                **values,
            )
            written = {"lights": (before, values)}
        context.wrote("lights", 1, written, {"lights": said.name})
