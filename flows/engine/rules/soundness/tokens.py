"""Playing a flow's tokens: every set of open steps that can come about, and what is wrong with any of them.

It moves as the engine does: a split gives each branch a token of its own, a join waits for the last of them, a
refusal to a step already walked sweeps what lies behind it. Conditions may hold or not, so every way is tried.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, combinations

from .pictures import ENDS, Edge, Fault, Flow, How, Kind, Node, Stop, Trail, stop_at

MOST_STATES = 20_000

Token = tuple[str, ...]  # the branches one inside another, each as "split:number"
Place = tuple[str, Token]


@dataclass(frozen=True, slots=True)
class State:
    """The open steps, the walked steps to which a refusal may lead back, and whether the run is over."""

    open: frozenset[Place] = frozenset()
    walked: frozenset[Place] = frozenset()
    over: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """A state in the making: what one act has opened so far, which joins it has passed, and the path up to here."""

    state: State
    trail: Trail = ()
    joined: frozenset[Token] = frozenset()

    def on(self, *stops: Stop) -> "Act":
        """The same, some nodes further."""
        return replace(self, trail=self.trail + stops)


@dataclass(slots=True)
class Game:
    """What a flow's tokens can do: the path to every state, what follows it, and the faults met on the way."""

    flow: Flow
    trails: dict[State, Trail] = field(default_factory=dict)
    after: dict[State, set[State]] = field(default_factory=dict)
    faults: dict[tuple[str, str], Fault] = field(default_factory=dict)
    levels: dict[str, dict[Token, Trail]] = field(default_factory=dict)

    def play(self) -> bool:
        """Visit every state, nearest first, so that each path kept is a shortest one; False when there are too many."""
        start = self.flow.nodes[self.flow.start]
        queue: deque[State] = deque()
        self._take(self._on(Act(State()), start, start.edges[0], ()), None, queue)
        while queue:
            state = queue.popleft()
            for place in sorted(state.open):
                self._take(self._moves(state, place), state, queue)
            if len(self.trails) > MOST_STATES:
                return False
        return True

    def _take(self, acts: Iterator[Act], before: State | None, queue: deque[State]) -> None:
        """Keep what the acts led to."""
        for act in acts:
            state = act.state
            if state.over and state.open:
                self._fault("ends-too-early", min(state.open)[0], act.trail)
            if not state.over and not state.open:
                self._fault("token-lost", act.trail[-1].node, act.trail)
            if before is not None:
                self.after.setdefault(before, set()).add(state)
            if state not in self.trails:
                self.trails[state] = act.trail
                if not state.over:
                    queue.append(state)

    def _fault(self, code: str, node: str, trail: Trail) -> None:
        self.faults.setdefault((code, node), Fault(code, self.flow.key, node, trail=trail))

    # --- leaving a step ---

    def _moves(self, state: State, place: Place) -> Iterator[Act]:
        """Everything that may become of one open step."""
        node, token = self.flow.nodes[place[0]], place[1]
        rest, walked = state.open - {place}, state.walked
        if self._returned_to(node):
            walked |= {place}
        for edge in self.flow.edges_from(node.name):
            trail = (*self.trails[state], stop_at(node, edge))
            if not self.flow.leads_back(node.name, edge):
                yield from self._enter(Act(State(rest, walked), trail), edge.to, token)
                continue
            for target in self._targets(state, edge, token):
                behind = self.flow.behind[edge.to] | {edge.to}
                kept = State(_outside(rest, behind, target), _outside(walked, behind, target))
                yield from self._enter(Act(kept, trail), edge.to, target)

    def _targets(self, state: State, edge: Edge, token: Token) -> list[Token]:
        """The tokens with which a step may have been walked that a refusal leads back to."""
        known = [place[1] for place in state.walked if place[0] == edge.to and touches(place[1], token)]
        return sorted(known) or [token]

    def _returned_to(self, node: Node) -> bool:
        """Whether some refusal leads back here; other steps need not be remembered."""
        return any(
            edge.to == node.name and self.flow.leads_back(other.name, edge)
            for other in self.flow.nodes.values()
            for edge in other.edges
        )

    # --- entering a node ---

    def _enter(self, act: Act, name: str, token: Token) -> Iterator[Act]:
        node = self.flow.nodes[name]
        self._note(node, token, (*act.trail, Stop(name)))
        if node.is_step:
            if (name, token) in act.state.open:
                self._fault("twice-at-once", name, (*act.trail, Stop(name)))
            yield replace(act, state=replace(act.state, open=act.state.open | {(name, token)}))
        elif node.kind in ENDS:
            yield self._end(act.on(Stop(name)), node, token)
        elif node.kind == Kind.SPLIT:
            yield from self._split(act, node, token)
        elif node.kind == Kind.JOIN:
            yield from self._join(act, node, token)
        else:
            for edge in self.flow.edges_from(name):
                yield from self._on(act, node, edge, token)

    def _on(self, act: Act, node: Node, edge: Edge, token: Token) -> Iterator[Act]:
        yield from self._enter(act.on(stop_at(node, edge)), edge.to, token)

    def _end(self, act: Act, node: Node, token: Token) -> Act:
        """An end inside a branch waits for the other branches."""
        if node.kind == Kind.STOP and token:
            self._fault("refusal-lost", node.name, act.trail)
        waits = token and any(branch for _name, branch in act.state.open)
        return act if waits else replace(act, state=replace(act.state, over=True))

    def _split(self, act: Act, node: Node, token: Token) -> Iterator[Act]:
        """Every set of ways that may be taken at once, each way entered in the flow's order."""
        if any(_split_of(branch) == node.name for branch in token):
            self._fault("split-in-itself", node.name, act.on(Stop(node.name)).trail)
            return
        for taken in _choices(self.flow.edges_from(node.name)):
            acts, said = [act], set[Stop]()
            for number, edge in taken:
                inside = (*token, f"{node.name}:{number}")
                mention = {stop_at(node, edge)} - said  # the split once, each condition once
                acts = [led for each in acts for led in self._enter(each.on(*mention), edge.to, inside)]
                said |= mention
            yield from acts

    def _join(self, act: Act, node: Node, token: Token) -> Iterator[Act]:
        """The last branch of the split goes on, and once an act only; any other ends here."""
        (edge,) = node.edges
        if not token:
            self._fault("join-outside-split", node.name, act.on(Stop(node.name)).trail)
            yield from self._on(act, node, edge, token)
            return
        base, split = token[:-1], (*token[:-1], _split_of(token[-1]))
        waits = any(
            branch[: len(base)] == base
            and len(branch) > len(base)
            and _split_of(branch[len(base)]) == split[-1]
            for _name, branch in act.state.open
        )
        if waits or split in act.joined:
            yield act.on(Stop(node.name))
        else:
            yield from self._on(replace(act, joined=act.joined | {split}), node, edge, base)

    def _note(self, node: Node, token: Token, trail: Trail) -> None:
        """Remember in which splits a node is met; inside one and outside of it is a fault."""
        met = self.levels.setdefault(node.name, {})
        met.setdefault(tuple(map(_split_of, token)), trail)
        if len(met) > 1 and node.kind not in ENDS:
            code = "join-mixed" if node.kind == Kind.JOIN else "inside-and-outside"
            self._fault(code, node.name, met[max(met, key=len)])


