"""What three plain numbers point at in the present state of a matter."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flows.engine import operations as engine
from tests.support.machine import Both
from tests.support.model import around, deciding, governing, persons, undoing
from tests.support.model.words import Refused

WHY, SHORT = "资料与台账不一致，请核实。", "太短"


class Choosing:
    """One draw: three numbers, and what they point at now."""

    def __init__(self, both: Both, who: int, which: int, how: int) -> None:
        self.b, self.m = both, both.m
        self.who, self.which, self.how = who, which, how

    def do(self, what: str) -> Iterator[tuple[str, str]]:
        """Do it on both sides; what was done, and why it was refused if it was."""
        found = getattr(self, what)()
        return iter([(what, found)] if isinstance(found, str) else found)

    # --- what the numbers point at ---

    def share(self, likely: Callable[[dict], bool] = lambda share: share["status"] == "open") -> dict | None:
        """One of the shares: three in four times a likely one."""
        shares = self.m["shares"]
        some = [share for share in shares if likely(share)] if self.which % 4 != 3 else []
        found = some or shares
        return found[self.which // 4 % len(found)] if found else None

    def signing(self) -> dict | None:
        """A share, most likely one that judges."""
        return self.share(lambda share: share["status"] == "open" and deciding.judges(self.m, share))

    def person(self, share: dict | None = None, likely: Sequence[str] = ()) -> str:
        """One of the people: three in four times one who may act on the share, or at least whose it is."""
        people = self.m["people"]
        if share is not None:
            free = [person for person in people if self._may(share, person)]
            likely = free or [person for person in people if persons.mine(self.m, share, person)]
        found = likely if likely and self.who % 4 != 3 else people
        return found[self.who // 4 % len(found)]

    def _may(self, share: dict, person: str, *checks: Callable) -> bool:
        try:
            for check in checks or (deciding.may_handle, deciding.is_free):
                check(self.m, share, person)
        except Refused:
            return False
        return True

    def reason(self) -> str:
        """Words enough, most of the time."""
        return SHORT if self.how % 16 == 15 else WHY

    def some_posts(self) -> list[str]:
        """One, two or three posts."""
        names = [*self.m["posts"]]
        return [
            names[(self.how * 7 + self.who + n * 5) % len(names)]
            for n in range((1, 1, 1, 1, 2, 3)[self.how % 6])
        ]

    def on(self, operation: str, share: dict, *args: Any, by: str, real: tuple = (), **words: Any) -> str:
        """The same on both sides, on a share; `real` stands for `args` where they are keys."""
        key = self.b.share_keys[share["id"]]
        module = next(each for each in (deciding, around, undoing) if hasattr(each, operation))
        actor, now, run = self.b.actor(by), self.b.now, self.b.run.public_id
        return self.b.both(
            lambda: getattr(engine, operation)(run, key, *(real or args), by=actor, now=now, **words),
            getattr(module, operation), share["id"], *args, by=by, **words,
        )  # fmt: skip

    def whole(self, operation: str, *args: Any, by: str, real: tuple = (), **words: Any) -> str:
        """The same on both sides, on the whole run."""
        module = next(each for each in (governing, around) if hasattr(each, operation))
        actor, now, run = self.b.actor(by), self.b.now, self.b.run.public_id
        return self.b.both(
            lambda: getattr(engine, operation)(run, *(real or args), by=actor, now=now, **words),
            getattr(module, operation), *args, by=by, **words,
        )  # fmt: skip
