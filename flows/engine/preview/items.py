"""The list of what follows: each step with who would be asked, until when, and what else may happen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from django.utils.translation import gettext as _

from flows.deadlines.rules import WorkCalendar, due_day
from flows.deadlines.selectors import calendar
from hetang_flow.lib.clock import district_day
from permissions.models import User

from .. import resolvers, rules
from ..models import Policy, Step
from ..rules.ahead import Passed, walk_ahead
from ..rules.soundness import Kind, Node
from ..selectors_policy import policy_by_id
from ..standing import People, people_in
from . import texts
from .present import Present, place_of

PEOPLE, SYSTEM, WAIT, BRANCH, END = "people", "system", "wait", "branch", "end"
KINDS = {
    Kind.WORK: PEOPLE, Kind.SIGN: PEOPLE, Kind.CHOICE: BRANCH, Kind.SPLIT: BRANCH, Kind.DELAY: WAIT,
    Kind.END: END, Kind.STOP: END,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A post that would be asked, and the people who would answer; `note` says why it is there, or that it waits."""

    post: str
    people: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Ahead:
    """One thing that follows. `kind` is people, system, wait, branch or end; `now` marks what is open already;
    `blocked` names an empty post it would wait for; `how` says how several sign, or which ways are taken.
    """

    node: str
    title: str
    kind: str
    posts: tuple[Asked, ...] = ()
    how: str = ""
    blocked: str = ""
    due: date | None = None
    provisional: bool = False
    unless: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    now: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """When something is over; None where nobody can tell."""

    on: date | None
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """An item, when it is over, and the people behind each of its posts."""

    item: Ahead
    over: Day
    people: tuple[frozenset[int], ...] = ()


