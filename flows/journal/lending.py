"""What the notices, a storey below, put on record: their own entries in the chain of the system."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from notifications import registry
from permissions.actors import Actor

from .operations import record, system_chain


def record_of_the_system(
    kind: str, *, by: Actor, now: datetime, facts: Mapping[str, Any], personal: Mapping[str, str]
) -> None:
    """One entry in the system chain."""
    record(kind, chain_id=system_chain(), by=by, happened=now, now=now, facts=facts, personal=personal)


registry.recorded_by(record_of_the_system)
