"""The targets' part of a plan file: headline ones and those of the lines, each with its clause."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from flows.campaigns.plan_checks import unknown_line
from flows.targets.models import Target
from hetang_flow.lib.plan_file import (
    NOTE,
    WARNING,
    Clause,
    Figure,
    Finding,
    LongText,
    PlanModel,
    ShortSlug,
    Slug,
    Text,
    Unit,
    doubles,
    nearest,
)
from hetang_flow.lib.plan_rows import by_key, write_rows
from permissions.actors import Actor

AGAINST_THE_CITY = {"above_city", "top_tier"}
UNITS = {
    "count": {"个", "家", "场", "次/季", "次/年", "项", "人"},
    "amount": {"亿元", "万元", "万美元", "亩", "平方米"},
    "growth": {"%"},
    "share": {"%"},
}


class TargetEntry(PlanModel):
    """A figure to reach. `part_of` names the target of which it is a part (其中); no line means headline."""

    code: Slug
    indicator: Slug
    name: Text
    kind: Literal["count", "amount", "growth", "share", "rank", "done"]
    comparison: Literal["at_least", "about", "exactly", "above_city", "top_tier"]
    clause: Clause
    line: ShortSlug | None = None
    value: Figure | None = None
    unit: Unit | None = None
    part_of: Slug | None = None
    definition: LongText | None = None
    base: Figure | None = None


class Targets(PlanModel):
    """The key of this section."""

    targets: list[TargetEntry] = []


class Section:
    """Targets of the plan."""

    name = "targets"
    model = Targets

    def check(self, document: Any) -> Iterator[Finding]:
        """Doubles, known lines and wholes, a value and unit that fit the kind."""
        codes = {entry.code for entry in document.targets}
        lines = document.line_codes
        for index, first in doubles(entry.code for entry in document.targets):
            message = _("The code “%(code)s” is taken by %(key)s[%(first)s]. Choose another.")
            facts = {"code": document.targets[index].code, "key": "targets", "first": first}
            yield Finding("code-twice", message, facts, ("targets", index, "code"))
        for index, entry in enumerate(document.targets):
            where = ("targets", index)
            if entry.line is not None and entry.line not in lines:
                yield unknown_line(entry.line, lines, (*where, "line"))
            if entry.part_of is not None and entry.part_of not in codes and not document.broken("targets"):
                message = _("There is no target “%(code)s” to be the whole. Nearest: %(near)s.")
                facts = {"code": entry.part_of, "near": nearest(entry.part_of, codes) or "-"}
                yield Finding("whole-unknown", message, facts, (*where, "part_of"))
            yield from _check_kind(entry, where)

    def load(self, document: Any, context: Any, *, by: Actor, now: datetime, effective: date) -> None:
        """Write the targets; one the file no longer has is removed."""
        wanted = {
            entry.code: {
                "plan_id": context.plan.pk,
                "line_id": context.line_ids[entry.line] if entry.line else None,
                "code": entry.code,
                "indicator": entry.indicator,
                "name": entry.name,
                "kind": entry.kind,
                "comparison": entry.comparison,
                "value": entry.value,
                "unit": entry.unit or "",
                "definition": entry.definition or "",
                "base": entry.base,
                "order": order,
                "clause": entry.clause,
            }
            for order, entry in enumerate(document.targets)
        }
        stored = by_key(Target.objects.filter(plan=context.plan))
        labels = {"line_id": {key: code for code, key in context.line_ids.items()}}
        written = write_rows(Target, wanted, stored, labels=labels)
        context.remove("targets", Target, stored, wanted)
        context.wrote("targets", len(wanted), written, {entry.code: entry.name for entry in document.targets})

    def lint(self, document: Any) -> Iterator[Finding]:
        """One indicator set two ways or named two ways; parts that do not fit their whole."""
        yield from _two_ways(document)
        yield from _parts(document)


def _check_kind(entry: TargetEntry, where: tuple[Any, ...]) -> Iterator[Finding]:
    """A figure needs a value and a fitting unit; a comparison with the city and a yes or no have none."""
    against_city = entry.comparison in AGAINST_THE_CITY
    if (entry.kind == "rank") != against_city:
        message = _(
            "The comparison %(comparison)s does not fit the kind %(kind)s; above_city and top_tier go with rank."
        )
        facts = {"comparison": entry.comparison, "kind": entry.kind}
        yield Finding("comparison-unfit", message, facts, (*where, "comparison"))
    if entry.kind in UNITS:
        if entry.value is None:
            message = _("A target of the kind %(kind)s needs a value.")
            yield Finding("value-missing", message, {"kind": entry.kind}, where)
        if entry.unit not in UNITS[entry.kind]:
            message = _("The unit “%(unit)s” does not fit the kind %(kind)s. Use one of %(known)s.")
            known = "、".join(sorted(UNITS[entry.kind]))
            facts = {"unit": entry.unit or "", "kind": entry.kind, "known": known}
            yield Finding("unit-unfit", message, facts, (*where, "unit"))
    elif entry.value is not None or entry.unit is not None:
        message = _("A target of the kind %(kind)s has no value and no unit. Remove them.")
        yield Finding("value-needless", message, {"kind": entry.kind}, where)


def figure_text(entry: TargetEntry) -> str:
    """A target's figure as text: 15%以上, 37个以上, 10%左右."""
    if entry.value is None:
        return str(Target.Comparison(entry.comparison).label)
    plain = f"{entry.value.normalize():f}{entry.unit}"
    suffix = {"at_least": _("%(figure)s or more"), "about": _("about %(figure)s")}.get(entry.comparison)
    said = str(suffix) % {"figure": plain} if suffix else plain
    if entry.kind not in ("growth", "share"):
        return said
    return f"{Target.Kind(entry.kind).label} {said}"


