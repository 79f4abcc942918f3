"""People change: substitutes come and go, posts are given and taken, days begin; open tasks follow."""

from collections.abc import Iterable
from datetime import date, timedelta

from . import asking, persons
from .walking import new_share
from .words import GONE, Matter, note, of, over, tell, unless

DAY = timedelta(days=1)
LONGEST, HOPS = 92, 2
NEVER = ("secretary", "contact")


# --- substitutes ---


def substitute(
    m: Matter, post: str, other: str, *, from_day: date, until_day: date, by: str, reason: str
) -> None:
    """代理: for its days another post acts for this one as well."""
    unless(reason.strip(), "reason-missing")
    own = persons.held(m, by)
    unless(by not in m["administrators"], "administrator")
    unless(post in own or persons.has_power(m, by, post), "substitute-not-yours")
    unless(post != other, "substitute-own-post")
    unless(m["posts"][other]["duty"] not in NEVER, "substitute-duty")
    unless(post in own or other not in own, "not-to-yourself")
    unless(persons.today(m) <= from_day < until_day, "substitute-days")
    unless((until_day - from_day).days <= LONGEST, "substitute-too-long")
    _fits(m, post, other, from_day, until_day)
    cover = {"post": post, "substitute": other, "from": from_day, "until": until_day, "ended": None}
    m["covers"].append(cover)
    number = len(m["covers"]) - 1
    note(m, "substitution.made", by, about_run=False)
    present = persons.holders(m, other)
    tell(m, "substitution.made", {*persons.holders(m, post), *present}, ("substitution.made", number))
    if from_day == persons.today(m):
        tell(m, "substitution.tasks", present, ("substitution.tasks", number))
    follow(m, [post], by)


def _fits(m: Matter, post: str, other: str, from_day: date, until_day: date) -> None:
    """On none of its days a second substitute, a circle, or more than two hops."""
    day = from_day
    while day < until_day:
        standing = {
            c["post"]: c["substitute"]
            for c in m["covers"]
            if c["ended"] is None and c["from"] <= day < c["until"]
        }
        unless(post not in standing, "substitute-overlaps")
        standing[post] = other
        unless(not any(_circles(start, standing) for start in standing), "substitute-cycle")
        unless(all(_hops(start, standing) <= HOPS for start in standing), "substitute-chain")
        day += DAY


def _circles(start: str, standing: dict[str, str]) -> bool:
    here = start
    for _ in standing:
        here = standing.get(here, "")
        if here == start:
            return True
    return False


def _hops(start: str, standing: dict[str, str]) -> int:
    here, hops = start, 0
    while here in standing:
        here, hops = standing[here], hops + 1
    return hops


def end_substitution(m: Matter, number: int, *, by: str) -> None:
    """The post has its holder alone again, at once."""
    cover = m["covers"][number]
    own = cover["post"] in persons.held(m, by)
    unless(by not in m["administrators"], "administrator")
    unless(own or persons.has_power(m, by, cover["post"]), "substitute-not-yours")
    unless(cover["ended"] is None and cover["until"] > persons.today(m), "substitute-over")
    cover["ended"] = m["now"]
    note(m, "substitution.ended", by, about_run=False)
    both = {*persons.holders(m, cover["post"]), *persons.holders(m, cover["substitute"])}
    tell(m, "substitution.ended", both, ("substitution.ended", number))
    follow(m, [cover["post"]], by)


# --- appointments ---


def appoint(m: Matter, post: str, person: str, *, from_day: date, by: str) -> None:
    """任: a post is given from a day on."""
    unless(by not in m["administrators"], "administrator")
    unless(persons.has_power(m, by, post), "post-not-yours")
    unless(person != by, "not-to-yourself")
    unless(person not in m["administrators"], "receiver-administrator")
    unless(from_day >= persons.today(m), "day-gone")
    kept = [
        a for a in m["appointments"] if a["post"] == post and a["person"] == person and a["until"] is None
    ]
    unless(not kept, "appointed-already")
    m["appointments"].append({"post": post, "person": person, "from": from_day, "until": None})
    note(m, "appointment.made", by, about_run=False)
    tell(m, "appointment.made", [person], ("appointment.made", len(m["appointments"])))
    follow(m, [post], by)


def end_appointment(m: Matter, number: int, *, on: date, by: str) -> None:
    """免: a post is no longer held from a day on."""
    row = m["appointments"][number]
    unless(by not in m["administrators"], "administrator")
    unless(persons.has_power(m, by, row["post"]), "post-not-yours")
    unless(row["until"] is None or row["until"] > max(on, persons.today(m)), "appointment-over")
    unless(on >= persons.today(m), "day-gone")
    row["until"] = max(on, row["from"])
    note(m, "appointment.ended", by, about_run=False)
    tell(m, "appointment.ended", [row["person"]], ("appointment.ended", number))
    follow(m, [row["post"]], by)


