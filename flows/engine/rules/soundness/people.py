"""Faults of staffing: who would be asked in the matters that may come, and what happens where nobody is left."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..asking import Asking, Candidate, Placed, place
from ..standing import CAMPAIGN_OFFICE
from .pictures import ERROR, NOTE, WARNING, Fault, Flow, Node, Policy, Stop, Trail
from .terms import steps_of

# A unit acts through these; a leader's signature is the leader's own.
OF_UNIT = frozenset({"desk", "officer", "head", "deputy"})
RESPONSIBLE = frozenset({"head", "leader"})
INITIATOR = "run.initiator"
NOBODY: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Seat:
    """A post as the gate sees it; `people` answer for it, nobody where it is empty."""

    id: int
    code: str
    name: str
    duty: str
    unit: int
    people: frozenset[int] = frozenset()

    @property
    def candidate(self) -> Candidate:
        """The post as the rules of asking see it."""
        return Candidate(self.id, self.unit, self.people)


@dataclass(frozen=True)
class Roster:
    """Every post by code, the units by number with their names, codes and parents, and people's names."""

    seats: Mapping[str, Seat]
    units: Mapping[int, str]
    codes: Mapping[str, int] = field(default_factory=dict)
    parents: Mapping[int, int] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)

    def of_unit(self, unit: int | None, duties: Collection[str]) -> list[Seat]:
        """The posts of a unit with one of these duties."""
        return [seat for seat in self.seats.values() if seat.unit == unit and seat.duty in duties]

    def members(self, unit: int) -> frozenset[int]:
        """The people who hold a post in this unit."""
        return frozenset(p for seat in self.seats.values() if seat.unit == unit for p in seat.people)

    def has_head(self, unit: int) -> bool:
        """Whether somebody at the head of this unit answers for it."""
        return any(seat.people for seat in self.of_unit(unit, RESPONSIBLE))

    @property
    def office_is_staffed(self) -> bool:
        """Whether anybody in the campaign office would hear of an escalation."""
        office = self.codes.get(CAMPAIGN_OFFICE)
        return any(seat.people for seat in self.seats.values() if seat.unit == office)


@dataclass(frozen=True, slots=True)
class Case:
    """A matter that may come: the posts each resolver would name, the units each recusal would name.

    `served` are the units whose work it is; `aside` are posts a resolver leaves out because their unit served.
    """

    flows: frozenset[str]
    subject: str
    asked: Mapping[str, Sequence[str]]
    recused: Mapping[str, Collection[int]] = field(default_factory=dict)
    served: frozenset[int] = frozenset()
    aside: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Filled:
    """Who signs in the end, which posts find nobody, and what filled in for some of them."""

    asked: tuple[Seat, ...]
    empty: tuple[Seat, ...] = ()
    instead: str = ""

    @property
    def blocked(self) -> bool:
        """Whether the step would wait for somebody."""
        return not self.asked or bool(self.empty)


def fill(policy: Policy, roster: Roster, seats: Sequence[Seat], asking: Asking) -> Filled:
    """Whom a step would ask, as the engine resolves it: who is free, who signs instead, who stands in."""
    asked: list[Seat] = []
    empty: list[Seat] = []
    how = ""
    for seat in seats:
        placed = place(asking, seat.candidate)
        if placed in (Placed.ASK, Placed.MERGE, Placed.SKIP):
            asked.append(seat)
            continue
        others: list[Seat] = []
        if placed == Placed.HEAD:
            others = roster.of_unit(seat.unit, ("head",))
        elif placed == Placed.ALTERNATE and policy.alternate in roster.seats:
            others = [roster.seats[policy.alternate]]
        free = [other for other in others if asking.free(other.candidate)]
        asked += free
        empty += [] if free else [seat]
        how = how or (placed.value if free else "")
    if asked and (not empty or policy.mode == "any_of"):
        return Filled(tuple(asked), instead=how)
    left: list[Seat] = []
    for lacking in [[seat] for seat in empty] or [[]]:
        stand_ins = [seat for seat in _stand_ins(policy, roster, lacking) if asking.free(seat.candidate)]
        asked += stand_ins
        left += [] if stand_ins else lacking
        how = policy.on_empty if stand_ins else how
    return Filled(tuple(asked), tuple(left), how)


def _stand_ins(policy: Policy, roster: Roster, empty: Sequence[Seat]) -> list[Seat]:
    if policy.on_empty == "named":
        return [roster.seats[policy.stand_in]] if policy.stand_in in roster.seats else []
    if policy.on_empty == "admin":
        return roster.of_unit(roster.codes.get(CAMPAIGN_OFFICE), ("desk",))
    if policy.on_empty == "parent_unit":
        parents = {roster.parents.get(seat.unit) for seat in empty} - {None}
        return [seat for parent in parents for seat in roster.of_unit(parent, ("desk",))]
    return []


