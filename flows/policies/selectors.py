"""Reading the rules of approval for the two offices: the list, one policy with its versions, what is proposed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext as _
from viewflow.workflow.status import PROCESS, STATUS

from flows.engine.gateways import Join
from flows.engine.models import Policy, Run, Step
from flows.engine.registry import Said
from flows.engine.selectors_fields import Fields
from flows.engine.standing import matter
from flows.engine.visibility import visible_run
from flows.journal.selectors import Line
from hetang_flow.lib.errors import NotFound
from hetang_flow.lib.verdicts import Verdict
from permissions.actors import Actor

from . import rules, words
from .charts import chart_of, skipped
from .models import PolicyChange, TokenMove
from .rehearsal import rehearse
from .versions import posts_in, values_of

RUNNING = """
SELECT pinned.value::bigint, count(*) FROM engine_run AS run, jsonb_each_text(run.policies) AS pinned
WHERE run.status = %s AND NOT run.confidential GROUP BY pinned.value
"""


@dataclass(slots=True)
class Rule:
    """A policy with all its versions, the newest first: how many running runs hold each, and what is proposed."""

    key: str
    versions: list[Policy] = field(default_factory=list)
    running: dict[int, int] = field(default_factory=dict)
    proposed: list[PolicyChange] = field(default_factory=list)

    @property
    def newest(self) -> Policy:
        """The version in force."""
        return self.versions[0]

    @property
    def summary(self) -> list[tuple[str, str]]:
        """The columns that matter most, in words."""
        return words.summary(values_of(self.newest))

    @property
    def held(self) -> list[tuple[Policy, int]]:
        """The versions that running runs hold, with how many."""
        return [(each, self.running[each.pk]) for each in self.versions if each.pk in self.running]


@dataclass(frozen=True, slots=True)
class Version:
    """One version on the page of its policy: what it changed, and how many running runs hold it."""

    policy: Policy
    differences: Sequence[words.Difference]
    running: int


def runs_of_room(actor: Actor, at: datetime) -> Q:
    """Everything proposed about the rules is open to the two offices."""
    if not rules.sees(actor):
        return Q(pk__in=[])
    changes, moves = PolicyChange.objects.values("run_id"), TokenMove.objects.values("run_id")
    return Q(pk__in=changes) | Q(pk__in=moves)


def listed(actor: Actor) -> list[Rule]:
    """Every policy by key (three statements); NotFound outside the two offices."""
    open_to(actor)
    return list(_rules(Policy.objects.all(), PolicyChange.objects.all()).values())


def rule_for(key: str, actor: Actor) -> Rule:
    """One policy with all its versions (three statements); NotFound outside the two offices."""
    open_to(actor)
    found = _rules(Policy.objects.filter(key=key), PolicyChange.objects.filter(key=key))
    if key not in found:
        raise NotFound("no-such-policy")
    return found[key]


def open_to(actor: Actor) -> None:
    """NotFound outside the two offices, for which there are no such pages."""
    if not rules.sees(actor):
        raise NotFound("no-such-policy")


def _rules(policies: Any, changes: Any) -> dict[str, Rule]:
    with connection.cursor() as cursor:
        cursor.execute(RUNNING, [PROCESS.NEW])
        running = dict(cursor.fetchall())
    found: dict[str, Rule] = {}
    for policy in policies.select_related("stand_in", "alternate").order_by("key", "-version"):
        rule = found.setdefault(policy.key, Rule(policy.key))
        rule.versions.append(policy)
        if policy.pk in running:
            rule.running[policy.pk] = running[policy.pk]
    for change in changes.filter(run__status=PROCESS.NEW).select_related("run", "proposed_by"):
        if change.key in found:
            found[change.key].proposed.append(change)
    return found


def versions(rule: Rule, posts: Mapping[str, str]) -> list[Version]:
    """Every version with what it changed from the one before, the newest first."""
    older: list[Policy | None] = [*rule.versions[1:], None]
    return [
        Version(
            policy,
            words.differences(values_of(before), values_of(policy), posts) if before else (),
            rule.running.get(policy.pk, 0),
        )
        for policy, before in zip(rule.versions, older, strict=True)
    ]


# --- moving a matter ---


@dataclass(frozen=True, slots=True)
class Target:
    """A step a matter might be moved to: whether it may, and what a move would leave undone."""

    node: str
    title: str
    verdict: Verdict
    skipped: Sequence[str]


@dataclass(frozen=True, slots=True)
class Moving:
    """A run with each of its open steps and where it might go from there."""

    run: Run
    steps: Sequence[tuple[Step, Sequence[Target]]]
    proposed: TokenMove | None


def moving(run_id: UUID, actor: Actor, at: datetime) -> Moving:
    """Where a run might be moved (three statements); NotFound outside the two offices."""
    run = visible_run(run_id, actor, at) if rules.sees(actor) else None
    if run is None or run.flow_class is None:
        raise NotFound("no-such-run")
    steps = list(Step.objects.filter(process=run).order_by("pk"))
    proposed = run.token_moves.filter(run__status=PROCESS.NEW).select_related("run").first()
    chart = chart_of(run, steps)
    found = []
    for step in steps:
        if step.status == STATUS.NEW and step.flow_task is not None and not isinstance(step.flow_task, Join):
            here = step.flow_task.name
            targets = [
                Target(
                    node,
                    title,
                    rules.may_move_token(
                        chart, here, node, matter=matter(run), proposed=proposed is not None
                    ),
                    skipped(run, chart, here, node),
                )
                for node, title in chart.titles.items()
                if node != here
            ]
            found.append((step, targets))
    return Moving(run, found, proposed)


# --- sheets ---


def policy_context(run: Run, actor: Actor, at: datetime, fields: Fields) -> dict[str, Any]:
    """The body of the sheet: the difference and the reason, and while it is open what it would do now."""
    newest = Policy.objects.filter(key=OuterRef("key")).order_by("-version").values("version")
    rows = PolicyChange.objects.select_related(
        "base__stand_in", "base__alternate", "version", "proposed_by", "confirmed_by"
    )
    change = rows.annotate(newest=Subquery(newest[:1])).get(run=run)
    base, is_open, before = change.base, run.status == PROCESS.NEW, values_of(change.base)
    posts = posts_in(before, change.values)
    return {
        "change": change,
        "base": base,
        "is_open": is_open,
        "sees_rules": rules.sees(actor),
        "moved_on": is_open and change.newest > base.version,
        "differences": words.differences(before, change.values, posts.names),
        "rehearsal": rehearse(base, change.values, posts=posts, only=change.runs, now=at)
        if is_open
        else None,
        "migrated": len(change.runs) - len(change.skipped),
    }


def move_context(run: Run, actor: Actor, at: datetime, fields: Fields) -> dict[str, Any]:
    """The body of the sheet: which matter, from where to where, why, and what is left undone."""
    about = TokenMove.objects.select_related("moved", "from_step", "proposed_by", "confirmed_by").get(run=run)
    moved, here = about.moved, about.from_step.flow_task
    steps = list(Step.objects.filter(process=moved).order_by("pk"))
    found: dict[str, Any] = {"move": about, "moved": moved, "here": here.task_title}
    chart = chart_of(moved, steps)
    found["to"] = chart.titles.get(about.to_node, about.to_node)
    found["skipped"] = skipped(moved, chart, here.name, about.to_node)
    if run.status == PROCESS.NEW:
        stands = any(step.pk == about.from_step_id and step.status == STATUS.NEW for step in steps)
        verdict = rules.may_move_token(chart, here.name, about.to_node, matter=matter(moved))
        found["verdict"] = verdict if stands else Verdict("changed-meanwhile", {})
    return found


# --- the record ---


def published_words(line: Line) -> Said:
    """How a publication reads in the history of its own run."""
    facts, version = line.facts, (line.after or {}).get("version")
    text = _("published version %(version)s") % {"version": version}
    if facts.get("migrated"):
        text += _("; goes on under it: %(codes)s") % {"codes": "、".join(facts["migrated"])}
    if facts.get("left"):
        text += _("; left as they are: %(codes)s") % {"codes": "、".join(facts["left"])}
    return Said(text, "yes", line.personal.get("opinion", ""))


def migrated_words(line: Line) -> Said:
    """How a migration reads in the history of the run that goes on under another version."""
    before, after = line.before or {}, line.after or {}
    text = _("goes on under version %(version)s of its policy (was %(before)s)") % {
        "version": after.get("version"),
        "before": before.get("version"),
    }
    told = [
        _("asked now: %(posts)s") % {"posts": "、".join(after["added"])} if after.get("added") else "",
        _("no longer asked: %(posts)s") % {"posts": "、".join(after["removed"])}
        if after.get("removed")
        else "",
    ]
    return Said(text, "add", "；".join(part for part in told if part))


def moved_words(line: Line) -> Said:
    """How the move of a token reads in the history of the run that was moved: both persons stand for it."""
    text = _("moved it to “%(step)s”, as proposed by %(post)s")
    facts = {"step": line.facts.get("title", ""), "post": line.facts.get("proposed_in", "")}
    return Said(text % facts, "add", line.personal.get("opinion", ""))
