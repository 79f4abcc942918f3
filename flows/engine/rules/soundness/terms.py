"""Faults of the policies that a flow's steps name: what is unknown, contradicts itself, or takes too long."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .pictures import ERROR, PEOPLE, WARNING, Fault, Flow, Node, Policy, Trail, trail_to
from .structure import Way

DECIDED_BY_TIME = frozenset({"approve", "reject"})


@dataclass(frozen=True, slots=True)
class Known:
    """The names that policies may use; `posts` is None where nobody has said which posts there are."""

    resolvers: frozenset[str] = frozenset()
    recusals: frozenset[str] = frozenset()
    posts: frozenset[str] | None = None


def steps_of(flow: Flow, policies: Mapping[str, Policy]) -> Iterator[tuple[Node, Policy, Trail]]:
    """The steps of people that a path meets, each with its policy and the path."""
    for node in flow.nodes.values():
        trail = trail_to(flow, node.name)
        if node.kind in PEOPLE and node.policy in policies and trail:
            yield node, policies[node.policy], trail


def missing_policies(flow: Flow, policies: Mapping[str, Policy]) -> Iterator[Fault]:
    """Steps whose policy nobody has written."""
    for node in flow.nodes.values():
        if node.kind in PEOPLE and node.policy not in policies:
            trail = trail_to(flow, node.name)
            yield Fault("policy-missing", flow.key, node.name, node.policy, {"policy": node.policy}, trail)


def policy_faults(flow: Flow, policies: Mapping[str, Policy], known: Known) -> Iterator[Fault]:
    """What is wrong with the policies of one flow, whoever holds which post."""
    for node, policy, trail in steps_of(flow, policies):
        for code, facts, severity in (*_unknown(policy, known), *_contradictions(node, policy)):
            yield Fault(code, flow.key, node.name, policy.key, facts, trail, severity)


Found = Iterator[tuple[str, dict[str, str], str]]


def _unknown(policy: Policy, known: Known) -> Found:
    if policy.resolver not in known.resolvers:
        yield "resolver-unknown", {"name": policy.resolver}, ERROR
    for name in policy.recuse:
        if name not in known.recusals:
            yield "recusal-unknown", {"name": name}, ERROR
    named = {"stand_in": policy.stand_in, "alternate": policy.alternate}
    for post in [*policy.weights, *filter(None, named.values())]:
        if known.posts is not None and post not in known.posts:
            yield "post-unknown", {"post": post}, ERROR


def _contradictions(node: Node, policy: Policy) -> Found:
    if policy.mode == "vote" and not 50 <= policy.threshold <= 100:
        yield "threshold-out-of-reach", {"threshold": str(policy.threshold)}, ERROR
    if policy.mode == "vote" and policy.on_no == "veto":
        yield "vote-with-veto", {}, WARNING
    if policy.weights and policy.mode != "vote":
        yield "weights-without-vote", {}, WARNING
    if policy.gate and policy.on_self in ("skip", "allow"):
        yield "gate-signs-itself", {"value": policy.on_self}, ERROR
    if policy.gate and policy.on_timeout in DECIDED_BY_TIME:
        yield "gate-decided-by-time", {"value": policy.on_timeout}, ERROR
    if policy.on_timeout == "transfer" and not policy.alternate:
        yield "transfer-to-nobody", {}, ERROR
    if policy.on_empty == "named" and not policy.stand_in:
        yield "stand-in-missing", {}, ERROR
    if node.judges and not policy.limit_days:
        yield "limit-missing", {}, WARNING


def time_faults(flow: Flow, way: Way) -> Iterator[Fault]:
    """Limits that add up to more than the flow may take."""
    if flow.most_days is not None and way.days > flow.most_days:
        facts = {"days": str(way.days), "most": str(flow.most_days)}
        yield Fault("limits-too-long", flow.key, facts=facts, trail=way.trail)
