"""What the database itself refuses in this room: a finding or a step of the ladder that was changed afterwards."""

import pgtrigger


def append_only(name: str) -> pgtrigger.Trigger:
    """Refuse every later change of a row of this table."""
    return pgtrigger.Protect(name=f"{name}_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