def staffing_faults(
    flow: Flow, policies: Mapping[str, Policy], roster: Roster, cases: Iterable[Case]
) -> Iterator[Fault]:
    """What staffing means for each matter that may come; the same fault of several matters is told once."""
    found: dict[tuple[object, ...], Fault] = {}
    for case in cases:
        for fault in _of_case(flow, policies, roster, case):
            key = (fault.code, fault.node, tuple(sorted(fault.facts.items())), fault.trail)
            known = found.get(key, fault)
            subjects = tuple(dict.fromkeys((*known.subjects, case.subject)))
            found[key] = Fault(
                fault.code,
                fault.flow,
                fault.node,
                fault.policy,
                fault.facts,
                fault.trail,
                fault.severity,
                subjects,
            )
    yield from found.values()


def _of_case(flow: Flow, policies: Mapping[str, Policy], roster: Roster, case: Case) -> Iterator[Fault]:
    steps = [
        Asked(
            flow,
            node,
            policy,
            trail,
            case,
            roster,
            tuple(roster.seats[code] for code in case.asked[policy.resolver]),
        )
        for node, policy, trail in steps_of(flow, policies)
        if policy.resolver in case.asked
    ]
    for step in steps:
        if not step.node.judges and step.policy.resolver == INITIATOR:
            continue  # whoever starts it does it
        yield from _vacancies(step)
        yield from _without_head(step)
        yield from _escalation(step)
        if step.node.judges:
            yield from _recused(step)
            yield from _own_work(step)
            yield from _own_initiative(step)
            yield from _votes(step)
            yield from _idle_alternate(step)
    yield from _two_levels(flow, steps)


@dataclass(frozen=True, slots=True)
class Asked:
    """A step of people in one case, with the posts it would ask."""

    flow: Flow
    node: Node
    policy: Policy
    trail: Trail
    case: Case
    roster: Roster
    seats: tuple[Seat, ...]

    def fill(
        self,
        *,
        submitters: frozenset[int] = NOBODY,
        signed_elsewhere: frozenset[int] = NOBODY,
        recused_units: frozenset[int] = NOBODY,
    ) -> Filled:
        """Who would be asked when these people or units must not sign."""
        asking = Asking(
            judges=self.node.judges,
            on_self=self.policy.on_self,
            submitters=submitters,
            signed_elsewhere=signed_elsewhere,
            recused=self.members_of(recused_units),
            recused_units=recused_units,
        )
        return fill(self.policy, self.roster, self.seats, asking)

    @property
    def recused(self) -> frozenset[int]:
        """The units that the policy's recusals name in this case."""
        named = (self.case.recused.get(name, ()) for name in self.policy.recuse)
        return frozenset(unit for units in named for unit in units)

    def members_of(self, units: Collection[int]) -> frozenset[int]:
        """The people who hold a post in one of these units; they stand aside in every post."""
        return frozenset(person for unit in units for person in self.roster.members(unit))

    def fault(self, code: str, severity: str, seats: Iterable[Seat] = (), **facts: str) -> Fault:
        """A fault at this step; the path ends with who is asked there."""
        words = "、".join(dict.fromkeys(seat.name for seat in seats))
        trail = (*self.trail[:-1], Stop(self.node.name, "asked", words)) if words else self.trail
        given = {"posts": words, **facts} if words else facts
        return Fault(code, self.flow.key, self.node.name, self.policy.key, given, trail, severity)

    def unit_names(self, units: Iterable[int]) -> str:
        """Units by name, as one text."""
        return "、".join(dict.fromkeys(self.roster.units[unit] for unit in units))


def _vacancies(step: Asked) -> Iterator[Fault]:
    """Posts that nobody holds."""
    filled = step.fill()
    empty = [seat for seat in step.seats if not seat.people]
    if not step.seats:
        code, severity = ("nobody-asked", ERROR) if filled.blocked else ("nobody-asked-but", NOTE)
        yield step.fault(code, severity, instead=_names(filled.asked))
    elif filled.blocked:
        yield step.fault("post-empty", ERROR, filled.empty)
    elif empty:
        yield step.fault("post-empty-but", NOTE, empty, instead=_names(filled.asked))


def _without_head(step: Asked) -> Iterator[Fault]:
    """A desk signs for its unit; where the unit has no head, nobody answers for that signature."""
    if not step.node.judges:
        return
    for seat in step.seats:
        if seat.duty not in ("desk", "officer") or step.roster.has_head(seat.unit):
            continue
        facts = {"unit": step.roster.units[seat.unit], "instead": step.policy.on_empty}
        if step.policy.on_empty == "block":
            yield step.fault("unit-without-head", ERROR, [seat], **facts)
        else:
            yield step.fault("unit-without-head-but", NOTE, [seat], **facts)


