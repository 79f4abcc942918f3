"""A flow as one run has walked it, for the rule that says where its token may go."""

from collections.abc import Iterable, Mapping
from typing import Any

from viewflow.workflow.status import STATUS

from flows.engine import rules as engine
from flows.engine.gateways import Join, Split
from flows.engine.models import Run, Step
from flows.engine.nodes import Human, SignOff
from flows.engine.selectors_policy import policy_by_id
from flows.engine.waits import SubRun

from .rules import Chart, branches


def chart_of(run: Run, steps: Iterable[Step]) -> Chart:
    """The picture of a run's flow, in the order in which it is walked; `steps` are all steps of the run."""
    routes, nodes = run.flow_class.routes(), _nodes(run)
    joins = _kind(nodes, Join)
    inside = branches(routes, splits=_kind(nodes, Split), joins=joins)
    signed = {step.flow_task.name for step in steps if _is_signed(step, run.round)}
    return Chart(
        routes=routes,
        titles={name: str(node.task_title) for name, node in nodes.items() if isinstance(node, Human)},
        # A branch that waits at a join has come to its end; nothing moves it from there.
        branch={name: branch for name, branch in inside.items() if name not in joins},
        unsigned={
            name: str(node.task_title)
            for name, node in nodes.items()
            if name not in signed and _is_gate(node, run)
        },
    )


def skipped(run: Run, chart: Chart, here: str, target: str) -> list[str]:
    """What a move would leave undone between two steps, in words."""
    passed = chart.passed(here, target) - {here}
    return [str(node.task_title) for name, node in _nodes(run).items() if name in passed and node.task_title]


def _nodes(run: Run) -> dict[str, Any]:
    routes = run.flow_class.routes()
    nodes = {node.name: node for node in run.flow_class.instance.nodes()}
    return dict(sorted(nodes.items(), key=lambda pair: (len(engine.upstream(routes, pair[0])), pair[0])))


def _kind(nodes: Mapping[str, Any], kind: type) -> set[str]:
    return {name for name, node in nodes.items() if isinstance(node, kind)}


def _is_signed(step: Step, round_number: int) -> bool:
    """Signatures of earlier rounds are history."""
    granted = step.status == STATUS.DONE and step.outcome == engine.GRANTED
    return step.flow_task is not None and granted and step.round == round_number


def _is_gate(node: Any, run: Run) -> bool:
    """A sign-off whose policy is a gate; a sub-run that is waited for may hold one, so it counts as one."""
    if isinstance(node, SubRun):
        return bool(node.waits)
    return isinstance(node, SignOff) and policy_by_id(run.policies[node.policy_key]).gate
