"""The ladder's part of a plan file: a version of it whenever the file says another one."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from hetang_flow.lib.plan_file import NOTE, PRESET, Finding
from permissions.actors import Actor

from . import ladder_faults, rules
from .operations_ladder import load_ladder
from .plan_schema import Ladders

KEY = "ladder"


class Section:
    """The ladder of supervision."""

    name = "supervision"
    model = Ladders

    def check(self, document: Any) -> Iterator[Finding]:
        """Whatever is wrong with the ladder."""
        if document.ladder is not None:
            ladder = rules.ladder_of(document.ladder.model_dump(mode="json"), 0)
            yield from ladder_faults.findings(ladder, document.names, (KEY,))

    def load(self, document: Any, context: Any, *, by: Actor, now: datetime, effective: date) -> None:
        """Publish a new version if the file's ladder is another; what is supervised keeps the version it has."""
        if document.ladder is None:
            return
        body = document.ladder.model_dump(mode="json")
        written = load_ladder(context.plan, body, effective=effective, now=now)
        context.wrote(KEY, 1, written, {KEY: document.ladder.name})

    def lint(self, document: Any) -> Iterator[Finding]:
        """A ladder that no clause of the notice gives waits for a leader's word."""
        if document.ladder is not None and document.ladder.clause == PRESET:
            message = _(
                "The ladder “%(name)s” with its %(count)s rungs is a preset, not the notice's text. Have it approved."
            )
            facts = {"name": document.ladder.name, "count": len(document.ladder.rungs)}
            yield Finding("preset-ladder", message, facts, (KEY,), NOTE, PRESET)
