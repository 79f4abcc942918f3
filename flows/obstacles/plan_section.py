"""The obstacles' part of a plan file: levels of coordination, kinds, baselines of permits."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from flows.obstacles.models import ObstacleKind, ObstacleLevel, PermitBaseline
from flows.obstacles.plan_schema import Obstacles
from hetang_flow.lib.plan_file import NOTE, PRESET, Finding, doubles, nearest
from hetang_flow.lib.plan_rows import by_key, write_rows
from permissions.actors import Actor

KEYS = (
    ("obstacle_levels", ObstacleLevel),
    ("obstacle_kinds", ObstacleKind),
    ("permit_baselines", PermitBaseline),
)


class Section:
    """Levels, kinds and baselines."""

    name = "obstacles"
    model = Obstacles

    def check(self, document: Any) -> Iterator[Finding]:
        """Doubles; a ladder that ends; figures that count into targets there are."""
        for key, _model in KEYS:
            entries = getattr(document, key)
            for index, first in doubles(entry.code for entry in entries):
                message = _("The code “%(code)s” is taken by %(key)s[%(first)s]. Choose another.")
                facts = {"code": entries[index].code, "key": key, "first": first}
                yield Finding("code-twice", message, facts, (key, index, "code"))
        yield from _check_ladder(document)
        yield from _check_figures(document)

    def load(self, document: Any, context: Any, *, by: Actor, now: datetime, effective: date) -> None:
        """Write the rows of the three lists; what the file no longer has goes unless work depends on it."""
        for key, model in KEYS:
            wanted = {
                entry.code: {
                    "plan_id": context.plan.pk,
                    "order": order,
                    **entry.model_dump(mode="json"),
                }
                for order, entry in enumerate(getattr(document, key))
            }
            stored = by_key(model.objects.filter(plan=context.plan))
            written = write_rows(model, wanted, stored)
            context.remove(key, model, stored, wanted)
            names = {entry.code: entry.name for entry in getattr(document, key)}
            context.wrote(key, len(wanted), written, names)

    def lint(self, document: Any) -> Iterator[Finding]:
        """Presets that no clause of the notice gives, and kinds that count into nothing."""
        for key, _model in KEYS:
            presets = [entry for entry in getattr(document, key) if entry.clause == PRESET]
            if presets:
                message = _("%(count)s entries of %(key)s are presets, not the notice's text: %(names)s.")
                names = "、".join(entry.name for entry in presets)
                facts = {"count": len(presets), "key": key, "names": names}
                yield Finding("preset-obstacles", message, facts, (key,), NOTE, PRESET)


def _check_ladder(document: Any) -> Iterator[Finding]:
    """Every level but the last says after how many days it goes up; the last says none."""
    levels = document.obstacle_levels
    for index, entry in enumerate(levels):
        is_last = index == len(levels) - 1
        if entry.days is None and not is_last:
            message = _("The level “%(name)s” says no days, yet another stands above it. Give them.")
            yield Finding("level-without-days", message, {"name": entry.name}, ("obstacle_levels", index))
        elif entry.days is not None and is_last:
            message = _("The level “%(name)s” is the last, so it never goes up. Remove its days.")
            yield Finding("last-level-with-days", message, {"name": entry.name}, ("obstacle_levels", index))


def _check_figures(document: Any) -> Iterator[Finding]:
    indicators = {entry.indicator for entry in document.targets}
    for index, kind in enumerate(document.obstacle_kinds):
        for place, figure in enumerate(kind.figures):
            if figure.indicator is not None and figure.indicator not in indicators:
                message = _("No target has the indicator “%(code)s”. Nearest: %(near)s.")
                near = nearest(figure.indicator, indicators) or "-"
                where = ("obstacle_kinds", index, "figures", place, "indicator")
                facts = {"code": figure.indicator, "near": near}
                yield Finding("indicator-unknown", message, facts, where)
