"""Playing a flow's tokens: every set of open places that can come about, and what is wrong with any of them.

It moves as the engine does, by the same rules: a split gives each branch a token of its own, a branch that comes to a
join waits there for the others, a refusal to a step already walked sweeps what lies behind it. Conditions may hold
or not, so every way is tried.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, combinations

from ..branches import Place, meeting
from ..routes import touches
from .pictures import ENDS, Edge, Fault, Flow, How, Kind, Node, Stop, Trail, stop_at

MOST_STATES = 20_000
WHOLE = "start"  # the token outside of any branch

Spot = tuple[str, str]  # a node and the token with which it is open


@dataclass(frozen=True, slots=True)
class State:
    """What is open, the walked steps to which a refusal may lead back, and whether the run is over."""

    open: frozenset[Spot] = frozenset()
    walked: frozenset[Spot] = frozenset()
    over: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """A state in the making: what one act has opened so far, who has come to a join or an end, the path up to here."""

    state: State
    trail: Trail = ()
    arrived: tuple[Spot, ...] = ()

    def on(self, *stops: Stop) -> "Act":
        """The same, some nodes further."""
        return replace(self, trail=self.trail + stops)

    def opening(self, *spots: Spot) -> "Act":
        """The same with more open."""
        return replace(self, state=replace(self.state, open=self.state.open | set(spots)))


@dataclass(slots=True)
class Game:
    """What a flow's tokens can do: the path to every state, what follows it, and the faults met on the way."""

    flow: Flow
    trails: dict[State, Trail] = field(default_factory=dict)
    after: dict[State, set[State]] = field(default_factory=dict)
    faults: dict[tuple[str, str], Fault] = field(default_factory=dict)
    levels: dict[str, dict[tuple[str, ...], Trail]] = field(default_factory=dict)
    blind: dict[tuple[str, tuple[str, ...]], Trail] = field(default_factory=dict)

    def play(self) -> bool:
        """Visit every state, nearest first, so that each path kept is a shortest one; False when there are too many."""
        start = self.flow.nodes[self.flow.start]
        queue: deque[State] = deque()
        self._take(self._on(Act(State()), start, start.edges[0], WHOLE), None, queue)
        while queue:
            state = queue.popleft()
            for spot in sorted(state.open):
                self._take(self._moves(state, spot), state, queue)
            if len(self.trails) > MOST_STATES:
                return False
        return True

    def _take(self, acts: Iterator[Act], before: State | None, queue: deque[State]) -> None:
        """Keep what the acts led to, once every branch that has come to rest is heard."""
        for act in chain.from_iterable(map(self._settle, acts)):
            state = act.state
            if before is not None:
                self.after.setdefault(before, set()).add(state)
            if state not in self.trails:
                self.trails[state] = act.trail
                if not state.over:
                    queue.append(state)

    def _fault(self, code: str, node: str, trail: Trail) -> None:
        self.faults.setdefault((code, node), Fault(code, self.flow.key, node, trail=trail))

    # --- leaving a step ---

    def _moves(self, state: State, spot: Spot) -> Iterator[Act]:
        """Everything that may become of one open step; a branch that waits at a join does nothing by itself."""
        node, token = self.flow.nodes[spot[0]], spot[1]
        if node.kind == Kind.JOIN:
            return
        rest, walked = state.open - {spot}, state.walked
        if self._returned_to(node):
            walked |= {spot}
        for edge in self.flow.edges_from(node.name):
            trail = (*self.trails[state], stop_at(node, edge))
            if not self.flow.leads_back(node.name, edge):
                yield from self._enter(Act(State(rest, walked), trail), edge.to, token)
                continue
            for target in self._targets(state, edge, token, (*trail, Stop(edge.to))):
                behind = self.flow.behind[edge.to] | {edge.to}
                kept = State(_outside(rest, behind, target), _outside(walked, behind, target))
                yield from self._enter(Act(kept, trail), edge.to, target)

    def _targets(self, state: State, edge: Edge, token: str, trail: Trail) -> list[str]:
        """The tokens with which a step may have been walked that a refusal leads back to; its own where none was."""
        known = [spot[1] for spot in state.walked if spot[0] == edge.to and touches(spot[1], token)]
        if not known and "/" in token:
            self.blind.setdefault((edge.to, self._splits(token)), trail)
        return sorted(known) or [token]

    def _returned_to(self, node: Node) -> bool:
        """Whether some refusal leads back here; other steps need not be remembered."""
        return any(
            edge.to == node.name and self.flow.leads_back(other.name, edge)
            for other in self.flow.nodes.values()
            for edge in other.edges
        )

    # --- entering a node ---

    def _enter(self, act: Act, name: str, token: str) -> Iterator[Act]:
        node = self.flow.nodes[name]
        self._note(node, token, (*act.trail, Stop(name)))
        if node.is_step:
            yield act.opening((name, token))
        elif node.kind in ENDS or node.kind == Kind.JOIN:
            yield replace(act.on(Stop(name)), arrived=(*act.arrived, (name, token)))
        elif node.kind == Kind.SPLIT:
            yield from self._split(act, node, token)
        else:
            for edge in self.flow.edges_from(name):
                yield from self._on(act, node, edge, token)

    def _on(self, act: Act, node: Node, edge: Edge, token: str) -> Iterator[Act]:
        yield from self._enter(act.on(stop_at(node, edge)), edge.to, token)

    def _split(self, act: Act, node: Node, token: str) -> Iterator[Act]:
        """Every set of ways that may be taken at once, each way entered in the flow's order."""
        if node.name in self._splits(token):
            self._fault("split-in-itself", node.name, act.on(Stop(node.name)).trail)
            return
        number = [*self.flow.nodes].index(node.name)
        for taken in _choices(self.flow.edges_from(node.name)):
            acts, said = [act], set[Stop]()
            for way, edge in taken:
                inside = f"{token}/{number}_{way}"
                mention = {stop_at(node, edge)} - said  # the split once, each condition once
                acts = [led for each in acts for led in self._enter(each.on(*mention), edge.to, inside)]
                said |= mention
            yield from acts

    # --- coming to rest ---

    def _settle(self, act: Act) -> Iterator[Act]:
        """Hear the branches that have come to a join or an end; a refusal ends the run with whatever is open."""
        if not act.arrived:
            yield act
            return
        if any(self.flow.nodes[name].kind == Kind.STOP for name, _token in act.arrived):
            yield replace(act, state=State(over=True), arrived=())
            return
        (name, token), *others = act.arrived
        is_join = self.flow.nodes[name].kind == Kind.JOIN
        left = replace(act, arrived=tuple(others))
        found = meeting(Place(token, name if is_join else ""), self._places(left) if "/" in token else ())
        if found.over:
            yield replace(left, state=State(over=True))
        elif found.join:
            yield from chain.from_iterable(map(self._settle, self._pass(left, found.join, found.token)))
        else:
            yield from self._settle(left.opening((name, token)) if is_join else left)

    def _places(self, act: Act) -> list[Place]:
        """Where the other branches are; one that has arrived and was not heard yet counts as open."""
        waits = [
            Place(token, name if self.flow.nodes[name].kind == Kind.JOIN else "")
            for name, token in sorted(act.state.open)
        ]
        return waits + [Place(token) for _name, token in act.arrived]

    def _pass(self, act: Act, join: str, token: str) -> Iterator[Act]:
        """On from a join, for all the branches that waited at it."""
        waited = {spot for spot in act.state.open if spot[0] == join and spot[1].rpartition("/")[0] == token}
        passed = replace(act, state=replace(act.state, open=act.state.open - waited))
        for edge in self.flow.edges_from(join):
            yield from self._enter(passed, edge.to, token)

    # --- levels of branches ---

    def _splits(self, token: str) -> tuple[str, ...]:
        """The splits in whose branches a token lies."""
        names = [*self.flow.nodes]
        return tuple(names[int(part.split("_")[0])] for part in token.split("/")[1:])

    def _note(self, node: Node, token: str, trail: Trail) -> None:
        """Remember in which splits a node is met; inside one and outside of it is a fault."""
        met = self.levels.setdefault(node.name, {})
        met.setdefault(self._splits(token), trail)
        if node.kind == Kind.JOIN and "/" not in token:
            self._fault("join-outside-split", node.name, trail)
        if len(met) > 1 and node.kind not in ENDS:
            code = "join-mixed" if node.kind == Kind.JOIN else "inside-and-outside"
            # Of two as deep the one met later: the first was still as it should be.
            self._fault(code, node.name, met[max(reversed([*met]), key=len)])

    def name_returns(self) -> None:
        """Say of a no that left its branch to a step nobody had walked there what it is, with the path that takes it."""
        for (name, splits), trail in self.blind.items():
            others = [met for met in self.levels[name] if met != splits]
            if not others:
                continue
            before = any(splits[: len(met)] == met for met in others)
            self.faults.pop(("inside-and-outside", name), None)
            self._fault("return-not-passed" if before else "return-into-other-branch", name, trail)


