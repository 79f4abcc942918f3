"""The world outside a trial: it counts what reaches it, does each thing once, and can be away."""

from uuid import UUID

calls: list[tuple[UUID, str]] = []
done: set[str] = set()
away: list[Exception] = []


def send(run_id: UUID, key: str) -> None:
    """Take a message in; the same key again does nothing more."""
    calls.append((run_id, key))
    if away:
        raise away.pop()
    done.add(key)


def forget() -> None:
    """Begin anew."""
    calls.clear()
    done.clear()
    away.clear()
