"""What follows a confirmation, inside the confirming transaction: a version is in force, a token stands elsewhere.

Lock order: the run that decides, then the runs it changes by their keys, each after those above it.
"""

from dataclasses import replace
from uuid import UUID

from viewflow.workflow.status import PROCESS

from flows.engine import rules as engine
from flows.engine.models import Policy, Step
from flows.engine.operations.move import Move, locked_run, locked_runs
from flows.engine.operations.publishing import columns_of, write_versions
from flows.engine.operations.repinning import repin
from flows.engine.standing import matter
from hetang_flow.lib.errors import WrongState
from hetang_flow.lib.plan_rows import difference

from . import rules
from .charts import chart_of
from .models import PolicyChange, TokenMove
from .sound import sound
from .versions import all_posts, entry_of, values_of


def publish(move: Move) -> None:
    """Publish the version and let the chosen runs go on under it; whatever fails undoes all of it.

    Raises WrongState when somebody else published meanwhile, or the version cannot be used any more.
    """
    about = PolicyChange.objects.select_related("base__stand_in", "base__alternate", "proposed_by")
    change = about.get(run_id=move.run.pk)
    posts = all_posts()
    findings = sound(change.values, posts, base=change.base, at=move.now)
    if findings:
        raise WrongState("policy-unsound", {"what": [finding.text for finding in findings]})
    columns = columns_of(entry_of(change.values), posts.ids)
    base = {change.key: change.base.version}
    policy = write_versions({change.key: columns}, now=move.now, base=base)[change.key].policy
    migrated, left = _migrate(move, change, policy)
    change.version, change.applied, change.confirmed_by_id = policy, move.now, move.by.user_id
    change.save(update_fields=["version", "applied", "confirmed_by", "skipped"])
    before, after = difference(values_of(change.base), change.values)
    move.changed(
        "policy.published",
        {**before, "version": change.base.version},
        {**after, "version": policy.version},
        opinion=change.reason,
        policy=change.key,
        migrated=migrated,
        left=left,
    )
    move.tell("run.completed", None, [move.run.initiator_id], key=f"completed:{move.run.pk}")


def _migrate(move: Move, change: PolicyChange, policy: Policy) -> tuple[list[str], list[str]]:
    """Let the chosen runs go on under the version; who is over by now, or has it already, is left and named."""
    migrated: list[str] = []
    left: list[str] = []
    for above, run in locked_runs([UUID(public_id) for public_id in change.runs]):
        # An earlier run of this list may have ended this one: a run takes its sub-runs along.
        run.refresh_from_db(fields=["status"])
        if run.status != PROCESS.NEW or run.policies[change.key] == policy.pk:
            change.skipped.append(str(run.public_id))
            left.append(run.code)
            continue
        other = move.also(run)
        other.ancestors = above
        repin(other, policy)
        migrated.append(run.code)
    return migrated, left


def move_token(move: Move) -> None:
    """The open step is void and the other opens in a new round; two persons stand for it.

    Raises WrongState when the run no longer stands where it stood, or may no longer be moved.
    """
    about = TokenMove.objects.select_related("moved", "proposed_by").get(run_id=move.run.pk)
    above, run = locked_run(about.moved.public_id)
    other = move.also(run)
    other.ancestors = above
    other.load()
    step = next((step for step in other.open_steps() if step.pk == about.from_step_id), None)
    if step is None:
        raise WrongState("changed-meanwhile")
    chart = chart_of(run, other.all_steps())
    verdict = rules.may_move_token(chart, step.flow_task.name, about.to_node, matter=matter(run))
    verdict.or_raise(WrongState)
    told = other.people_of([share for share in other.of(step) if share.status == engine.OPEN])
    _record(move, other, about, step, chart.titles[about.to_node])
    again = other.move_to(step, run.flow_class.instance.node(about.to_node))
    other.tell("token.moved", again, told | {run.initiator_id}, key=f"moved:{step.pk}")
    about.applied, about.confirmed_by_id = move.now, move.by.user_id
    about.save(update_fields=["applied", "confirmed_by"])
    move.tell("run.completed", None, [move.run.initiator_id], key=f"completed:{move.run.pk}")


def _record(move: Move, other: Move, about: TokenMove, step: Step, title: str) -> None:
    """On the moved run's record, with both persons: whoever confirms acts, whoever proposed is named."""
    facts = {"to": about.to_node, "title": title, "proposed_by": about.proposed_by_id}
    facts["proposed_in"] = move.run.initiator_post.name
    draft = other.draft("token.moved", step, opinion=about.reason, **facts)
    draft = replace(draft, personal={**draft.personal, "proposed_by": about.proposed_by.name})
    other.entries.append((other.run.chain_id, draft))
