"""Plain numbers become acts: who does what to which share of a matter, on the engine's side and on the model's.

What is drawn are numbers alone; they are mapped onto the present state here, so the shape of an example never depends
on the database. Three in four choices are likely ones, the fourth is anybody, anything.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from flows.engine import operations as engine
from hetang_flow.lib.errors import Refusal
from tests.support import model
from tests.support.machine import EMPTY, Both
from tests.support.model import around, changes, deciding, governing, maps, persons, undoing
from tests.support.model.words import Refused

WHY, SHORT = "资料与台账不一致，请核实。", "太短"
ACTS = (
    *("agree",) * 16, "approve", "complete", *("reject", "return_to_initiator") * 2, *("return_to",) * 3,
    *("add_signers", "remove_signer") * 3, *("transfer", "delegate", "consult", "advise", "hand_out", "claim", "put_back") * 2,
    *("append_assignees",) * 2, *("take_back",) * 4, "withdraw", "withdraw", "reopen", "terminate", "suspend", "resume",
    "copy_to", *("acknowledge",) * 2, "urge", *("mark_opened",) * 2, "save_opinion", *("approve_many",) * 2,
    *("time_out",) * 2, "days", *("substitute", "end_substitution", "appoint", "end_appointment", "hand_over") * 2,
)  # fmt: skip
CREWS = (
    "lin", "lin luo", "lin luo ke", "zhao qian sun", "ke ma", "kong", "lin kong", "chen lin", "gao lin zhao", "chen",
    "wang", "he ke", "zhao", "lin zhao", "du bai chen", "luo ke wang qian",
)  # fmt: skip
MODES = ("all_of", "any_of", "sequential", "vote")


def policies_of(flow: str, numbers: Sequence[int]) -> dict[str, dict[str, Any]]:
    """A policy for each human node, told from a number."""
    nodes = [name for name, node in maps.MAPS[flow].items() if node["is"] in maps.HUMAN]
    return {
        node: policy_of(node, maps.MAPS[flow][node]["is"], number)
        for node, number in zip(nodes, numbers, strict=False)
    }


def policy_of(node: str, kind: str, number: int) -> dict[str, Any]:
    """What a policy says, digit by digit."""

    def pick(*choices: Any) -> Any:
        nonlocal number
        number, digit = divmod(number, len(choices))
        return choices[digit]

    crew = pick(*CREWS) if kind == "sign" else {"draft": "chen", "file": "gao", "aside": "wang"}[node]
    policy = {
        "name": f"trial.{node}", "asks": crew.split(), "mode": pick(*MODES), "on_no": pick("veto", "count"),
        "on_self": pick("allow", "forbid", "skip", "to_head"), "on_repeat": pick("none", "none", "consecutive", "all"),
        "on_empty": pick("block", "admin", "named"), "alternate": pick(None, "liu", "wang", "ke"),
        "on_timeout": pick("remind", "escalate", "transfer", "approve", "reject"), "limit": pick(None, 2, 5),
        "duty": pick(f"trial.{node}", "trial.both"), "threshold": pick(50, 60, 75), "stand_in": "liu",
        "forbids": pick([], [], [], ["transfer"], ["return"], ["add_before", "delegate"], ["consult", "add_after"]),
        "weights": {name: pick(1, 1, 2, 3) for name in crew.split()[:2]}, "urge_hours": 4,
    }  # fmt: skip
    if kind == "work":
        policy |= {"on_self": "allow", "on_repeat": "none"}
    if policy["on_timeout"] == "transfer" and not policy["alternate"]:
        policy["on_timeout"] = "remind"
    return policy


class Hand:
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

    # --- deciding ---

    def agree(self) -> list[tuple[str, str]]:
        """The matter goes on: whoever's turn it is says yes; what stands still or was broken off is brought back."""
        run = self.m["run"]
        if run["status"] != "open":
            return [("reopen", self.reopen())]
        if run["suspended"]:
            return [("resume", self.resume())]
        share = self.share()
        if share is None:
            return []
        kind = self.m["flow"][self.m["steps"][share["step"]]["node"]]["is"]
        if share["role"] == "advise":
            return [("advise", self.on("advise", share, by=self.person(share), opinion=WHY))]
        what = "approve" if kind == "sign" else "complete"
        return [(what, self.on(what, share, by=self.person(share)))]

    def approve(self) -> str | list:
        share = self.signing()
        return self.on("approve", share, by=self.person(share)) if share else []

    def complete(self) -> str | list:
        share = self.share(self._at_work)
        return self.on("complete", share, by=self.person(share)) if share else []

    def reject(self) -> str | list:
        share = self.signing()
        return self.on("reject", share, by=self.person(share), reason=self.reason()) if share else []

    def return_to_initiator(self) -> str | list:
        share = self.signing()
        return (
            self.on("return_to_initiator", share, by=self.person(share), reason=self.reason())
            if share
            else []
        )

    def return_to(self) -> str | list:
        share = self.signing()
        if share is None:
            return []
        back = deciding.ways_back(self.m, self.m["steps"][share["step"]])
        targets = back if back and self.how % 4 != 3 else range(len(self.m["steps"]))
        target = targets[self.how // 4 % len(targets)]
        return self.on(
            "return_to", share, target, real=(self.b.step_keys[target],), by=self.person(share),
            resume=bool(self.who % 2), reason=self.reason(),
        )  # fmt: skip

    def approve_many(self) -> list:
        shares = [
            s for s in self.m["shares"] if s["status"] == "open" and deciding.judges(self.m, s)
        ] or self.m["shares"]
        if not shares:
            return []
        some = list(
            dict.fromkeys(shares[(self.which + n) % len(shares)]["id"] for n in range(1 + self.how % 3))
        )
        by = self.person(self.m["shares"][some[0]])
        run, now, actor = self.b.run.public_id, self.b.now, self.b.actor(by)
        said = []
        for number in some:
            key = self.b.share_keys[number]

            def real(key=key):
                (outcome,) = engine.approve_many([(run, key)], by=actor, now=now)
                if outcome.code:
                    raise Refusal(outcome.code)

            said.append(("approve_many", self.b.both(real, deciding.approve, number, by=by)))
        return said

    def take_back(self) -> str | list:
        decided = [share for share in self.m["shares"] if share["decided_by"] and not share["auto"]]
        if not decided:
            return []
        decided.sort(key=lambda share: share["decided"], reverse=True)
        near = decided[:2] if self.which % 4 else decided
        share = near[self.which // 4 % len(near)]
        return self.on("take_back", share, by=self.person(likely=[share["decided_by"]]))

    # --- opinions and the desk ---

    def delegate(self) -> str | list:
        share, (post, *_rest) = self.share(self._to_sign), self.some_posts()
        words = {"by": self.person(share), "question": self.reason()} if share else {}
        return self.on("delegate", share, post, real=(self.b.post(post),), **words) if share else []

    def consult(self) -> str | list:
        share, posts = self.share(self._to_sign), self.some_posts()
        if share is None:
            return []
        real = ([self.b.post(post) for post in posts],)
        return self.on("consult", share, posts, real=real, by=self.person(share), question=self.reason())

    def advise(self) -> str | list:
        share = self.share(lambda share: share["role"] == "advise" and share["status"] == "open")
        return self.on("advise", share, by=self.person(share), opinion=WHY) if share else []

    def hand_out(self) -> str | list:
        share = self.share(self._at_a_desk)
        if share is None:
            return []
        free = self._free_colleagues(share)
        found = free if free and self.how % 4 != 3 else self.m["people"]
        person = found[self.how // 4 % len(found)]
        key, to = self.b.share_keys[share["id"]], self.b.district.users[person].pk
        by, run, now = self.person(share), self.b.run.public_id, self.b.now
        actor = self.b.actor(by)
        return self.b.both(
            lambda: engine.hand_out(run, key, to_user_id=to, by=actor, now=now),
            deciding.hand_out, share["id"], person, by=by,
        )  # fmt: skip

    def claim(self) -> str | list:
        share = self.share(lambda share: self._at_a_desk(share) and share["handed"] is None)
        return self.on("claim", share, by=self.person(likely=self._free_colleagues(share))) if share else []

    def _free_colleagues(self, share: dict) -> list[str]:
        """Those of the unit who may deal with it."""
        unit = [person for person in self.m["people"] if persons.works_in_unit(self.m, share, person)]
        return [person for person in unit if self._may(share, person, deciding.is_free)]

    def put_back(self) -> list:
        def taken(share: dict) -> bool:
            return share["status"] == "open" and share["handed"] is not None

        claimed: list = []
        if not any(map(taken, self.m["shares"])) and self.which % 4 != 3:
            found = self.claim()
            claimed = [("claim", found)] if isinstance(found, str) else []
        share = self.share(taken)
        if share is None:
            return claimed
        self.b.passes(minutes=1)
        return [*claimed, ("put_back", self.on("put_back", share, by=self.person(share)))]

    def _at_work(self, share: dict) -> bool:
        return share["status"] == "open" and share["role"] == "sign" and not deciding.judges(self.m, share)

    def _to_sign(self, share: dict) -> bool:
        return share["status"] == "open" and share["role"] == "sign"

    def _at_a_desk(self, share: dict) -> bool:
        return share["status"] == "open" and self.m["posts"][share["post"]]["duty"] == "desk"

    # --- around the signers ---

    def add_signers(self) -> str | list:
        share, posts = self.signing(), self.some_posts()
        if share is None:
            return []
        turn = ("before", "alongside", "after")[self.how // 3 % 3]
        mode = ("any_of", "all_of", "sequential")[self.who // 4 % 3]
        real = ([self.b.post(post) for post in posts],)
        return self.on(
            "add_signers",
            share,
            posts,
            real=real,
            by=self.person(share),
            turn=turn,
            mode=mode,
            why=self.reason(),
        )

    def remove_signer(self) -> str | list:
        def added(share: dict) -> bool:
            return share["root"] is not None and share["status"] in ("open", "waiting")

        if not any(map(added, self.m["shares"])) and self.which % 4 != 3:
            found = self.add_signers()
            return [("add_signers", found)] if isinstance(found, str) else []
        share = self.share(added)
        if share is None:
            return []
        likely = [person for person in (share["asked_by"], "gao") if person]
        return self.on("remove_signer", share, by=self.person(likely=likely), why=self.reason())

    def transfer(self) -> str | list:
        share, (post, *_rest) = self.share(self._to_sign), self.some_posts()
        words = {"by": self.person(share), "why": self.reason()} if share else {}
        return self.on("transfer", share, post, real=(self.b.post(post),), **words) if share else []

    def append_assignees(self) -> str:
        nodes = [name for name, node in self.m["flow"].items() if node["is"] in maps.HUMAN]
        here = {step["node"] for step in self.m["steps"] if step["status"] == "open"}
        ahead = [
            name
            for name in nodes
            if any(name in maps.downstream(self.m["flow"], h) for h in here) and name not in here
        ]
        found = ahead if ahead and self.which % 4 != 3 else nodes
        node, posts = found[self.which // 4 % len(found)], self.some_posts()
        real = (node, [self.b.post(post) for post in posts])
        by = self.person(likely=("gao", "chen", "han"))
        return self.whole("append_assignees", node, posts, real=real, by=by, why=self.reason())

    # --- the whole run ---

    def withdraw(self) -> str:
        return self.whole("withdraw", by=self.person(likely=("chen",)), reason=self.reason())

    def terminate(self) -> str:
        return self.whole(
            "terminate", by=self.person(likely=("gao", "han", "chen", "tao")), reason=self.reason()
        )

    def suspend(self) -> str:
        return self.whole("suspend", by=self.person(likely=("gao", "han", "tao")), reason=self.reason())

    def resume(self) -> str:
        return self.whole("resume", by=self.person(likely=("gao", "han")))

    def reopen(self) -> str | list:
        steps = range(len(self.m["steps"]))
        likely = [*governing.executed(self.m)] if self.m["run"]["status"] != "open" else []
        found = likely if likely and self.which % 4 != 3 else steps
        target = found[self.which // 4 % len(found)]
        real = (self.b.step_keys[target],)
        return self.whole(
            "reopen", target, real=real, by=self.person(likely=("gao", "han")), reason=self.reason()
        )

    # --- telling ---

    def copy_to(self) -> str:
        posts = self.some_posts()
        real = ([self.b.post(post) for post in posts],)
        return self.whole("copy_to", posts, real=real, by=self.person(likely=("chen", "lin", "zhao")))

    def acknowledge(self) -> list:
        unread = [person for person, read in self.m["copies"].items() if read is None]
        copied: list = []
        if not unread and self.which % 4 != 3:
            copied = [("copy_to", self.copy_to())]
            unread = [person for person, read in self.m["copies"].items() if read is None]
        self.b.passes(minutes=1)
        return [*copied, ("acknowledge", self.whole("acknowledge", by=self.person(likely=unread)))]

    def urge(self) -> str:
        self.b.passes(hours=self.how % 6)
        return self.whole("urge", by=self.person(likely=("chen", "gao", "lin")))

    def mark_opened(self) -> str:
        share = self.share()
        return self.whole("mark_opened", by=self.person(share))

    def save_opinion(self) -> str | list:
        share = self.share()
        if share is None:
            return []
        said = self.on(
            "save_opinion", share, "拟同意。", by="shu" if self.how % 3 == 2 else self.person(share)
        )
        assert self.b.opinions() == self.m["drafts"]
        return said

    # --- people ---

    def substitute(self) -> str:
        m, posts = self.m, [*self.m["posts"]]
        post = self._post_of_the_moment()
        other = posts[self.how % len(posts)]
        begins = persons.today(m) + timedelta(days=self.how % 9 // 8)
        days = 200 if self.how % 16 == 15 else 1 + self.which % 5
        by = self.person(likely=[*persons.holders(m, post), "gao"])
        words = {"from_day": begins, "until_day": begins + timedelta(days=days), "reason": "出差"}
        keys, actor = (self.b.post(post), self.b.post(other)), self.b.actor(by)
        return self.b.both(
            lambda: engine.substitute(*keys, by=actor, now=self.b.now, **words),
            changes.substitute, post, other, people=True, by=by, **words,
        )  # fmt: skip

    def end_substitution(self) -> str | list:
        covers = self.m["covers"]
        if not covers:
            return [("substitute", self.substitute())]
        number = self.which % len(covers)
        by = self.person(likely=[*persons.holders(self.m, covers[number]["post"]), "gao"])
        key, actor = self.b.cover_keys[number], self.b.actor(by)
        return self.b.both(
            lambda: engine.end_substitution(key, by=actor, now=self.b.now),
            changes.end_substitution,
            number,
            people=True,
            by=by,
        )

    def appoint(self) -> str:
        m = self.m
        post = EMPTY if self.how % 4 == 0 else self._post_of_the_moment()
        person = m["people"][self.how // 4 % len(m["people"])]
        day = persons.today(m) + timedelta(days=self.how // 4 % 5 - 1 if self.how % 3 == 0 else 0)
        by = self.person(likely=("gao", "han", "lin"))
        keys, actor = (self.b.post(post), self.b.district.users[person].pk), self.b.actor(by)
        return self.b.both(
            lambda: engine.appoint(*keys, from_day=day, by=actor, now=self.b.now),
            changes.appoint, post, person, from_day=day, people=True, by=by,
        )  # fmt: skip

    def end_appointment(self) -> str:
        rows = self.m["appointments"]
        post = self._post_of_the_moment()
        likely = [n for n, row in enumerate(rows) if row["post"] == post and row["until"] is None]
        found = likely if likely and self.how % 4 != 3 else range(len(rows))
        number = found[self.how // 4 % len(found)]
        day = persons.today(self.m) + timedelta(days=self.how % 3 // 2)
        by = self.person(likely=("gao", "han", "lin"))
        key, actor = self.b.appointment_keys[number], self.b.actor(by)
        return self.b.both(
            lambda: engine.end_appointment(key, on=day, by=actor, now=self.b.now),
            changes.end_appointment, number, on=day, people=True, by=by,
        )  # fmt: skip

    def hand_over(self) -> str:
        people = self.m["people"]
        holders = persons.holders(self.m, self._post_of_the_moment())
        leaver = (holders or people)[self.how % len(holders or people)]
        heir = people[self.how // 4 % len(people)]
        by = self.person(likely=("gao", "han"))
        keys, actor = [self.b.district.users[name].pk for name in (leaver, heir)], self.b.actor(by)
        return self.b.both(
            lambda: engine.hand_over(*keys, by=actor, now=self.b.now, reason="调离"),
            changes.hand_over, leaver, heir, people=True, by=by, reason="调离",
        )  # fmt: skip

    def _post_of_the_moment(self) -> str:
        """A post that is asked now, most of the time."""
        share = self.share(lambda share: share["status"] in ("open", "waiting"))
        posts = [*self.m["posts"]]
        return share["post"] if share and self.which % 4 != 2 else posts[self.which // 4 % len(posts)]

    # --- time ---

    def days(self) -> list:
        """Some days pass; each begins with what the daily job does."""
        self._days(1 + self.how % 4)
        self.b.agree()
        return []

    def _days(self, number: int) -> None:
        for _ in range(number):
            self.b.passes(days=1)
            model.begin(self.m)
            changes.begin_day(self.m)
            engine.begin_day(now=self.b.now)

    def time_out(self) -> str | list:
        late = [s for s in self.m["steps"] if s["status"] == "open" and s["due"]]
        found = late if late and self.which % 4 != 3 else self.m["steps"]
        step = found[self.which // 4 % len(found)]
        if self.how % 4 and step in late:
            self._days(min(10, (step["due"] - persons.today(self.m)).days + 1))
        key, now = self.b.step_keys[step["id"]], self.b.now
        return self.b.both(lambda: engine.time_out(key, now=now), governing.time_out, step["id"])
