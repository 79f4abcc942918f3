"""The soundness gate: flows, policies and staffing judged together, before a plan or a policy takes effect."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from . import resolvers
from .models import Policy
from .pictures import all_flows, pictures_of, policy_of, policy_of_row
from .rules.soundness import ERROR, Case, Fault, Known, Report, Roster, judge
from .rules.soundness import Policy as PolicyPicture
from .staffing import cases_of_document, roster_of_document, stored_cases, stored_roster


def check_document(document: Any, *, complete: bool = True) -> Report:
    """Judge every flow with the policies and the people of a checked plan file; needs no database.

    Without `complete`, a flow's policy that the file does not have is left to the plan loaded before.
    """
    policies = [
        policy_of(entry, stand_in=entry.stand_in, alternate=entry.alternate) for entry in document.policies
    ]
    roster = roster_of_document(document)
    return _judged(policies, roster, cases_of_document(document, roster), complete=complete)


def check_stored(*, at: datetime, drafts: Iterable[Policy] = ()) -> Report:
    """Judge every flow with the newest policies and whoever holds the posts now; constant statements.

    `drafts` are policies about to be published, saved or not: each takes the place of its key's newest version.
    """
    roster = stored_roster(at)
    return _judged(_with(_newest(), drafts), roster, stored_cases(roster), complete=True)


def check_draft(draft: Policy, *, at: datetime) -> tuple[Report, list[Fault]]:
    """The report with a draft in force, and the errors in it that are not there without; reads everything once."""
    newest, roster = _newest(), stored_roster(at)
    cases = list(stored_cases(roster))
    known = {_same(fault) for fault in _judged(_with(newest), roster, cases, complete=True).faults}
    report = _judged(_with(newest, [draft]), roster, cases, complete=True)
    faults = [fault for fault in report.faults if fault.severity == ERROR and _same(fault) not in known]
    return report, faults


def _same(fault: Fault) -> tuple[Any, ...]:
    return fault.code, fault.flow, fault.node, fault.severity, tuple(sorted(fault.facts.items()))


def _newest() -> dict[str, Policy]:
    rows = Policy.objects.order_by("key", "-version").distinct("key").select_related("stand_in", "alternate")
    return {row.key: row for row in rows}


def _with(newest: Mapping[str, Policy], drafts: Iterable[Policy] = ()) -> list[PolicyPicture]:
    rows = {**newest} | {draft.key: draft for draft in drafts}
    return [policy_of_row(row) for row in rows.values()]


def _judged(
    policies: Iterable[PolicyPicture], roster: Roster, cases: Iterable[Case], *, complete: bool
) -> Report:
    known = Known(
        frozenset(resolvers.known()), frozenset(resolvers.known_recusals()), frozenset(roster.seats)
    )
    by_key = {policy.key: policy for policy in policies}
    return judge(pictures_of(all_flows()), by_key, known, roster, cases, complete=complete)
