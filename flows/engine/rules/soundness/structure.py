"""Faults that the picture of a flow shows by itself: ways that lead nowhere, circles without people, bad gateways."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .pictures import (
    ENDS,
    PEOPLE,
    Edge,
    Fault,
    Flow,
    How,
    Kind,
    Node,
    Policy,
    Stop,
    Trail,
    reach,
    stop_at,
    trail_along,
    trail_to,
    walk,
    ways,
)


def structure_faults(
    flow: Flow, flows: Mapping[str, Flow], policies: Mapping[str, Policy]
) -> Iterator[Fault]:
    """Every fault of the picture; where there is one, playing tokens through it would only repeat it."""
    yield from _ways_out(flow)
    yield from _gateways(flow)
    yield from _sub_runs(flow, flows)
    yield from _unreached(flow)
    yield from _empty_branches(flow)
    yield from _dead_ways(flow)
    yield from _endless(flow, flows, policies)


def reached(flow: Flow) -> frozenset[str]:
    """The nodes that some path meets."""
    return reach(flow, flow.start) | {flow.start}


def _ways_out(flow: Flow) -> Iterator[Fault]:
    """Every way leads somewhere, and yes and no lead to two places."""
    for node in flow.nodes.values():
        trail = trail_to(flow, node.name)
        if any(edge.to not in flow.nodes for edge in node.edges):
            yield Fault("way-missing", flow.key, node.name, trail=trail)
        ends = [edge.to for edge in node.edges if edge.how in (How.GRANTED, How.REFUSED)]
        if len(ends) > len(set(ends)):
            yield Fault("both-ways-same", flow.key, node.name, trail=(*trail, Stop(ends[0])))


def _gateways(flow: Flow) -> Iterator[Fault]:
    """A choice and an inclusive split have a default; beside a way that is always taken it would never be taken."""
    for node in flow.nodes.values():
        if node.kind not in (Kind.CHOICE, Kind.SPLIT):
            continue
        hows = {edge.how: edge for edge in node.edges}
        if How.ALWAYS not in hows and How.DEFAULT not in hows:
            yield Fault("default-missing", flow.key, node.name, trail=trail_to(flow, node.name))
        if How.ALWAYS in hows and How.DEFAULT in hows:
            trail = trail_along(flow, node, hows[How.DEFAULT])
            yield Fault("default-never-taken", flow.key, node.name, trail=trail)


def _sub_runs(flow: Flow, flows: Mapping[str, Flow]) -> Iterator[Fault]:
    """A sub-run starts no other: locks are taken for one parent and one child."""
    for node in flow.nodes.values():
        if node.kind != Kind.SUBRUN:
            continue
        trail, sub = trail_to(flow, node.name), flows.get(node.sub)
        if node.sub == flow.key:
            yield Fault("sub-run-of-itself", flow.key, node.name, trail=trail)
        elif sub is not None and any(inner.kind == Kind.SUBRUN for inner in sub.nodes.values()):
            yield Fault("sub-run-too-deep", flow.key, node.name, facts={"sub": sub.title}, trail=trail)


def _unreached(flow: Flow) -> Iterator[Fault]:
    """The first of the nodes that no path meets; what lies behind one is not named again."""
    lost = [name for name in flow.nodes if name not in reached(flow)]
    after = {name: reach(flow, name) for name in lost}
    told: set[str] = set()
    for name in sorted(lost, key=lambda each: sum(each in after[other] for other in lost)):
        if name not in told:
            told |= {name} | after[name]
            yield Fault("never-reached", flow.key, name)


def _empty_branches(flow: Flow) -> Iterator[Fault]:
    """A branch in which nothing can ever wait for anybody is none; only a default may lead straight to the join."""
    joins = [node.name for node in flow.nodes.values() if node.kind == Kind.JOIN]
    for node, edge in ways(flow, Kind.SPLIT):
        inside = {edge.to} | reach(flow, edge.to, _before_join)
        if edge.how == How.DEFAULT or any(_holds(flow.nodes[name]) for name in inside):
            continue
        straight = [(Stop(edge.to),)] if edge.to in joins else [walk(flow, edge.to, join) for join in joins]
        trail = min(filter(None, straight), key=len, default=(Stop(edge.to),))
        trail = (*trail_along(flow, node, edge)[:-1], *trail)
        yield Fault("branch-without-step", flow.key, node.name, trail=trail)


def _before_join(node: Node, edge: Edge) -> bool:
    return node.kind != Kind.JOIN


def _holds(node: Node) -> bool:
    return node.is_step or node.kind in ENDS


def _dead_ways(flow: Flow) -> Iterator[Fault]:
    """Ways of a gateway after which nothing ends, then the first step after which nothing does."""
    ends = {node.name for node in flow.nodes.values() if node.kind in ENDS}
    ending = {name for name in flow.nodes if ({name} | reach(flow, name)) & ends}
    covered: set[str] = set()
    for node, edge in ways(flow, Kind.CHOICE, Kind.SPLIT):
        if node.name in ending and edge.to not in ending:
            covered |= {edge.to} | reach(flow, edge.to)
            yield Fault("dead-branch", flow.key, edge.to, trail=trail_along(flow, node, edge))
    stuck = [trail_to(flow, name) for name in reached(flow) - ending - covered]
    if stuck:
        trail = min(stuck, key=lambda each: (len(each), each[-1].node))
        yield Fault("no-way-out", flow.key, trail[-1].node, trail=trail)


# --- circles without people ---


def alone(node: Node, edge: Edge, flows: Mapping[str, Flow], policies: Mapping[str, Policy]) -> bool:
    """Whether an edge may be taken without anybody doing anything."""
    if node.kind == Kind.SUBRUN and node.waits and node.sub in flows:
        return _passes_alone(flows[node.sub], flows, policies)
    if node.kind not in PEOPLE:
        return True
    policy = policies.get(node.policy)
    if policy is None:
        return False
    timed = policy.on_timeout if policy.limit_days is not None else ""
    if edge.how == How.REFUSED:
        return timed == "reject"
    by_itself = node.judges and (policy.on_self == "skip" or policy.on_repeat != "none")
    return timed == "approve" or by_itself


def _passes_alone(flow: Flow, flows: Mapping[str, Flow], policies: Mapping[str, Policy]) -> bool:
    """Whether a flow can come to an end without people; a sub-run below it counts as people."""

    def by_itself(node: Node, edge: Edge) -> bool:
        return node.kind != Kind.SUBRUN and alone(node, edge, flows, policies)

    return any(flow.nodes[name].kind in ENDS for name in reach(flow, flow.start, by_itself))


def _endless(flow: Flow, flows: Mapping[str, Flow], policies: Mapping[str, Policy]) -> Iterator[Fault]:
    """A circle that turns without people: conditions, waiting, and policies that decide by themselves."""
    told: set[str] = set()
    for name in sorted(reached(flow), key=lambda each: (len(trail_to(flow, each)), each)):
        circle = walk(flow, name, name, lambda node, edge: alone(node, edge, flows, policies))
        if circle and not told & {stop.node for stop in circle}:
            told |= {stop.node for stop in circle}
            trail = (*trail_to(flow, name)[:-1], *circle)
            yield Fault("endless-circle", flow.key, name, trail=trail, again=True)


# --- how long it takes ---


@dataclass(frozen=True, slots=True)
class Way:
    """A way through a flow and its working days by the limits."""

    days: int
    trail: Trail


def longest_way(flow: Flow, flows: Mapping[str, Flow], policies: Mapping[str, Policy]) -> Way:
    """The way of most working days from start to end, without refusals, each node once."""
    days = {name: _days_at(node, flows, policies) for name, node in flow.nodes.items()}
    circles = any(name in flow.behind[name] for name in flow.nodes)
    return _longest(flow, flow.start, frozenset(), days, None if circles else {})


def _longest(
    flow: Flow, name: str, seen: frozenset[str], days: Mapping[str, int], known: dict[str, Way] | None
) -> Way:
    """From one node on; what is known of a node holds whatever came before, unless there are circles."""
    if known is not None and name in known:
        return known[name]
    node, best = flow.nodes[name], Way(0, (Stop(name),))
    for edge in flow.edges_from(name):
        if edge.how != How.REFUSED and edge.to not in seen | {name}:
            onward = _longest(flow, edge.to, seen | {name}, days, known)
            if (onward.days, len(onward.trail)) > (best.days, len(best.trail) - 1):
                best = Way(onward.days, (stop_at(node, edge), *onward.trail))
    found = Way(best.days + days[name], best.trail)
    if known is not None:
        known[name] = found
    return found


def _days_at(node: Node, flows: Mapping[str, Flow], policies: Mapping[str, Policy]) -> int:
    if node.kind in PEOPLE:
        policy = policies.get(node.policy)
        return policy.limit_days or 0 if policy else 0
    sub = flows.get(node.sub) if node.waits else None
    if sub is None or any(inner.kind == Kind.SUBRUN for inner in sub.nodes.values()):
        return node.days
    return longest_way(sub, flows, policies).days