def hand_over(m: Matter, leaver: str, heir: str, *, by: str, reason: str) -> None:
    """离职转办: the leaver's posts and what is open there go to the successor today."""
    unless(reason.strip(), "reason-missing")
    unless(by not in m["administrators"], "administrator")
    today, order = persons.today(m), [*m["posts"]].index
    rows = [
        a for a in m["appointments"]
        if a["person"] == leaver and (a["until"] is None or a["until"] > today) and persons.has_power(m, by, a["post"])
    ]  # fmt: skip
    unless(rows, "nothing-to-hand-over")
    unless(heir != leaver, "successor-is-leaver")
    unless(heir != by, "not-to-yourself")
    unless(heir not in m["administrators"], "receiver-administrator")
    posts = {a["post"] for a in rows}
    has = {a["post"] for a in m["appointments"] if a["person"] == heir and a["until"] is None}
    for row in sorted(rows, key=lambda a: order(a["post"])):
        row["until"] = max(today, row["from"])
        if row["post"] not in has:
            begins = max(today, row["from"])
            m["appointments"].append({"post": row["post"], "person": heir, "from": begins, "until": None})
            has.add(row["post"])
    note(m, "post.handed_over", by, about_run=False)
    tell(m, "post.handed_over", {leaver, heir}, ("post.handed_over", m["now"]))
    follow(m, {*posts, *_open_with(m, leaver, posts)}, by, {leaver: heir})


def _open_with(m: Matter, leaver: str, posts: set[str]) -> set[str]:
    """The posts at which something is open for the leaver: those handed over, and what was handed to them there."""
    units = {m["posts"][post]["unit"] for post in posts}
    asked = [s for s in m["shares"] if s["status"] in ("open", "waiting")]
    through = {s["post"] for s in asked if s["post"] in posts and s["handed"] is None}
    return through | {
        s["post"] for s in asked if s["handed"] == leaver and m["posts"][s["post"]]["unit"] in units
    }


def begin_day(m: Matter) -> None:
    """What began or ended today or yesterday reaches the open tasks."""
    days = {persons.today(m), persons.today(m) - DAY}
    rows = [*m["appointments"], *m["covers"]]
    follow(m, {row["post"] for row in rows if {row["from"], row["until"]} & days}, None)
    for number, cover in enumerate(m["covers"]):
        if cover["from"] == persons.today(m) and cover["ended"] is None and not _told_at_once(m, number):
            absent, present = persons.holders(m, cover["post"]), persons.holders(m, cover["substitute"])
            tell(m, "substitution.began", absent, ("substitution.began", number))
            tell(m, "substitution.tasks", present, ("substitution.tasks", number))


def _told_at_once(m: Matter, number: int) -> bool:
    return any(key == ("substitution.tasks", number) for key, _person in m["told"])


# --- open tasks follow ---


def follow(m: Matter, posts: Iterable[str], by: str | None, heirs: dict[str, str] | None = None) -> None:
    """Open tasks asked of these posts come to the people of now; whoever is new is told once."""
    m["by"] = by
    wanted = {*posts} | persons.standing_for(m, {*posts})
    if over(m):
        return
    asked = [
        s for s in m["shares"]
        if s["status"] in ("open", "waiting") and m["steps"][s["step"]]["status"] == "open"
    ]  # fmt: skip
    for number in sorted({s["step"] for s in asked if s["post"] in wanted}):
        Turn(m, m["steps"][number]).play(heirs or {})


