"""Which fields of a run somebody reads, writes or does not see, by the steps in which they have a part."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F
from viewflow.workflow.status import STATUS

from permissions.actors import Actor
from permissions.models import Post

from . import rules
from .models import Assignment, Run, Step
from .selectors_policy import policy_by_id

NOTE = "note"


@dataclass(frozen=True, slots=True)
class Fields:
    """What one person may do with the fields of one run; `acting` are the open steps they act at, by name."""

    own: tuple[rules.Part, ...] = ()
    open_now: tuple[rules.Part, ...] = ()
    acting: Mapping[str, rules.Part] = field(default_factory=dict)

    def hides(self, name: str) -> bool:
        """Whether this person does not see a field."""
        return rules.best_access(name, self.own, self.open_now) == rules.HIDDEN

    @property
    def hidden(self) -> frozenset[str]:
        """The fields this person does not see."""
        said = {name for part in (*self.own, *self.open_now) for name in part.says}
        return frozenset(filter(self.hides, (name.removeprefix(rules.OTHERS) for name in said)))

    def writes(self, name: str, node: str) -> bool:
        """Whether this person may write a field at an open step."""
        return node in self.acting and rules.access_at(name, self.acting[node]) == rules.WRITE


def all_is_open(run: Run) -> bool:
    """Whether the policies of a run say nothing of single fields, so that nothing is hidden from anybody."""
    return not any(policy_by_id(policy).field_access for policy in run.policies.values())


def part_of(step: Step) -> rules.Part:
    """A step as the rules on fields see it."""
    return _part(step.policy_id, step.flow_task)


def _part(policy_id: int, node: Any) -> rules.Part:
    return rules.Part(bool(node and node.judges), policy_by_id(policy_id).field_access)


def fields_of(runs: Iterable[int], actor: Actor) -> dict[int, Fields]:
    """What this person may do with the fields of each of these runs (one statement).

    A part is a share of a post in reach or of the leader served, one handed out or decided, and what lies with
    the desk of one's own unit.
    """
    wanted = set(runs)
    rows = Assignment.objects.filter(run__in=wanted).order_by("step_id").values(
        "run_id", "step_id", "post_id", "handed_to_id", "decided_by_id", "decided_for_id", "status",
        duty=F("post__duty"), unit=F("post__organisation_id"), policy=F("step__policy_id"),
        node=F("step__flow_task"), open=F("step__status"),
    )  # fmt: skip
    by_run: dict[int, list[Mapping[str, Any]]] = {run: [] for run in wanted}
    for row in rows if wanted else ():
        by_run[row["run_id"]].append(row)
    return {run: _fields(found, actor) for run, found in by_run.items()}


def fields_in(shares: Iterable[Assignment], actor: Actor) -> Fields:
    """The same of one run whose shares have been read, with their steps and posts."""
    plain = ("step_id", "post_id", "handed_to_id", "decided_by_id", "decided_for_id", "status")
    rows = [
        {name: getattr(share, name) for name in plain}
        | {"duty": share.post.duty, "unit": share.post.organisation_id, "policy": share.step.policy_id}
        | {"node": share.step.flow_task, "open": share.step.status}
        for share in shares
    ]
    return _fields(rows, actor)


def _fields(rows: Iterable[Mapping[str, Any]], actor: Actor) -> Fields:
    own, open_now, acting = [], {}, {}
    for row in rows:
        part = _part(row["policy"], row["node"])
        if row["open"] == STATUS.NEW:
            open_now[row["step_id"]] = part
        if _has_a_part(row, actor):
            own.append(part)
        if row["status"] == rules.OPEN and row["node"] and _acts(row, actor):
            acting[row["node"].name] = part
    return Fields(tuple(own), tuple(open_now.values()), acting)


def _acts(row: Mapping[str, Any], actor: Actor) -> bool:
    handed = row["handed_to_id"] == actor.user_id and row["unit"] in actor.organisation_ids
    return actor.has_business and (row["post_id"] in actor.reach or handed)


def _has_a_part(row: Mapping[str, Any], actor: Actor) -> bool:
    people = (row["handed_to_id"], row["decided_by_id"], row["decided_for_id"])
    of_unit = row["duty"] == Post.Duty.DESK and row["unit"] in actor.organisation_ids
    of_post = row["post_id"] in actor.reach | actor.prepares_for
    return of_unit or of_post or (actor.user_id is not None and actor.user_id in people)
