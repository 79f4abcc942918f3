"""Reading policy versions. A version never changes, so a process may keep each one it has read."""

from collections.abc import Iterable
from functools import lru_cache

from .models import Policy


@lru_cache(maxsize=1024)
def policy_by_id(policy_id: int) -> Policy:
    """Return a policy version; read once a process."""
    return Policy.objects.get(pk=policy_id)


def current_versions(keys: Iterable[str]) -> dict[str, int]:
    """The newest version of each policy key, to be pinned by a new run (one statement).

    Raises LookupError naming the keys that have no policy at all.
    """
    wanted = set(keys)
    rows = Policy.objects.filter(key__in=wanted).order_by("key", "-version").distinct("key")
    found = dict(rows.values_list("key", "pk"))
    if wanted - found.keys():
        raise LookupError(f"no policy for {', '.join(sorted(wanted - found.keys()))}; load a plan first")
    return found
