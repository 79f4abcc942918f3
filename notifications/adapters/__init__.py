"""One module a channel: `send(letter)` returns when the other side has taken it, or raises one of these two."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from django.conf import settings
from django.template.loader import render_to_string


class TemporaryFailure(Exception):
    """Not now; the same letter may pass later. `wait` is how long the other side wants to be left alone."""

    def __init__(self, why: str, wait: timedelta | None = None) -> None:
        super().__init__(why)
        self.wait = wait


class PermanentFailure(Exception):
    """Never: the other side refuses this address or this letter."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes out; `key` stays the same at every attempt, so that a receiver can tell a repeat.

    Of several notices in one letter `titles` names each, and `title` says how many there are.
    """

    key: str
    address: str
    title: str
    url: str
    titles: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """The title on one line."""
        return " ".join(self.title.split())

    @property
    def short_key(self) -> str:
        """What of the key is shown to people."""
        return self.key[:8]

    def text(self, template: str) -> str:
        """The letter in a channel's own template."""
        site = settings.PUBLIC_URL.rstrip("/")
        return render_to_string(template, {"letter": self, "link": site + (self.url or "/")}).strip() + "\n"


class Adapter(Protocol):
    """What a module of this package offers."""

    def send(self, letter: Letter) -> None:
        """Hand one letter over, or raise one of the two failures; what they say names no content and no secret."""
