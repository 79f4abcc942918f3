"""Findings and differences as lines of text for a shell."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from flows.plan.document import PlanRefused
from flows.plan.operations import Result
from hetang_flow.lib.plan_file import ERROR, NOTE, WARNING, Change, Finding

SEVERITIES = {ERROR: gettext_lazy("error"), WARNING: gettext_lazy("warning"), NOTE: gettext_lazy("note")}
SECTIONS = {
    "organisations": gettext_lazy("organisations"),
    "posts": gettext_lazy("posts"),
    "appointments": gettext_lazy("appointments"),
    "campaign": gettext_lazy("campaign"),
    "lines": gettext_lazy("campaign lines"),
    "groups": gettext_lazy("campaign groups"),
    "obligations": gettext_lazy("recurring obligations"),
    "targets": gettext_lazy("targets"),
    "assessment": gettext_lazy("year-end assessment"),
    "policies": gettext_lazy("sign-off policies"),
    "gates": gettext_lazy("milestone gates"),
    "dispositions": gettext_lazy("dispositions of cases"),
    "obstacle_levels": gettext_lazy("levels of coordination"),
    "obstacle_kinds": gettext_lazy("kinds of obstacle"),
    "permit_baselines": gettext_lazy("baselines of permits"),
    "projects": gettext_lazy("key projects"),
    "task_forces": gettext_lazy("task forces"),
    "pool_checks": gettext_lazy("questions of the pool's screening"),
    "ledgers": gettext_lazy("ledgers"),
    "timetable": gettext_lazy("nodes of a timetable"),
    "contest": gettext_lazy("formula of the contest"),
    "wording": gettext_lazy("wording"),
}
COLUMNS = {
    "aliases": gettext_lazy("aliases"),
    "builds_from": gettext_lazy("construction begins"),
    "builds_until": gettext_lazy("construction ends"),
    "criteria": gettext_lazy("criteria"),
    "objection_days": gettext_lazy("working days to object"),
    "cadence": gettext_lazy("cadence"),
    "base": gettext_lazy("base"),
    "clause": gettext_lazy("clause"),
    "columns": gettext_lazy("columns"),
    "comparison": gettext_lazy("comparison"),
    "counts": gettext_lazy("what counts"),
    "from_day": gettext_lazy("from day"),
    "head": gettext_lazy("head"),
    "invested_before": gettext_lazy("invested so far (10,000 yuan)"),
    "is_new": gettext_lazy("newly listed"),
    "leaders": gettext_lazy("leaders"),
    "limit_days": gettext_lazy("limit in working days"),
    "line": gettext_lazy("campaign line"),
    "name": gettext_lazy("entry name"),
    "order": gettext_lazy("order"),
    "owed_by": gettext_lazy("owed by"),
    "owed_to": gettext_lazy("owed to"),
    "owners": gettext_lazy("kept by"),
    "days": gettext_lazy("working days"),
    "definition": gettext_lazy("definition"),
    "due": gettext_lazy("when it is due"),
    "parent": gettext_lazy("parent organisation"),
    "planned_investment": gettext_lazy("planned investment this year (10,000 yuan)"),
    "posts": gettext_lazy("posts"),
    "project": gettext_lazy("project"),
    "quota": gettext_lazy("quota a quarter"),
    "quota_line": gettext_lazy("campaign line that owes the quota"),
    "remark": gettext_lazy("remark"),
    "requirements": gettext_lazy("checklist"),
    "resolver": gettext_lazy("signers"),
    "roll": gettext_lazy("roll"),
    "serves": gettext_lazy("serves the post"),
    "stages": gettext_lazy("stages"),
    "tasks": gettext_lazy("key tasks"),
    "total_investment": gettext_lazy("total investment (10,000 yuan)"),
    "unit": gettext_lazy("unit"),
    "units": gettext_lazy("units"),
    "until_day": gettext_lazy("until day"),
    "value": gettext_lazy("value"),
    "version": gettext_lazy("version"),
}
SIGNS = {"created": "+", "changed": "~", "removed": "-"}
MOST_SHOWN = 200


def finding_line(name: str, finding: Finding) -> str:
    """file:line: severity: path: sentence [code] (clause)"""
    where = f" {finding.where}:" if finding.path else ""
    clause = f"（{finding.clause}）" if finding.clause else ""
    return f"{name}:{finding.line or 1}: {SEVERITIES[finding.severity]}:{where} {finding.text} [{finding.code}]{clause}"


def refusal_lines(refused: PlanRefused) -> Iterator[str]:
    """Every error of a refused file, one a line."""
    for finding in refused.findings[:MOST_SHOWN]:
        yield finding_line(refused.name, finding)
    if len(refused.findings) > MOST_SHOWN:
        yield _("… and %(count)s more.") % {"count": len(refused.findings) - MOST_SHOWN}


def count_lines(result: Result) -> Iterator[str]:
    """A line for each section: how many entries are new, changed, unchanged."""
    for section in result.unchanged:
        facts = {
            "section": SECTIONS.get(section, section),
            "created": result.created.get(section, 0),
            "changed": result.changed.get(section, 0),
            "unchanged": result.unchanged[section],
        }
        yield _("%(section)s: %(created)s new, %(changed)s changed, %(unchanged)s unchanged") % facts


def difference_lines(result: Result) -> Iterator[str]:
    """Every difference: what it is, and each value as it was and as it would be."""
    for change in result.differences:
        yield f"{SIGNS[change.what]} {SECTIONS.get(change.section, change.section)} {change.key}（{change.name}）"
        if change.what == "changed" or change.section == "appointments":
            yield from _values(change)


def _values(change: Change) -> Iterator[str]:
    before, after = change.before or {}, change.after or {}
    if change.section == "appointments":
        day = after.get("from_day") or before.get("until_day")
        holders = [change.personal.get(key, "-") for key in ("holder_before", "holder_after")]
        yield _("    %(old)s → %(new)s, from %(day)s") % {"old": holders[0], "new": holders[1], "day": day}
        return
    for key in {**before, **after}:
        yield f"    {COLUMNS.get(key, key)}: {_shown(before.get(key))} → {_shown(after.get(key))}"


def _shown(value: Any) -> str:
    if value is None or value == "" or value == []:
        return "-"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "、".join(map(_shown, value)) if isinstance(value, list) else str(value)