def _escalation(step: Asked) -> Iterator[Fault]:
    """An escalation is heard by the heads of the units asked, or by the campaign office."""
    if step.policy.on_timeout != "escalate" or step.roster.office_is_staffed:
        return
    deaf = [
        seat for seat in step.seats if not any(h.people for h in step.roster.of_unit(seat.unit, ("head",)))
    ]
    if deaf:
        yield step.fault("escalation-unheard", ERROR, deaf)


def _recused(step: Asked) -> Iterator[Fault]:
    """Whoever must stand aside leaves somebody who signs."""
    aside = [step.roster.seats[code] for code in step.case.aside.get(step.policy.resolver, ())]
    members = step.members_of(step.recused)
    barred = [s for s in step.seats if s.unit in step.recused or (s.people and s.people <= members)]
    filled = step.fill(recused_units=step.recused)
    if barred and filled.blocked:
        yield step.fault("only-recused", ERROR, barred, units=step.unit_names(seat.unit for seat in barred))
    elif barred or aside:
        served = step.unit_names(seat.unit for seat in (*aside, *barred))
        yield step.fault("stands-aside", NOTE, filled.asked, units=served)


def _own_work(step: Asked) -> Iterator[Fault]:
    """A unit never verifies what it served, nor does whoever stands in for an empty post."""
    filled = step.fill(recused_units=step.recused)
    own = [seat for seat in filled.asked if seat.unit in step.case.served and seat.duty in OF_UNIT]
    if own:
        yield step.fault("verifies-itself", ERROR, own, units=step.unit_names(seat.unit for seat in own))


def _own_initiative(step: Asked) -> Iterator[Fault]:
    """Whoever starts the matter does not sign it, unless the policy says so; somebody else is left."""
    if step.policy.on_self in ("allow", "skip"):
        return
    for code in step.case.asked.get(INITIATOR, ()):
        starter = step.roster.seats[code]
        for person in starter.people:
            if (
                any(person in seat.people for seat in step.seats)
                and step.fill(submitters=frozenset({person})).blocked
            ):
                yield step.fault("only-the-initiator", ERROR, step.seats, who=step.roster.names[person])


def _votes(step: Asked) -> Iterator[Fault]:
    """The posts that are held can carry the vote."""
    if step.policy.mode != "vote" or not step.seats:
        return
    weights = {seat: step.policy.weights.get(seat.code, 1) for seat in step.seats}
    total, held = sum(weights.values()), sum(weight for seat, weight in weights.items() if seat.people)
    if held * 100 < step.policy.threshold * total or held * 2 <= total:
        facts = {"held": str(held), "total": str(total), "threshold": str(step.policy.threshold)}
        yield step.fault(
            "vote-out-of-reach", ERROR, [seat for seat in step.seats if not seat.people], **facts
        )
    strange = [code for code in step.policy.weights if code not in {seat.code for seat in step.seats}]
    if strange:
        yield step.fault("weight-for-nobody", WARNING, posts="、".join(strange))


# --- two levels, one person ---


def _two_levels(flow: Flow, steps: Sequence[Asked]) -> Iterator[Fault]:
    """Nobody signs at two levels of one matter; where the second has nobody else, an alternate must be free."""
    judged = [step for step in steps if step.node.judges]
    for second in judged:
        firsts = [first for first in judged if _follows(flow, first, second)]
        signed = frozenset(person for first in firsts for person in _surely_signs(first))
        again = [seat for seat in second.seats if seat.people and seat.people <= signed]
        if again and second.fill(signed_elsewhere=signed).blocked:
            who = "、".join(second.roster.names[person] for person in sorted(signed))
            yield second.fault("same-person-twice", ERROR, again, who=who)


def _follows(flow: Flow, first: Asked, second: Asked) -> bool:
    """Whether one level comes after another duty's on some way without refusals."""
    return second.node.name in flow.behind[first.node.name] and first.policy.level != second.policy.level


def _surely_signs(step: Asked) -> frozenset[int]:
    """The people without whom the step does not pass."""
    filled = step.fill()
    alone = [seat.people for seat in filled.asked if len(seat.people) == 1]
    everyone = frozenset(person for people in alone for person in people)
    if step.policy.mode in ("all_of", "sequential"):
        return everyone
    return everyone if len({seat.people for seat in filled.asked}) == 1 else frozenset()


def _idle_alternate(step: Asked) -> Iterator[Fault]:
    """An alternate who is the very person to be replaced helps nobody."""
    alternate = step.roster.seats.get(step.policy.alternate)
    if alternate is None:
        return
    same = [
        seat for seat in step.seats if seat.people and alternate.people <= seat.people and seat != alternate
    ]
    if same and alternate.people:
        who = "、".join(step.roster.names[person] for person in sorted(alternate.people))
        yield step.fault("alternate-is-the-same", WARNING, same, alternate=alternate.name, who=who)


def _names(seats: Iterable[Seat]) -> str:
    return "、".join(dict.fromkeys(seat.name for seat in seats))
