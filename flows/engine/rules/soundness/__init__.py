"""Whether flows, policies and staffing hold together: facts in, faults out, each with a path that leads to it."""

from .gate import FlowReport, Report, judge
from .people import Case, Roster, Seat
from .pictures import ERROR, NOTE, WARNING, Edge, Fault, Flow, How, Kind, Node, Policy, Stop, Trail
from .terms import Known

__all__ = [
    "ERROR",
    "NOTE",
    "WARNING",
    "Case",
    "Edge",
    "Fault",
    "Flow",
    "FlowReport",
    "How",
    "Kind",
    "Known",
    "Node",
    "Policy",
    "Report",
    "Roster",
    "Seat",
    "Stop",
    "Trail",
    "judge",
]
