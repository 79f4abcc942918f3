"""Around the signers: add before, alongside or after, take off, pass on, name people for a step to come."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from permissions.actors import Actor

from .. import resolvers, rules
from ..judging import family_of, may_remove
from ..models import Assignment, Run
from ..nodes import Human
from ..selectors_policy import policy_by_id
from ..standing import Bars, bars_ahead, bars_beside, matter, nodes_ahead, outweighs
from .decisions import tell_initiator
from .move import Move, moving

BEFORE, ALONGSIDE, AFTER = "before", "alongside", "after"
TURNS = {BEFORE: -1, ALONGSIDE: 0, AFTER: 1}


def add_signers(
    run_id: UUID, assignment_id: int, post_ids: Sequence[int], *,
    turn: str, mode: str = rules.ALL_OF, why: str, by: Actor, now: datetime,
) -> Run:  # fmt: skip
    """加签: further signers before my decision, together with me, or after it; with several, `mode` says how they pass.

    Before: my share waits for theirs. Alongside: the step needs them as it needs me. After: they sign when I have.
    Raises NotAllowed for a post that must not sign, WrongState when it is not my turn, Invalid without a reason.
    """
    rules.reason_is_enough(why).or_raise(Invalid)
    if turn not in TURNS or mode not in (rules.ANY_OF, rules.ALL_OF, rules.SEQUENTIAL):
        raise Invalid("form-incomplete", {"field": "turn"})
    with moving(run_id, by=by, now=now) as move:
        mine = usable(move, assignment_id, f"add_{turn}")
        if not mine.step.flow_task.judges:
            raise WrongState("nothing-to-decide")
        asked = targets(move, mine, post_ids, role=rules.SIGN)
        move.act_in_post_of(mine)
        number = 1 + max((s.group for s in move.shares if s.root_id == mine.pk), default=0)
        move.add(
            _share(
                move,
                mine,
                signer,
                why,
                root=mine,
                turn=TURNS[turn],
                group=number,
                group_mode=mode,
                order=order,
            )
            for order, signer in enumerate(asked, mine.order + 1)
        )
        names = [signer.post.name for signer in asked]
        move.record("signers.added", mine.step, opinion=why.strip(), posts=names, turn=turn, mode=mode)
        move.settle(mine.step)
        return move.run


def remove_signer(run_id: UUID, assignment_id: int, *, why: str, by: Actor, now: datetime) -> Run:
    """减签: take a signer off who has not acted, with those added to them; never the last one.

    Who added them may, and the campaign office. It can decide the step, so it is tallied anew.
    Raises NotAllowed("not-added-by-you"), WrongState when the signer has acted or is the last.
    """
    rules.reason_is_enough(why).or_raise(Invalid)
    with moving(run_id, by=by, now=now) as move:
        theirs = move.task(assignment_id)
        step = theirs.step
        family = family_of(move.of(step), theirs)
        verdict = may_remove(move.run, move.shares, theirs, by)
        verdict.or_raise(NotAllowed if verdict.code == "not-added-by-you" else WrongState)
        if rules.governs(by):
            move.by = rules.in_campaign_office(by)
        told = move.people_of([share for share in family if share.status == rules.OPEN])
        for share in family:
            if share.status in rules.UNDECIDED:
                share.status = rules.REMOVED
        move.record("signer.removed", step, opinion=why.strip(), post=theirs.post.name, assignment=theirs.pk)
        move.tell("signer.removed", step, told, key=f"removed:{theirs.pk}:{now.timestamp()}")
        tell_initiator(move, theirs, move.settle(step), why.strip())
        return move.run


def transfer(run_id: UUID, assignment_id: int, post_id: int, *, why: str, by: Actor, now: datetime) -> Run:
    """转办: the responsibility moves to another post and leaves mine; what was added to my share moves along.

    Raises NotAllowed("not-by-this-policy") where the policy keeps a signature with its post, or for a post that
    must not sign; WrongState for a lost race; Invalid without a reason.
    """
    rules.reason_is_enough(why).or_raise(Invalid)
    with moving(run_id, by=by, now=now) as move:
        mine = usable(move, assignment_id, "transfer")
        (signer,) = targets(move, mine, [post_id], role=rules.SIGN)
        move.act_in_post_of(mine)
        pass_on(move, mine, signer, why.strip())
        move.record(
            "share.transferred", mine.step, opinion=why.strip(), post=mine.post.name, to=signer.post.name
        )
        move.settle(mine.step)
        return move.run


def pass_on(move: Move, mine: Assignment, signer: resolvers.Signer, why: str) -> Assignment:
    """Put another post in the place of this share, with everything that hangs on it, and tell its people.

    Who had added the share may still take it off; whoever passes it on may not.
    """
    theirs = _share(
        move, mine, signer, why, root_id=mine.root_id, turn=mine.turn, group=mine.group,
        group_mode=mine.group_mode, weight=mine.weight, order=mine.order, status=mine.status,
        asked_by_id=mine.asked_by_id,
    )  # fmt: skip
    mine.status, mine.decided, mine.decided_by_id = rules.TRANSFERRED, move.now, move.by.user_id
    move.write([mine])
    move.add([theirs])
    children = [share for share in move.shares if share.root_id == mine.pk]
    for share in children:
        share.root_id = theirs.pk
    move.write(children)
    if theirs.status == rules.OPEN:
        who = move.by.capacity or move.by.name
        move.tell("step.transferred", mine.step, signer.told, key=f"todo:{theirs.pk}", who=who)
    return theirs


def append_assignees(
    run_id: UUID, node: str, post_ids: Sequence[int], *, why: str, by: Actor, now: datetime
) -> Run:
    """追加: further people for a step that has not come yet, in this run only.

    The initiator and the campaign office may. Whether they may sign is asked again when the step opens.
    Raises WrongState("step-has-come"), NotAllowed for strangers and for posts that must not sign.
    """
    rules.reason_is_enough(why).or_raise(Invalid)
    with moving(run_id, by=by, now=now) as move:
        move.load()
        nodes = {n.name: n for n in move.run.flow_class.instance.nodes() if isinstance(n, Human)}
        if node not in nodes:
            raise NotFound("no-such-task")
        verdict = rules.may_append(
            is_initiator=move.run.initiator_post_id in by.post_ids,
            governs=rules.governs(by),
            matter=matter(move.run),
            ahead=nodes[node] in nodes_ahead(move.run, move.open_steps()),
            outweighs=outweighs(move.run, nodes[node]),
        )
        late = verdict.code not in ("not-initiator", "not-by-this-policy")
        verdict.or_raise(WrongState if late else NotAllowed)
        policy = policy_by_id(move.run.policies[nodes[node].policy_key])
        recused = resolvers.recused_by(policy, move.run, now=now)
        asked = _asked(move, post_ids, bars_ahead(move.run, move.shares, nodes[node], recused))
        known = move.run.appended.get(node, [])
        own = move.run.initiator_post_id
        move.by = by.in_post(own) if own in by.post_ids else rules.in_campaign_office(by)
        move.run.appended = {**move.run.appended, node: [*known, *(signer.post.id for signer in asked)]}
        names = [signer.post.name for signer in asked]
        move.record("assignees.appended", None, opinion=why.strip(), at=node, posts=names)
        return move.run


# --- shared ---


def usable(move: Move, assignment_id: int, operation: str) -> Assignment:
    """My open share, if the policy of its step lets me do this with it."""
    mine = move.task(assignment_id)
    verdict = rules.may_use(move.standing(mine), operation)
    verdict.or_raise(WrongState if verdict.code in rules.LATE_CODES else NotAllowed)
    return mine


def targets(move: Move, mine: Assignment, post_ids: Sequence[int], *, role: str) -> list[resolvers.Signer]:
    """The posts to be asked in this step for a signature or an opinion, each of them fit, nobody twice.

    One statement and the recusals.
    """
    bars = bars_beside(move.run, move.shares, mine, move.recusal(mine.step), role=role)
    return _asked(move, post_ids, bars)


def _asked(move: Move, post_ids: Sequence[int], bars: Bars) -> list[resolvers.Signer]:
    wanted = list(dict.fromkeys(post_ids))
    if not wanted:
        raise Invalid("nobody-named")
    found = resolvers.signers_where(resolvers.Q(pk__in=wanted), at=move.now)
    by_id = {signer.post.id: signer for signer in found}
    if not by_id.keys() >= set(wanted):
        raise NotFound("no-such-post")
    for signer in (by_id[post] for post in wanted):
        bars.verdict(signer, move.by).or_raise()
        bars = replace(bars, asked=bars.asked.union(signer.answers))
    return [by_id[post] for post in wanted]


def _share(move: Move, mine: Assignment, signer: resolvers.Signer, why: str, **values) -> Assignment:
    values = {"status": rules.WAITING, "opened": move.now, "asked_by_id": move.by.user_id} | values
    return Assignment(
        run=move.run,
        step=mine.step,
        post_id=signer.post.id,
        handed_to_id=signer.handed_to,
        role=mine.role,
        blocks=mine.blocks,
        why=why.strip(),
        **values,
    )
