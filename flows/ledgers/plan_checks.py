"""Whether a ledger in a plan file holds together: its columns, its stages, what counts."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from hetang_flow.lib.plan_file import WARNING, Finding, doubles, nearest
from hetang_flow.lib.units import factor

Where = tuple[str | int, ...]
FIGURES = ("number", "whole")


def check_columns(entry: Any, where: Where) -> Iterator[Finding]:
    """Each code once, choices with the kind choice, a required day."""
    columns = {column.code: column for column in entry.columns}
    for index, first in doubles(column.code for column in entry.columns):
        message = _("The code “%(code)s” is taken by %(key)s[%(first)s]. Choose another.")
        facts = {"code": entry.columns[index].code, "key": "columns", "first": first}
        yield Finding("code-twice", message, facts, (*where, "columns", index, "code"))
    day = columns.get(entry.day)
    if day is None or day.kind != "date" or not day.required:
        message = _(
            "“%(code)s” says when a row happened, so it has to be a required column of the kind date."
        )
        yield Finding("day-unfit", message, {"code": entry.day}, (*where, "day"))
    for index, column in enumerate(entry.columns):
        if (column.kind == "choice") != bool(column.choices):
            message = _("The column “%(name)s”: choices go with the kind choice, and it needs some.")
            yield Finding("choices-unfit", message, {"name": column.name}, (*where, "columns", index))


def check_quota(entry: Any, document: Any, where: Where) -> Iterator[Finding]:
    """A quota says whose it is: a line there is; a ledger without one has neither."""
    lines = [line.code for line in document.lines]
    if (entry.quota is None) != (entry.quota_line is None):
        message = _("A quota and the campaign line whose units owe it go together.")
        yield Finding("quota-of-nobody", message, {}, (*where, "quota"))
    elif entry.quota_line and entry.quota_line not in lines and not document.broken("lines"):
        message = _("There is no line “%(said)s”. Use one of %(known)s.")
        facts = {"said": entry.quota_line, "known": "、".join(lines) or "-"}
        yield Finding("line-unknown", message, facts, (*where, "quota_line"))


def check_stages(entry: Any, where: Where) -> Iterator[Finding]:
    """Days and figures of stages are columns of that kind; the first stage is reached when the row happens."""
    columns = {column.code: column for column in entry.columns}
    for index, stage in enumerate(entry.stages):
        at = (*where, "stages", index)
        yield from _of_kind(columns, stage.day, ("date",), (*at, "day"))
        if stage.amount:
            yield from _of_kind(columns, stage.amount, FIGURES, (*at, "amount"))
    if entry.stages and entry.stages[0].day != entry.day:
        message = _("The first stage is reached when the row happens: its day has to be “%(code)s”.")
        yield Finding("first-stage-unfit", message, {"code": entry.day}, (*where, "stages", 0, "day"))
    for index, first in doubles(stage.name for stage in entry.stages):
        message = _("The code “%(code)s” is taken by %(key)s[%(first)s]. Choose another.")
        facts = {"code": entry.stages[index].name, "key": "stages", "first": first}
        yield Finding("code-twice", message, facts, (*where, "stages", index, "name"))


def check_counts(entry: Any, where: Where) -> Iterator[Finding]:
    """What counts names figures, stages and values there are; a value nobody can write would never count."""
    columns = {column.code: column for column in entry.columns}
    stages = [stage.name for stage in entry.stages]
    for index, count in enumerate(entry.counts):
        at = (*where, "counts", index)
        if count.column:
            yield from _of_kind(columns, count.column, FIGURES, (*at, "column"))
        if count.stage and count.stage not in stages:
            message = _("This ledger has no stage “%(name)s”. Its stages: %(known)s.")
            facts = {"name": count.stage, "known": "、".join(stages) or "-"}
            yield Finding("stage-unknown", message, facts, (*at, "stage"))
        for code, values in count.where.items():
            column = columns.get(code)
            if column is None:
                yield _unknown(code, columns, (*at, "where", code))
                continue
            known = {"choice": column.choices, "yes_no": [True, False]}.get(column.kind, [])
            for value in values:
                if value not in known:
                    message = _("The column “%(name)s” never holds “%(value)s”. It may hold: %(known)s.")
                    facts = {"name": column.name, "value": value, "known": "、".join(map(str, known)) or "-"}
                    yield Finding("value-unknown", message, facts, (*at, "where", code))


def lint_units(document: Any) -> Iterator[Finding]:
    """A warning for every figure that counts into targets of a unit it cannot be turned into."""
    units: dict[str, set[str]] = {}
    for target in document.targets:
        if target.kind == "amount":
            units.setdefault(target.indicator, set()).add(target.unit or "")
    for index, entry in enumerate(document.ledgers):
        columns = {column.code: column for column in entry.columns}
        for place, count in enumerate(entry.counts):
            column = columns.get(count.column or "")
            for unit in sorted(units.get(count.indicator, ())):
                said = (column.unit or "") if column else ""
                if factor(said, unit) is None:
                    message = _("“%(ledger)s” counts in “%(said)s” into a target in “%(unit)s”.")
                    facts = {"ledger": entry.name, "said": said or "-", "unit": unit}
                    where = ("ledgers", index, "counts", place)
                    yield Finding("unit-not-turned", message, facts, where, WARNING, entry.clause)


def _of_kind(
    columns: Mapping[str, Any], code: str, kinds: tuple[str, ...], where: Where
) -> Iterator[Finding]:
    column = columns.get(code)
    if column is None:
        yield _unknown(code, columns, where)
    elif column.kind not in kinds:
        message = _("The column “%(name)s” has to be of the kind %(kinds)s.")
        facts = {"name": column.name, "kinds": "/".join(kinds)}
        yield Finding("column-kind-unfit", message, facts, where)


def _unknown(code: str, columns: Mapping[str, Any], where: Where) -> Finding:
    message = _("This ledger has no column “%(code)s”. Nearest: %(near)s.")
    return Finding("column-unknown", message, {"code": code, "near": nearest(code, columns) or "-"}, where)
