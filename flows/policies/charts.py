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
    """The picture of a run's flow; `steps` are all steps of the run."""
    flow = run.flow_class
    nodes = {node.name: node for node in flow.instance.nodes()}
    signed = {step.flow_task.name for step in steps if _is_signed(step, run.round)}
    return Chart(
        routes=flow.routes(),
        titles={name: str(node.task_title) for name, node in nodes.items() if isinstance(node, Human)},
        branch=branches(flow.routes(), splits=_kind(nodes, Split), joins=_kind(nodes, Join)),
        unsigned={
            name: str(node.task_title)
            for name, node in nodes.items()
            if name not in signed and _is_gate(node, run)
        },
    )


def skipped(run: Run, chart: Chart, here: str, target: str) -> list[str]:
    """What a move forward would leave undone between two steps, in words."""
    passed = chart.passed(here, target) - {here}
    nodes = (node for node in run.flow_class.instance.nodes() if node.name in passed)
    return [str(node.task_title) for node in nodes if node.task_title]


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
