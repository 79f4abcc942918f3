"""The oldest packages that may serve people: in older ones there are faults that others know how to use.

The database's own least version is Django's business: it refuses PostgreSQL before 14 by itself.
"""

import re
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

# Package: the first version without the fault, and what the fault was.
AT_LEAST = {
    "django": ("5.2.17", "SQL by names of columns, forged headers under ASGI, uploads that exhaust memory"),
    "django-viewflow": (
        "2.4.0",
        "cancelling with the right to look, tasks of others by key, work done twice",
    ),
    "django-allauth": (
        "65.14.2",
        "wrong passwords uncounted behind a made-up address, accounts told by time",
    ),
    "daphne": ("4.2.2", "socket messages that exhaust memory (CVE-2026-44545, CVE-2026-44546)"),
}


def parts(number: str) -> tuple[int, ...]:
    """The numbers of a release; what is not a number ends it, so that 5.2rc1 is older than 5.2.1."""
    found = re.match(r"\d+(?:\.\d+)*", number)
    return tuple(map(int, found[0].split("."))) if found else ()


def too_old(installed: Callable[[str], str] = version) -> list[str]:
    """A sentence for each package that is older than it may be, or is not there at all."""
    found = []
    for name, (least, why) in AT_LEAST.items():
        try:
            number = installed(name)
        except PackageNotFoundError:
            found.append(f"{name} is not installed: {least} or newer is needed.")
            continue
        if parts(number) < parts(least):
            found.append(f"{name} {number} is too old: {least} or newer is needed ({why}).")
    return found