class Items:
    """The items in order; remembers who will have signed by then."""

    def __init__(self, present: Present) -> None:
        self.present, self.flow, self.run = present, present.flow, present.run
        self.today = district_day(present.at)
        self.submitters: set[int] = set()
        self.signed: list[tuple[str, frozenset[int]]] = []
        self.perhaps: list[tuple[str, str, frozenset[int]]] = []
        if present.acted is not None and present.acted.status in rules.SAID_YES:
            step = present.acted.step
            people = [present.people_of(present.acted)]
            self._will_sign(self.flow.nodes[place_of(step)[0]], policy_by_id(step.policy_id), people)

    def listed(self) -> list[Ahead]:
        """Everything that follows, with people's names (one statement for these)."""
        rows: list[Row] = []
        present = self.present
        for passed in walk_ahead(self.flow, present.fronts, present.taken, present.instead):
            rows.append(self._row(passed, self._begins([rows[index].over for index in passed.after])))
        wanted = {person for row in rows for people in row.people for person in people}
        names = dict(User.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}
        return [_with_names(row, names) for row in rows]

    def _begins(self, before: Sequence[Day]) -> Day:
        """The day something opens: when the last of what comes before it is over; unknown while the clock stands."""
        known = [day.on for day in before if day.on is not None]
        if self.run.suspended_at is not None or len(known) < len(before):
            return Day(None)
        return Day(max([self.today, *known]), any(day.provisional for day in before))

    def _row(self, passed: Passed, begins: Day) -> Row:
        node, place = self.flow.nodes[passed.front.node], (passed.front.node, passed.front.token)
        step = self.present.open.get(place)
        item = Ahead(
            node.name,
            node.title,
            KINDS.get(node.kind, SYSTEM),
            unless=tuple(texts.unless(self.flow, node, self.present.taken)),
            branches=passed.front.branches,
            now=step is not None,
        )
        if passed.again:
            title = _("again: %(step)s") % {"step": node.title}
            return Row(replace(item, title=title, kind=SYSTEM, unless=(), now=False), begins)
        if item.kind == PEOPLE:
            return self._open(item, node, step) if step else self._coming(item, node, begins)
        return self._by_itself(item, node, step, begins)

    # --- nobody is asked ---

    def _by_itself(self, item: Ahead, node: Node, step: Step | None, begins: Day) -> Row:
        if node.kind == Kind.DELAY:
            day = Day(step.wakes_on, step.due_provisional) if step else self._due(begins, node.days)
            return Row(replace(item, due=day.on, provisional=day.provisional), day)
        if node.kind == Kind.SUBRUN and node.waits:
            return Row(replace(item, kind=WAIT), Day(None))
        if item.kind == BRANCH:
            how = texts.ways(self.flow, self.present.taken(node), together=node.kind == Kind.SPLIT)
            return Row(replace(item, how=how), begins)
        return Row(item, begins)

    def _due(self, begins: Day, limit: int | None) -> Day:
        if begins.on is None or limit is None:
            return Day(None)
        due = due_day(begins.on, limit, self.calendar)
        return Day(due.day, due.provisional or begins.provisional)

    @cached_property
    def calendar(self) -> WorkCalendar:
        """The working calendar, whose version may have come with the run."""
        return calendar(getattr(self.run, "version", None))

    # --- people are asked ---

    def _open(self, item: Ahead, node: Node, step: Step) -> Row:
        """A step that is open already: those who have still to sign."""
        policy = policy_by_id(step.policy_id)
        left = self.present.left(step)
        people = tuple(self.present.people_of(share) for share, _status in left)
        posts = tuple(
            Asked(share.post.name, note=_("when it is their turn") if status == rules.WAITING else "")
            for share, status in left
        )
        self._will_sign(node, policy, people)
        shown = replace(
            item, posts=posts, how=_mode(policy, posts), blocked=step.waits_for, due=step.due_on,
            provisional=step.due_provisional, unless=(*item.unless, *texts.in_time(policy)),
        )  # fmt: skip
        return Row(shown, Day(max(step.due_on or self.today, self.today), step.due_provisional), people)

    def _coming(self, item: Ahead, node: Node, begins: Day) -> Row:
        """A step that is not open yet: resolved as it would be, without those who will have signed before."""
        policy = policy_by_id(self.run.policies[node.policy])
        real = self.run.flow_class.instance.node(node.name)
        now = self.present.at
        asking = resolvers.asking(policy, self.run, self._people(policy), real, now=now)
        appended = self.run.appended.get(node.name, ())
        asked = resolvers.resolve(policy, self.run, asking, appended=appended, now=now)
        people = tuple(frozenset(seat.signer.answers) for seat in asked.seats)
        posts = tuple(
            Asked(seat.signer.post.name, note=texts.why(seat, seat.signer.post.id in appended))
            for seat in asked.seats
        )
        unless = (*item.unless, *self._conflicts(node, policy, people), *texts.in_time(policy))
        self._will_sign(node, policy, people)
        fixed = self.run.flow_class.instance.due_of(self.run, real)
        due = Day(fixed.day, fixed.provisional) if fixed else self._due(begins, policy.limit_days)
        shown = replace(
            item, posts=posts, how=_mode(policy, posts), blocked=asked.waits_for, due=due.on,
            provisional=due.provisional, unless=unless,
        )  # fmt: skip
        return Row(shown, due if fixed or policy.limit_days is not None else begins, people)

    def _conflicts(self, node: Node, policy: Policy, people: Sequence[frozenset[int]]) -> list[str]:
        """Who is asked here perhaps signs another level first, and is then no longer free."""
        return [
            _("unless the same person signs “%(step)s” first: somebody else is then asked here")
            % {"step": title}
            for title, level, perhaps in self.perhaps
            if node.judges and level != policy.level and any(each & perhaps for each in people)
        ]

    # --- who will have signed ---

    def _people(self, policy: Policy) -> People:
        """Who has done what, with those added who will have by the time this step opens."""
        known = people_in(self.run, self.present.shares, policy, in_round=self.present.round)
        elsewhere = {person for level, people in self.signed if level != policy.level for person in people}
        here = {person for level, people in self.signed if level == policy.level for person in people}
        return People(known.submitters | self.submitters, known.elsewhere | elsewhere, known.here | here)

    def _will_sign(self, node: Node, policy: Policy, people: Sequence[frozenset[int]]) -> None:
        """Remember who surely signs a step, and who perhaps does."""
        everyone = policy.mode in (Policy.Mode.ALL_OF, Policy.Mode.SEQUENTIAL) or len(people) == 1
        sure = frozenset(p for each in people if everyone and len(each) == 1 for p in each)
        perhaps = frozenset(p for each in people for p in each) - sure
        if not node.judges:
            self.submitters |= sure
            return
        self.signed.append((policy.level, sure))
        if perhaps:
            self.perhaps.append((node.title, policy.level, perhaps))


def _mode(policy: Policy, posts: Sequence[Asked]) -> str:
    """How several sign; nothing to say about one."""
    return str(Policy.Mode(policy.mode).label) if len(posts) > 1 else ""


def _with_names(row: Row, names: dict[int, str]) -> Ahead:
    posts = tuple(
        replace(post, people=tuple(names[person] for person in sorted(people)))
        for post, people in zip(row.item.posts, row.people, strict=True)
    )
    return replace(row.item, posts=posts)
