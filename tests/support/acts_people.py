"""Acts on people: substitutes, appointments, leaving."""

from datetime import timedelta

from flows.engine import operations as engine
from tests.support.choosing import Choosing
from tests.support.machine import EMPTY
from tests.support.model import changes, persons


class People(Choosing):
    """What is done to who is who."""

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
