"""Where a run stands, and where an act on it would lead; nothing is written, the rows read are changed in memory only."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Q
from viewflow.workflow.status import STATUS

from permissions.actors import Actor

from .. import resolvers, rules
from ..models import Assignment, Run, Step
from ..pictures import picture_of
from ..rules.ahead import Front
from ..rules.soundness import Edge, How, Kind, Node
from ..selectors_policy import policy_by_id

ACTS = {"approve": rules.APPROVED, "reject": rules.REJECTED, "return": rules.RETURNED}
LOOK = "look"
LEFT = (rules.OPEN, rules.WAITING)
Place = tuple[str, str]


class Present:
    """The open steps and shares of a run, after an act that is only imagined (three statements)."""

    def __init__(
        self, run: Run, *, at: datetime, act: str, share: int | None = None, by: Actor | None = None
    ) -> None:
        self.run, self.at, self.round = run, at, run.round
        self.flow = picture_of(run.flow_class)
        self.shares = list(
            Assignment.objects.filter(run=run)
            .select_related("step", "post__organisation")
            .order_by("step_id", "order", "pk")
        )
        self.steps = list(Step.objects.filter(process=run).exclude(flow_task_type="START").order_by("pk"))
        self.open = {place_of(step): step for step in self.steps if step.status == STATUS.NEW}
        waits = {share.post_id for share in self.shares if share.status in LEFT}
        holders = resolvers.signers_where(Q(pk__in=waits), at=at) if waits else []
        self.holders = {signer.post.id: signer for signer in holders}
        self.mine = self._mine(share, by)
        self.acted = self._act(act)
        self.fronts: list[Front] = []
        self.instead: dict[Place, Sequence[Front]] = {}
        self._lead_on()

    def people_of(self, share: Assignment) -> frozenset[int]:
        """Who would answer for a share: whoever it is handed to, else the holders of its post."""
        if share.handed_to_id:
            return frozenset({share.handed_to_id})
        signer = self.holders.get(share.post_id)
        return frozenset(signer.answers) if signer else frozenset()

    def left(self, step: Step) -> list[tuple[Assignment, str]]:
        """The shares of a step that are still to be signed, with whose turn it is."""
        statuses = self._arranged(step).statuses
        return [
            (share, statuses[share.pk])
            for share in self.shares
            if share.step_id == step.pk and share.role == rules.SIGN and statuses.get(share.pk) in LEFT
        ]

    # --- the act ---

    def _mine(self, share: int | None, by: Actor | None) -> Assignment | None:
        """The share that is acted on: the one named, else this person's own, else the first that is open."""
        still_open = [s for s in self.shares if s.status == rules.OPEN and share in (None, s.pk)]
        own = (s for s in still_open if by and (s.handed_to_id == by.user_id or s.post_id in by.reach))
        return next(own, still_open[0] if still_open else None)

    def judges(self, share: Assignment) -> bool:
        """Whether a share is a decision on others' work."""
        return self.flow.nodes[share.step.flow_task.name].judges

    def _act(self, act: str) -> Assignment | None:
        """Decide the share in memory; work is handed in or left alone, never refused."""
        mine = self.mine
        if mine is None or act not in ACTS or not (act == "approve" or self.judges(mine)):
            return None
        mine.status = ACTS[act] if self.judges(mine) else rules.DONE
        return mine

    def _arranged(self, step: Step) -> rules.Arrangement:
        policy = policy_by_id(step.policy_id)
        return rules.arrange(policy.terms, [s.as_share() for s in self.shares if s.step_id == step.pk])

    def _lead_on(self) -> None:
        """Follow the steps that the act closes; then list those still open, some of which lead elsewhere."""
        for place, step in list(self.open.items()):
            if place in self.open and step.policy_id and self._result(step) != rules.PENDING:
                del self.open[place]
                self.fronts += self._onward(step, self._result(step), sweep=True)
        for place, step in self.open.items():
            final = self._final(step)
            self.fronts.append(self._front(*place))
            if final == rules.REFUSED or step.resume:
                self.instead[place] = self._onward(step, final, sweep=False)

    def _result(self, step: Step) -> str:
        """What the shares say now; an empty post keeps a step open until somebody says no."""
        result = self._arranged(step).result
        return rules.PENDING if step.waits_for and result == rules.GRANTED else result

    def _final(self, step: Step) -> str:
        """What the shares will say when everybody still to be asked agrees."""
        if not step.policy_id:
            return rules.GRANTED
        statuses = self._arranged(step).statuses
        agreed = [
            replace(s.as_share(), status=rules.APPROVED) if statuses.get(s.pk) in LEFT else s.as_share()
            for s in self.shares
            if s.step_id == step.pk
        ]
        final = rules.arrange(policy_by_id(step.policy_id).terms, agreed).result
        return rules.REFUSED if final == rules.REFUSED else rules.GRANTED

    # --- where a step leads ---

    def _onward(self, step: Step, result: str, *, sweep: bool) -> list[Front]:
        """On, back to who returned it, or along the refusal."""
        name, token = place_of(step)
        node = self.flow.nodes[name]
        if result == rules.REFUSED:
            return [self._refused(node, token, sweep=sweep)]
        if step.resume:
            return self._resumed(step.resume)
        edge = next(edge for edge in node.edges if edge.how in (How.ON, How.GRANTED))
        return [self._front(edge.to, token)]

    def _resumed(self, places: Sequence[dict[str, Any]]) -> list[Front]:
        """Straight back to where the matter was returned from; each of these goes on where it would have."""
        for place in places:
            if place["resume"]:
                self.instead[place["node"], place["token"]] = self._resumed(place["resume"])
        return [self._front(place["node"], place["token"]) for place in places]

    def _refused(self, node: Node, token: str, *, sweep: bool) -> Front:
        """Back to the step walked before, voiding what is open behind it; a step never walked is entered as new."""
        edge = next(edge for edge in node.edges if edge.how == How.REFUSED)
        walked = [
            place_of(step)[1]
            for step in self.steps
            if step.status == STATUS.DONE
            and place_of(step)[0] == edge.to
            and rules.touches(place_of(step)[1], token)
        ]
        if not (self.flow.leads_back(node.name, edge) and walked):
            return self._front(edge.to, token)
        if sweep:
            behind = self.flow.behind[edge.to] | {edge.to}
            self.round += 1
            self.open = {
                place: step
                for place, step in self.open.items()
                if place[0] not in behind or not rules.touches(place[1], walked[-1])
            }
        return self._front(edge.to, walked[-1])

    def taken(self, node: Node) -> list[Edge]:
        """The ways of a gateway whose conditions hold as the run is now, else its default."""
        gateway = self.run.flow_class.instance.node(node.name)
        held = [
            edge
            for branch, edge in zip(gateway._ways, node.edges, strict=False)
            if branch.when is None or branch.when(self.run)
        ]
        return held or [edge for edge in node.edges if edge.how == How.DEFAULT]

    # --- the branches a token lies in ---

    def _front(self, name: str, token: str) -> Front:
        parts = token.split("/")
        inside = ["/".join(parts[: depth + 1]) for depth in range(1, len(parts))]
        return Front(name, token, tuple(map(self._branch, inside)))

    def _branch(self, token: str) -> str:
        """A branch by its label, or by the step with which it began."""
        first = next(name for name, at in map(place_of, self.steps) if rules.in_scope(at, token))
        labels = (
            edge.label
            for node in self.flow.nodes.values()
            if node.kind == Kind.SPLIT
            for edge in node.edges
            if edge.to == first and edge.label
        )
        return next(labels, self.flow.nodes[first].title)


def place_of(step: Step) -> Place:
    """A step by its node and its token."""
    return step.flow_task.name, step.token.token
