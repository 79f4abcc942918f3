"""Pure rules of the compartment: who stands aside and why, whether a case is decided here at all, who knows of it."""

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from hetang_flow.lib.verdicts import YES, Verdict
from permissions.actors import Actor
from permissions.rules import COMMISSION

CITY_COMMISSION = "city-discipline-commission"

# Who knows of a case.
INTAKE, HANDLER, APPROVER, CITY = "intake", "handler", "approver", "city"
# Why somebody stands aside.
SUBJECT, OF_SUBJECT_UNIT, CONTACT_LEADER, APPROVED, BELOW = (
    "subject", "subject-unit", "contact-leader", "approved", "below",
)  # fmt: skip
# Why a case is not decided in the district.
ABOUT_COMMISSION, OWN_LINE, HEAD_ASIDE, NOBODY_LEFT = (
    "about-commission",
    "own-line",
    "head-aside",
    "nobody-left",
)

LEADING = ("leader", "head")
SHORTEST_TEXT, LONGEST_TEXT = 6, 20_000
LONGEST_TITLE = 80
MOST_HANDLERS, FEWEST_HANDLERS = 4, 1
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that looks like another


@dataclass(frozen=True, slots=True)
class Seat:
    """A post of the commission and the people who hold it."""

    post: int
    duty: str
    people: frozenset[int] = frozenset()

    @property
    def rank(self) -> int:
        """How high it stands in the commission; the lower the number the higher."""
        return 0 if self.duty in LEADING else 1 if self.duty == "deputy" else 2


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides about recusal: the subject, the project's leaders and approvers, the commission's posts.

    `about_commission` says that the subject is the commission or one of its people, `own_line` that the commission
    leads the line. `leaders` are posts, because a post may be published before anybody has an account.
    """

    seats: tuple[Seat, ...]
    subject: int | None = None
    of_unit: frozenset[int] = frozenset()
    leaders: frozenset[int] = frozenset()
    leading_people: frozenset[int] = frozenset()
    approvers: frozenset[int] = frozenset()
    about_commission: bool = False
    own_line: bool = False
    intake: int = 0
    deciding: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Recusal:
    """Who stands aside, by person and by post, each with why; `city` says why the district does not decide."""

    people: Mapping[int, str] = field(default_factory=dict)
    posts: Mapping[int, str] = field(default_factory=dict)
    city: str = ""


def recusal(facts: Facts) -> Recusal:
    """Who must not see, be assigned, be told or act, and whether the case goes to the city.

    The subject and the subject's unit, contact leaders and whoever approved or verified on the project stand aside;
    below a leader of the commission who does, so does everybody.
    """
    people: dict[int, str] = {}
    own: list[tuple[Iterable[int], str]] = [
        ([facts.subject] if facts.subject is not None else [], SUBJECT),
        (facts.leading_people, CONTACT_LEADER),
        (facts.approvers, APPROVED),
        (facts.of_unit, OF_SUBJECT_UNIT),
    ]
    for several, why in own:
        for person in several:
            people.setdefault(person, why)
    posts = {seat.post: CONTACT_LEADER for seat in facts.seats if seat.post in facts.leaders}
    for seat in facts.seats:
        # A post with several holders falls with the last of them; one of a leader with any.
        gone = seat.people & people.keys()
        if gone and (gone == seat.people or seat.rank < 2):
            posts.setdefault(seat.post, people[min(gone)])
    highest = min((seat.rank for seat in facts.seats if seat.post in posts and seat.rank < 2), default=None)
    if highest is not None:
        for seat in facts.seats:
            if seat.rank > highest:
                posts.setdefault(seat.post, BELOW)
    for seat in facts.seats:
        if seat.post in posts:
            for person in seat.people:
                people.setdefault(person, posts[seat.post])
    return Recusal(people, posts, _city(facts, posts, people))


def _city(facts: Facts, posts: Mapping[int, str], people: Mapping[int, str]) -> str:
    if facts.about_commission:
        return ABOUT_COMMISSION
    if facts.own_line:
        return OWN_LINE
    if any(seat.rank == 0 and seat.post in posts for seat in facts.seats):
        return HEAD_ASIDE
    needed = (
        [seat for seat in facts.seats if seat.post == facts.intake],
        [seat for seat in facts.seats if seat.duty == "inspector" and seat.post != facts.intake],
        *([seat] for seat in facts.seats if seat.post in facts.deciding),
    )
    return NOBODY_LEFT if any(_all_gone(seats, posts, people) for seats in needed) else ""


def _all_gone(seats: Collection[Seat], posts: Mapping[int, str], people: Mapping[int, str]) -> bool:
    """Whether posts that stand or are held all fall away; a vacancy alone is no reason to give a case away."""
    return bool(seats) and all(
        seat.post in posts or (seat.people and seat.people <= people.keys()) for seat in seats
    )


@dataclass(frozen=True, slots=True)
class Admission:
    """One who knows of a case: by a post, or in person in that post."""

    role: str
    post: int
    person: int | None = None


def is_admitted(by: Actor, admissions: Iterable[Admission], aside: Recusal, *, handed: bool) -> bool:
    """Whether this person knows of a case: in a post held, never as a substitute, an administrator or a secretary.

    Once it was handed to the city, nobody of the district does.
    """
    return bool(roles_of(by, admissions, aside, handed=handed))


def roles_of(by: Actor, admissions: Iterable[Admission], aside: Recusal, *, handed: bool) -> frozenset[str]:
    """In which parts this person knows of a case."""
    if by.user_id is None or not by.has_business or (not handed and by.user_id in aside.people):
        return frozenset()
    return frozenset(
        each.role
        for each in admissions
        if (each.role == CITY) == handed
        and each.post in by.post_ids
        and (handed or each.post not in aside.posts)
        and each.person in (None, by.user_id)
    )


def may_enter_clue(by: Actor) -> Verdict:
    """An inspector of the commission enters a clue, in a post held."""
    if by.administrator:
        return Verdict("administrator", {})
    return YES if by.holds(COMMISSION, "inspector") else Verdict("not-an-inspector-here", {})


def is_of_the_commission(by: Actor) -> bool:
    """Whether the room stands in this person's menu: by duty, never by whether there is a case."""
    inside = by.holds(COMMISSION, "inspector", "deputy", *LEADING) or by.holds(CITY_COMMISSION, "inspector")
    return by.has_business and inside


def text_fits(text: str, *, name: str) -> Verdict:
    """What is written is not empty and can be kept."""
    length = len(text.strip())
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        return Verdict("text-not-storable", {"field": name})
    if length < SHORTEST_TEXT:
        return Verdict("reason-too-short", {"field": name, "least": SHORTEST_TEXT, "length": length})
    if length > LONGEST_TEXT:
        return Verdict("text-too-long", {"field": name, "most": LONGEST_TEXT, "length": length})
    return YES


def drawn_number() -> str:
    """A number drawn by lot: one that counted on would tell each who sees two how many others there are."""
    drawn = "".join(secrets.choice(LETTERS) for _ in range(8))
    return f"{drawn[:4]}-{drawn[4:]}"