def touches(token: Token, other: Token) -> bool:
    """Whether two tokens lie on one path of branches."""
    shorter = min(len(token), len(other))
    return token[:shorter] == other[:shorter]


def _outside(places: frozenset[Place], behind: frozenset[str], token: Token) -> frozenset[Place]:
    """The places that a return to this token leaves alone."""
    return frozenset(each for each in places if each[0] not in behind or not touches(each[1], token))


def _split_of(branch: str) -> str:
    return branch.split(":")[0]


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
    faults = list(game.faults.values())
    if not complete:
        faults.append(Fault("too-many-states", flow.key, facts={"most": str(MOST_STATES)}))
    elif not faults:
        faults = [*_never_over(game), *_never_met(game)]
    return len(game.trails), faults


def _never_over(game: Game) -> Iterator[Fault]:
    """The nearest state from which no end can be reached."""
    ending = {state for state in game.trails if state.over}
    more = ending
    while more:
        more = {state for state, led in game.after.items() if state not in ending and led & ending}
        ending |= more
    stuck = next((state for state in game.trails if state not in ending), None)
    if stuck is not None:
        name = min(stuck.open)[0]
        yield Fault("no-way-out", game.flow.key, name, trail=(*game.trails[stuck], Stop(name)))


def _never_met(game: Game) -> Iterator[Fault]:
    """What the picture connects and no play ever comes to."""
    for name in game.flow.nodes:
        if name not in game.levels and name != game.flow.start:
            yield Fault("never-reached", game.flow.key, name)
