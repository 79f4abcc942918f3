"""Findings and differences as lines of text for a shell."""

from collections.abc import Iterator, Mapping
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
    "policies": gettext_lazy("sign-off policies"),
    "gates": gettext_lazy("milestone gates"),
    "projects": gettext_lazy("key projects"),
    "wording": gettext_lazy("wording"),
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
        if change.what == "changed":
            yield from _values(change)


def _values(change: Change) -> Iterator[str]:
    before, after = change.before or {}, change.after or {}
    for key in {**before, **after}:
        yield f"    {key}: {_shown(before, key)} → {_shown(after, key)}"
    personal: Mapping[str, Any] = change.personal
    if personal:
        yield f"    {personal.get('holder_before', '-')} → {personal.get('holder_after', '-')}"


def _shown(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    if value is None or value == "":
        return "-"
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)
