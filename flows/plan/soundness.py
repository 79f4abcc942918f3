"""The soundness gate on a plan file: what stands against it as findings, each at the line of its policy."""

from collections.abc import Iterator
from typing import Any

from flows.engine.rules.soundness import ERROR, Report
from flows.engine.soundness import check_document
from flows.engine.soundness_texts import sentence
from hetang_flow.lib.plan_file import PRESET, Finding


def unsound(document: Any) -> list[Finding]:
    """The faults for which a plan is refused; what the file leaves to an earlier plan is not missed."""
    report = check_document(document, complete=False)
    return [] if report.sound else [f for f in findings(document, report) if f.severity == ERROR]


def findings(document: Any, report: Report) -> Iterator[Finding]:
    """Every fault as a finding about the file, in the language of the moment."""
    places = {entry.key: index for index, entry in enumerate(document.policies)}
    for fault in report.faults:
        place = places.get(fault.policy)
        path = ("policies",) if place is None else ("policies", place)
        clause = document.policies[place].clause if place is not None else PRESET
        facts = {"sentence": sentence(fault, report)}
        yield Finding(fault.code, "%(sentence)s", facts, path, fault.severity, clause)
