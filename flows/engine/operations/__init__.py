"""Every approval operation: lock the Run, judge, change, record, announce. One function each."""

from .decisions import approve, complete, return_to_initiator
from .desk import hand_out
from .start import close_by_system, start_run, withdraw

__all__ = [
    "approve",
    "close_by_system",
    "complete",
    "hand_out",
    "return_to_initiator",
    "start_run",
    "withdraw",
]