class Turn:
    """One open step whose people may have changed."""

    def __init__(self, m: Matter, step: dict) -> None:
        self.m, self.step, self.policy = m, step, step["policy"]
        self.judges = m["flow"][step["node"]]["is"] == "sign"
        self.did = asking.people(m, self.policy)
        self.bars = asking.barred(self.policy, self.did, judges=self.judges)
        self.shares = [s for s in of(m, step["id"]) if s["status"] in ("open", "waiting")]
        self.handed = {s["id"]: s["handed"] for s in self.shares}
        self.changed: set[str] = set()
        self.fresh: list[dict] = []

    def play(self, heirs: dict[str, str]) -> None:
        """Bring it to the people of now, with one entry for all of it."""
        self.hand_back(heirs)
        if self.policy["mode"] != "vote":
            self.merge()
        asked = [s for s in self.shares if s["status"] in ("open", "waiting")]
        empty = [s for s in asked if (s["role"] == "sign" or s["blocks"]) and not self.free(s)]
        if self.one_is_enough(asked, empty):
            empty = []
        empty = [s for s in empty if not self.replace(s)]
        if self.one_is_enough(self.fresh, empty):
            empty = []
        self.wait_for(empty)
        for share in asked:
            if share["status"] == "open":
                self.tell(share)
        if self.changed:
            note(self.m, "step.reresolved", self.m["by"])

    def hand_back(self, heirs: dict[str, str]) -> None:
        """What was handed to somebody who has left the unit goes to the successor there, else back to the post."""
        for share in self.shares:
            person = share["handed"]
            if person is None or persons.works_in_unit(self.m, share, person):
                continue
            heir = heirs.get(person)
            fits = heir is not None and heir not in self.bars and persons.works_in_unit(self.m, share, heir)
            share |= {"handed": heir if fits else None, "opened": self.m["now"], "seen": None}
            self.changed.add(share["post"])

    def merge(self) -> None:
        """One person left in several of the posts signs once."""
        roots = {s["root"] for s in self.m["shares"]}
        kept = set()
        for share in self.shares:
            if share["role"] != "sign" or share["root"] is not None or share["id"] in roots:
                continue
            people = frozenset(persons.answers(self.m, share["post"], share["handed"]))
            if len(people) == 1 and people in kept:
                share["status"] = "void"
                self.changed.add(share["post"])
            kept.add(people)

    def free(self, share: dict) -> set[str]:
        """Who may do what is asked here."""
        people = persons.answers(self.m, share["post"], share["handed"])
        return people - self.bars if share["role"] == "sign" else people

    def one_is_enough(self, asked: list[dict], empty: list[dict]) -> bool:
        """Whether any one signs and somebody still can."""
        ids = {s["id"] for s in empty}
        signing = [s for s in asked if s["role"] == "sign" and s["root"] is None and s["id"] not in ids]
        return self.policy["mode"] == "any_of" and bool(signing)

    def replace(self, share: dict) -> bool:
        """Whoever the policy names takes the place of a post that has nobody left."""
        known = {s["post"] for s in of(self.m, self.step["id"]) if s["status"] not in GONE}
        other = next((post for post in self._instead(share) if post not in known), None)
        if other is None:
            return False
        same = ("role", "root", "turn", "group", "group_mode", "weight", "order", "status")
        fresh = new_share(self.m, self.step["id"], other, **{key: share[key] for key in same})
        share["status"] = "void"
        for child in self.m["shares"]:
            if child["root"] == share["id"]:
                child["root"] = fresh["id"]
        self.fresh.append(fresh)
        self.changed |= {share["post"], other}
        if fresh["status"] == "open":
            told = persons.hearing(self.m, other) - self.bars
            tell(self.m, "step.todo", told, ("todo", fresh["id"]))
        return True

    def _instead(self, share: dict) -> list[str]:
        if share["role"] != "sign":
            return []
        m, policy, post = self.m, self.policy, share["post"]
        people = persons.answers(m, post, share["handed"])
        placed = asking.place(policy, people, self.bars, judges=self.judges, did=self.did)
        for others in (asking.instead_of(m, policy, post, placed), asking.stand_ins(m, policy)):
            free = [other for other in others if persons.answers(m, other) - self.bars]
            if free:
                return free
        return []

    def wait_for(self, empty: list[dict]) -> None:
        """What the step waits for now is named, and the campaign office told."""
        names = {s["post"]: self.m["posts"][s["post"]]["title"] for s in empty}
        waits_for = "、".join(names.values())
        if waits_for == self.step["waits_for"]:
            return
        for share in self.shares:
            if (share["post"] in names) != (
                self.m["posts"][share["post"]]["title"] in self.step["waits_for"]
            ):
                self.changed.add(share["post"])
        self.step["waits_for"] = waits_for
        if waits_for:
            tell(self.m, "step.blocked", persons.office(self.m), ("blocked", self.step["id"], self.m["now"]))

    def tell(self, share: dict) -> None:
        """Each person once; a task that came back is told to all who have it now."""
        m, came_back = self.m, share["handed"] != self.handed[share["id"]]
        if came_back:
            people = persons.hearing(m, share["post"], share["handed"])
        else:
            people = persons.answers(m, share["post"], share["handed"])
        if share["role"] == "sign":
            people = people - self.bars
        if not came_back:
            known = {person for key, person in m["heard"] if key[:2] == ("todo", share["id"])}
            people = people - known
            people = set() if share["handed"] else people
        if people:
            kind = "step.todo"
            if share["role"] == "advise":
                kind = "step.delegated" if share["blocks"] else "step.consulted"
            self.changed.add(share["post"])
            tell(m, kind, people, ("todo", share["id"], share["opened"]))