def _outside(spots: frozenset[Spot], behind: frozenset[str], token: str) -> frozenset[Spot]:
    """What a return to this token leaves alone."""
    return frozenset(each for each in spots if each[0] not in behind or not touches(each[1], token))


def _choices(edges: list[Edge]) -> Iterator[list[tuple[int, Edge]]]:
    """The ways of a split that may be taken together: those always taken with any of the others, else the default."""
    numbered = list(enumerate(edges, start=1))
    always = [each for each in numbered if each[1].how == How.ALWAYS]
    cases = [each for each in numbered if each[1].how == How.CASE]
    for some in chain.from_iterable(combinations(cases, size) for size in range(len(cases) + 1)):
        taken = sorted([*always, *some], key=lambda each: each[0])
        yield taken or [each for each in numbered if each[1].how == How.DEFAULT]


def game_faults(flow: Flow) -> tuple[int, list[Fault]]:
    """How many states a flow's tokens can be in, and what is wrong with any of them."""
    game = Game(flow)
    complete = game.play()
    game.name_returns()
    faults = list(game.faults.values())
    if not complete:
        faults.append(Fault("too-many-states", flow.key, facts={"most": str(MOST_STATES)}))
    elif not faults:
        faults = [*_never_over(game)] or [*_never_met(game)]
    return len(game.trails), faults


def _never_over(game: Game) -> Iterator[Fault]:
    """A state from which no end can be reached, the nearest in which nothing more can happen if there is one."""
    ending = {state for state in game.trails if state.over}
    more = ending
    while more:
        more = {state for state, led in game.after.items() if state not in ending and led & ending}
        ending |= more
    lost = [state for state in game.trails if state not in ending]
    stuck = next((state for state in lost if state not in game.after), lost[0] if lost else None)
    if stuck is not None:
        names = sorted(name for name, _token in stuck.open)
        waits = all(game.flow.nodes[name].kind == Kind.JOIN for name in names)
        code = "joins-wait-for-each-other" if waits else "no-way-out"
        yield Fault(code, game.flow.key, names[0], trail=game.trails[stuck])


def _never_met(game: Game) -> Iterator[Fault]:
    """What the picture connects and no play ever comes to."""
    for name in game.flow.nodes:
        if name not in game.levels and name != game.flow.start:
            yield Fault("never-reached", game.flow.key, name)