def _two_ways(document: Any) -> Iterator[Finding]:
    by_indicator: dict[str, list[tuple[int, TargetEntry]]] = defaultdict(list)
    for index, entry in enumerate(document.targets):
        by_indicator[entry.indicator].append((index, entry))
    for entries in by_indicator.values():
        first = entries[0][1]
        differing = {(entry.kind, entry.comparison, entry.value, entry.unit) for _index, entry in entries}
        index, last = entries[-1]
        facts = {"name": first.name, "count": len(entries)}
        if len(differing) > 1:
            said = [f"{figure_text(entry)}（{entry.clause}）" for _index, entry in entries]
            message = _("%(name)s is set %(count)s times and not alike: %(said)s. Say which one counts.")
            facts["said"] = "；".join(said)
            yield Finding("set-two-ways", message, facts, ("targets", index), WARNING, last.clause)
        elif len({entry.name for _index, entry in entries}) > 1:
            said = [f"“{entry.name}”（{entry.clause}）" for _index, entry in entries]
            message = _(
                "One indicator has %(ways)s names with one figure (%(figure)s): %(said)s. Say that they are one."
            )
            facts |= {"ways": len(set(said)), "figure": figure_text(first), "said": "、".join(said)}
            yield Finding("named-two-ways", message, facts, ("targets", index), NOTE, last.clause)


def _parts(document: Any) -> Iterator[Finding]:
    wholes = {entry.code: entry for entry in document.targets}
    parts: dict[str, list[tuple[int, TargetEntry]]] = defaultdict(list)
    for index, entry in enumerate(document.targets):
        if entry.part_of:
            parts[entry.part_of].append((index, entry))
    for code, found in parts.items():
        whole = wholes[code]
        counted = [(index, entry) for index, entry in found if entry.kind == whole.kind]
        if whole.kind not in ("count", "amount") or not counted:
            continue
        index, last = counted[-1]
        total = sum((entry.value or Decimal() for _index, entry in counted), Decimal())
        said = "、".join(f"{entry.name} {figure_text(entry)}" for _index, entry in counted)
        facts = {"whole": whole.name, "figure": figure_text(whole), "parts": said, "total": f"{total:f}"}
        if whole.value is not None and total > whole.value:
            message = _("The parts of %(whole)s (%(figure)s) make %(total)s, more than the whole: %(parts)s.")
            yield Finding("parts-exceed-whole", message, facts, ("targets", index), WARNING, last.clause)
        elif any(entry.unit != whole.unit for _index, entry in counted):
            message = _("The parts of %(whole)s (%(figure)s) are counted in another unit: %(parts)s.")
            yield Finding("part-in-other-unit", message, facts, ("targets", index), NOTE, last.clause)
