"""The gate: everything that is judged about flows, policies and staffing, as one report."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .people import Case, Roster, staffing_faults
from .pictures import ERROR, Fault, Flow, Policy
from .structure import longest_way, structure_faults
from .terms import Known, missing_policies, policy_faults, time_faults
from .tokens import game_faults


@dataclass(frozen=True, slots=True)
class FlowReport:
    """What was looked at in one flow: its states, the days of its longest way, and its faults."""

    flow: Flow
    states: int
    days: int
    cases: int
    faults: tuple[Fault, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing stands against it."""
        return not any(fault.severity == ERROR for fault in self.faults)


@dataclass(frozen=True, slots=True)
class Report:
    """The reports of all flows."""

    flows: tuple[FlowReport, ...]
    policies: Mapping[str, Policy]

    @property
    def faults(self) -> list[Fault]:
        """Every fault, in the order of the flows."""
        return [fault for report in self.flows for fault in report.faults]

    @property
    def sound(self) -> bool:
        """Whether nothing stands against any flow."""
        return all(report.sound for report in self.flows)


def judge(
    flows: Sequence[Flow],
    policies: Mapping[str, Policy],
    known: Known,
    roster: Roster | None = None,
    cases: Iterable[Case] = (),
    *,
    complete: bool = True,
) -> Report:
    """Explore every flow with its policies; with a roster, also who would be asked in each case.

    Without `complete`, steps whose policy is not given are passed over: somebody else has written it.
    """
    by_key = {flow.key: flow for flow in flows}
    offered = list(cases)
    reports = []
    for flow in flows:
        faults = list(structure_faults(flow, by_key, policies))
        states = 0
        if not faults:
            states, faults = game_faults(flow)
        if complete:
            faults += missing_policies(flow, policies)
        faults += policy_faults(flow, policies, known)
        way = longest_way(flow, by_key, policies)
        faults += time_faults(flow, way)
        own = [case for case in offered if flow.key in case.flows]
        if roster is not None:
            faults += staffing_faults(flow, policies, roster, own)
        reports.append(FlowReport(flow, states, way.days, len(own), tuple(faults)))
    return Report(tuple(reports), policies)
