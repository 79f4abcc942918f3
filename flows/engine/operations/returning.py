"""Going back in a run: along a refusal, to a step a return names, and straight forward again from there."""

from collections.abc import Iterator, Sequence
from typing import Any

from viewflow.workflow.status import STATUS
from viewflow.workflow.token import Token

from .. import rules
from ..models import Assignment, Step
from .ledger import Ledger


class Returning(Ledger):
    """What a return sweeps away, and where it leads."""

    back: tuple[Step, bool] | None

    def refuse_to(self, activation: Any, node: Any) -> Iterator[Any]:
        """Follow a refusal: to the step a return names, or along the refused edge.

        An edge to a node already walked is a return: what is open behind it is swept, a new round begins.
        """
        here = activation.task
        if self.back:
            target, resume = self.back
            self.back = None
            yield from self.go_back(activation, target, resume=resume)
            return
        walked = self._walked(node, here) if node.name in self.upstream_of(here) else None
        if walked:
            yield from self.go_back(activation, walked, resume=False)
        else:
            yield node._create(activation, here.token)

    def upstream_of(self, step: Step) -> set[str]:
        """The nodes before a step's in its flow."""
        return rules.upstream(self.routes, step.flow_task.name)

    def _walked(self, node: Any, here: Step) -> Step | None:
        walked = (s for s in self.all_steps() if s.status == STATUS.DONE and s.flow_task == node)
        return next((s for s in reversed([*walked]) if rules.touches(s.token.token, here.token.token)), None)

    def go_back(self, activation: Any, target: Step, *, resume: bool) -> Iterator[Any]:
        """Enter an executed step again in a new round; `resume` keeps where to go on once it is done."""
        here, node = activation.task, target.flow_task
        swept = self.sweep(node, target.token.token)
        self.run.round += 1
        again = node._create(activation, target.token)
        if resume:
            self._keep_places(again.task, [_place(step) for step in (here, *swept)])
        yield again

    def resume_from(self, activation: Any) -> Iterator[Any]:
        """Go on where the matter was returned from, siblings included; each goes on where it would have."""
        for place in activation.task.resume:
            node = self.run.flow_class.instance.node(place["node"])
            entered = node._create(activation, Token(place["token"]))
            if place["resume"]:
                self._keep_places(entered.task, place["resume"])
            yield entered

    @staticmethod
    def _keep_places(step: Step, places: list[dict[str, Any]]) -> None:
        Step.objects.filter(pk=step.pk).update(resume=places)
        step.resume = places

    def sweep(self, node: Any, token: str) -> list[Step]:
        """Void whatever is open at or behind a node on its branch; nothing is overwritten."""
        behind = rules.downstream(self.routes, node.name) | {node.name}
        active = [
            step
            for step in self.open_steps()
            if step.flow_task.name in behind and rules.touches(step.token.token, token)
        ]
        self.void(active)
        return active

    def void(self, steps: Sequence[Step], *, outcome: str = "") -> None:
        """Close steps that lost their meaning, with every share nobody has used; their sub-runs end with them."""
        if not steps:
            return
        below = self.below([step for step in steps if step.status == STATUS.NEW])
        keys = {step.pk for step in steps}
        values = {"status": STATUS.CANCELED, "outcome": outcome, "finished": self.now}
        Step.objects.filter(pk__in=keys).exclude(status=STATUS.CANCELED).update(**values)
        unused = [rules.OPEN, rules.WAITING]
        Assignment.objects.filter(step__in=keys, status__in=unused).update(status=rules.VOID)
        for share in self.shares:
            if share.step_id in keys and share.status in unused:
                share.status = share.kept["status"] = rules.VOID
        for step in steps:
            step.status, step.outcome, step.finished = STATUS.CANCELED, outcome, self.now
        for child in below:
            child.end_with_parent()


def _place(step: Step) -> dict[str, Any]:
    return {"node": step.flow_task.name, "token": step.token.token, "resume": step.resume}
