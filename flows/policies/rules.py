"""Who may change the rules of approval, and where a token may go; facts in, verdict out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from flows.engine.rules import (
    CAMPAIGN_OFFICE,
    HEADQUARTERS_OFFICE,
    YES,
    Matter,
    Route,
    downstream,
    governs,
    upstream,
)
from hetang_flow.lib.verdicts import Verdict
from permissions.actors import Actor

MOST_RUNS = 100
PERSON_CODES = frozenset({"not-campaign-office", "demonstration-only"})
Branch = tuple[str, ...]


def sees(by: Actor) -> bool:
    """Whether the rules of approval are this person's business: the campaign office and the headquarters office."""
    return governs(by) or (by.has_business and by.holds(HEADQUARTERS_OFFICE))


def may_propose(by: Actor, *, real: bool) -> Verdict:
    """Whether this person may propose at all; an invented one only where nothing real would follow it."""
    if not governs(by):
        return Verdict("not-campaign-office", {"office": CAMPAIGN_OFFICE})
    return Verdict("demonstration-only", {}) if by.is_demo and real else YES


def may_publish(*, changes: bool, chosen: int) -> Verdict:
    """Whether there is something to do, and not too much at a time: a new version, or runs that catch up with it."""
    if chosen > MOST_RUNS:
        return Verdict("too-many-chosen", {"most": MOST_RUNS})
    return YES if changes or chosen else Verdict("nothing-changes", {})


# --- moving a token ---


@dataclass(frozen=True, slots=True)
class Chart:
    """A flow as one run has walked it: where people act, in which branch, and which gates nobody has signed in this
    round; `titles` and `unsigned` are names of nodes with what people read.
    """

    routes: Sequence[Route]
    titles: Mapping[str, str] = field(default_factory=dict)
    branch: Mapping[str, Branch] = field(default_factory=dict)
    unsigned: Mapping[str, str] = field(default_factory=dict)

    def passed(self, here: str, target: str) -> set[str]:
        """The nodes that a move would leave undone: between the two, or, sideways, whatever leads to the target."""
        before = upstream(self.routes, target)
        after = downstream(self.routes, here) | {here}
        return before & after if target in after else before - upstream(self.routes, here) - {here}


def may_move_token(
    chart: Chart,
    here: str,
    target: str,
    *,
    matter: Matter,
    proposed: bool = False,
) -> Verdict:
    """Whether a run may go on at another step of its branch; a gate nobody has signed is never passed."""
    if matter.over:
        return Verdict("task-closed", {})
    if matter.suspended:
        return Verdict("run-suspended", {})
    if proposed:
        return Verdict("move-proposed", {})
    if target not in chart.titles:
        return Verdict("no-step-of-people", {})
    if target == here:
        return Verdict("stands-there", {"step": chart.titles[target]})
    if here not in chart.branch or chart.branch[here] != chart.branch.get(target):
        return Verdict("other-branch", {"step": chart.titles[target]})
    gates = chart.passed(here, target) & chart.unsigned.keys()
    return (
        Verdict("gate-not-passed", {"gates": [chart.unsigned[gate] for gate in sorted(gates)]})
        if gates
        else YES
    )


def branches(
    routes: Collection[Route], *, splits: Collection[str], joins: Collection[str]
) -> dict[str, Branch]:
    """In which branch each node lies: every way out of a split begins one, a join ends it."""
    forward = [route for route in routes if not route.back]
    starts = {route.src for route in forward} - {route.dst for route in forward}
    found: dict[str, Branch] = {}
    frontier: list[tuple[str, Branch]] = [(start, ()) for start in starts]
    while frontier:
        node, path = frontier.pop()
        if node in found:
            continue
        found[node] = path
        for route in forward:
            if route.src == node:
                inside = (*path, f"{node}/{route.dst}") if node in splits else path
                frontier.append((route.dst, inside[:-1] if route.dst in joins else inside))
    return found
