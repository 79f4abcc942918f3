"""Plain numbers become acts: who does what to which share of a matter, on the engine's side and on the model's.

What is drawn are numbers alone; they are mapped onto the present state here, so the shape of an example never depends
on the database. Three in four choices are likely ones, the fourth is anybody, anything.
"""

from flows.engine import operations as engine
from hetang_flow.lib.errors import Refusal
from tests.support import model
from tests.support.acts_people import People
from tests.support.choosing import WHY
from tests.support.model import changes, deciding, governing, maps, persons

ACTS = (
    *("agree",) * 16, "approve", "complete", *("reject", "return_to_initiator") * 2, *("return_to",) * 3,
    *("add_signers", "remove_signer") * 3, *("transfer", "delegate", "consult", "advise", "hand_out", "claim", "put_back") * 2,
    *("append_assignees",) * 2, *("take_back",) * 4, "withdraw", "withdraw", "reopen", "terminate", "suspend", "resume",
    "copy_to", *("acknowledge",) * 2, "urge", *("mark_opened",) * 2, "save_opinion", *("approve_many",) * 2,
    *("time_out",) * 2, "days", *("substitute", "end_substitution", "appoint", "end_appointment", "hand_over") * 2,
)  # fmt: skip


class Hand(People):
    """One draw: three numbers, and what they point at now."""

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
