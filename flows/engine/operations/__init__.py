"""Every approval operation: lock the Run, judge, change, record, announce. One function each."""

from .advice import advise, consult, delegate
from .bulk import MOST as MOST_AT_ONCE
from .bulk import approve_many
from .clock import time_out, trigger_done, trigger_failed, wake
from .decisions import approve, complete, reject, return_to, return_to_initiator
from .desk import claim, hand_out, put_back
from .drafts import LONGEST_PHRASE, MOST_PHRASES, drop_phrase, keep_phrase, save_opinion
from .governing import reopen, resume, suspend, terminate
from .people import (
    appoint,
    appoint_listed,
    begin_day,
    end_appointment,
    end_substitution,
    hand_over,
    hand_over_closed,
    substitute,
)
from .reresolving import reresolve
from .signers import add_signers, append_assignees, remove_signer, transfer
from .start import close_by_system, start_beside, start_run, withdraw
from .taking_back import take_back
from .telling import acknowledge, copy_to, mark_opened, urge

__all__ = [
    "LONGEST_PHRASE",
    "MOST_AT_ONCE",
    "MOST_PHRASES",
    "acknowledge",
    "add_signers",
    "advise",
    "append_assignees",
    "appoint",
    "appoint_listed",
    "approve",
    "approve_many",
    "begin_day",
    "claim",
    "close_by_system",
    "complete",
    "consult",
    "copy_to",
    "delegate",
    "drop_phrase",
    "end_appointment",
    "end_substitution",
    "hand_out",
    "hand_over",
    "hand_over_closed",
    "keep_phrase",
    "mark_opened",
    "put_back",
    "reject",
    "remove_signer",
    "reopen",
    "reresolve",
    "resume",
    "return_to",
    "return_to_initiator",
    "save_opinion",
    "start_beside",
    "start_run",
    "substitute",
    "suspend",
    "take_back",
    "terminate",
    "time_out",
    "transfer",
    "trigger_done",
    "trigger_failed",
    "urge",
    "wake",
    "withdraw",
]
