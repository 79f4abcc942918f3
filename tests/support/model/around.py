"""Around the signers, and what people let each other know."""

from datetime import timedelta

from . import asking, maps, persons
from .deciding import act, fit, judges, look, may_use, targets, tell_initiator
from .walking import new_share, open_steps, settle
from .words import NO, SPOKEN, TO_COME, YES, Matter, note, of, over, reason_given, tell, unless

TURNS = {"before": -1, "alongside": 0, "after": 1}


def add_signers(m: Matter, number: int, posts: list[str], *, turn: str, mode: str, by: str, why: str) -> None:
    """加签: before me, beside me or after me."""
    reason_given(why)
    share = look(m, number, by)
    may_use(m, share, by, f"add_{turn}")
    unless(judges(m, share), "nothing-to-decide")
    asked = targets(m, share, posts, by, role="sign")
    act(m, share, by)
    group = 1 + max((s["group"] for s in m["shares"] if s["root"] == number), default=0)
    for order, post in enumerate(asked, share["order"] + 1):
        new_share(
            m, share["step"], post, root=number, turn=TURNS[turn], group=group, group_mode=mode, order=order,
            asked_by=by, status="waiting",
        )  # fmt: skip
    note(m, "signers.added", by)
    settle(m, share["step"])


def remove_signer(m: Matter, number: int, *, by: str, why: str) -> None:
    """减签: with those added to them; never the last one."""
    reason_given(why)
    share = look(m, number, by)
    here = of(m, share["step"])
    family = [number]
    for head in family:
        family += [s["id"] for s in here if s["root"] == head]
    unless(
        (share["root"] is not None and share["asked_by"] == by) or persons.governs(m, by), "not-added-by-you"
    )
    unless(not over(m), "task-closed")
    unless(m["run"]["suspended"] is None, "run-suspended")
    acted = any(m["shares"][n]["status"] in SPOKEN for n in family)
    open_yet = m["steps"][share["step"]]["status"] == "open" and share["status"] in TO_COME
    unless(open_yet and not acted, "signer-has-acted")
    left = [s for s in here if s["id"] not in family and s["role"] == "sign"]
    unless(any(s["status"] in TO_COME | YES | NO for s in left), "last-signer")
    m["by"] = by
    told = persons.hearing_of(m, [m["shares"][n] for n in family if m["shares"][n]["status"] == "open"])
    for n in family:
        if m["shares"][n]["status"] in TO_COME:
            m["shares"][n]["status"] = "removed"
    note(m, "signer.removed", by)
    tell(m, "signer.removed", told, ("removed", number, m["now"]))
    tell_initiator(m, share, settle(m, share["step"]))


def transfer(m: Matter, number: int, post: str, *, by: str, why: str) -> None:
    """转办: theirs in place of mine, with all that hangs on it."""
    reason_given(why)
    share = look(m, number, by)
    may_use(m, share, by, "transfer")
    (other,) = targets(m, share, [post], by, role="sign")
    act(m, share, by)
    pass_on(m, share, other)
    note(m, "share.transferred", by)
    settle(m, share["step"])


def pass_on(m: Matter, share: dict, post: str) -> dict:
    """Another post in the place of a share."""
    same = ("root", "turn", "group", "group_mode", "weight", "order", "status", "asked_by")
    theirs = new_share(m, share["step"], post, **{key: share[key] for key in same})
    share |= {"status": "transferred", "decided": m["now"], "decided_by": m["by"]}
    for child in m["shares"]:
        if child["root"] == share["id"]:
            child["root"] = theirs["id"]
    if theirs["status"] == "open":
        tell(m, "step.transferred", persons.hearing(m, post), ("todo", theirs["id"]))
    return theirs


def append_assignees(m: Matter, node: str, posts: list[str], *, by: str, why: str) -> None:
    """追加: for a step that has not come yet."""
    reason_given(why)
    starts = m["run"]["post"] in persons.held(m, by)
    unless(starts or persons.governs(m, by), "not-initiator")
    policy, decides = m["policies"][node], m["flow"][node]["is"] == "sign"
    outweighs = decides and policy["mode"] in ("any_of", "vote")
    unless(persons.governs(m, by) or not outweighs, "not-by-this-policy")
    unless(not over(m), "task-closed")
    unless(m["run"]["suspended"] is None, "run-suspended")
    here = {m["steps"][n]["node"] for n in open_steps(m)}
    ahead = set().union(*(maps.downstream(m["flow"], name) for name in here)) - here
    unless(node in ahead, "step-has-come")
    known = m["run"]["appended"].get(node, [])
    bars = asking.barred(policy, asking.people(m, policy), judges=decides)
    asked = fit(m, posts, by, {*known}, set(), bars)
    m["run"]["appended"][node] = [*known, *asked]
    note(m, "assignees.appended", by)


# --- telling ---


def urge(m: Matter, *, by: str) -> None:
    """催办: once in so many hours, by who has a part in it and does not have it."""
    waits = sorted(
        (s for s in m["shares"] if s["status"] == "open"), key=lambda s: (s["step"], s["order"], s["id"])
    )
    decided = any(by in (s["decided_by"], s["decided_for"]) for s in m["shares"])
    starts = m["run"]["post"] in persons.held(m, by)
    unless(starts or (decided and persons.held(m, by)) or persons.governs(m, by), "not-involved")
    unless(not over(m) and waits, "task-closed")
    unless(m["run"]["suspended"] is None, "run-suspended")
    asked = persons.hearing_of(m, waits)
    unless(asked != {by}, "lies-with-you")
    steps = [m["steps"][n] for n in {s["step"] for s in waits}]
    hours = max(step["policy"]["urge_hours"] for step in steps)
    last = max((step["urged_at"] for step in steps if step["urged_at"]), default=None)
    unless(last is None or m["now"] >= last + timedelta(hours=hours), "urged-just-now")
    for step in steps:
        step |= {"urged": step["urged"] + 1, "urged_at": m["now"]}
    note(m, "run.urged", by)
    key = ("urged", m["now"])
    tell(m, "step.urged", asked - {by}, key)
    tell(m, "step.urged_head", persons.heads_of(m, waits), key)


def sees(m: Matter, by: str) -> bool:
    """Who has a part in a matter."""
    if not persons.held(m, by):
        return False
    if by == m["run"]["by"] or by in m["copies"]:
        return True
    return any(
        s["post"] in persons.reach(m, by)
        or s["decided_by"] == by
        or (persons.works_in_unit(m, s, by) and (s["handed"] == by or _in_pool(m, s)))
        or (s["status"] in ("open", "waiting") and s["post"] in prepares_for(m, by))
        for s in m["shares"]
    )


def _in_pool(m: Matter, share: dict) -> bool:
    return share["status"] == "open" and not share["handed"] and m["posts"][share["post"]]["duty"] == "desk"


def prepares_for(m: Matter, by: str) -> set[str]:
    """The leaders' posts whose opinions somebody prepares."""
    return {m["posts"][post]["serves"] for post in persons.held(m, by)} - {None}


def copy_to(m: Matter, posts: list[str], *, by: str) -> None:
    """抄送: a copy a person, once a run."""
    unless(sees(m, by), "not-involved")
    unless(posts, "no-such-post")
    unless(all(persons.answers(m, post) for post in posts), "post-empty")
    note(m, "run.copied_to", by)
    people = {person for post in posts for person in persons.hearing(m, post)}
    for person in people:
        m["copies"].setdefault(person, None)
    tell(m, "run.copied", people, ("copied",))


def acknowledge(m: Matter, *, by: str) -> None:
    """已阅: once."""
    unless(persons.held(m, by) and by in m["copies"], "not-copied")
    unless(m["copies"][by] is None, "acknowledged-already")
    m["copies"][by] = m["now"]
    note(m, "copy.acknowledged", by)


def mark_opened(m: Matter, *, by: str) -> None:
    """Somebody looks at the sheet: what waits for them is seen."""
    fresh = [
        s for s in m["shares"]
        if s["status"] == "open" and s["seen"] is None and persons.held(m, by) and persons.mine(m, s, by)
    ]  # fmt: skip
    unless(fresh, "nothing-new")
    for share in fresh:
        share["seen"] = m["now"]


def save_opinion(m: Matter, number: int, text: str, *, by: str) -> None:
    """暂存: decides nothing; a secretary's lies before the leader."""
    unless(len(text) <= 500, "text-too-long")
    share = m["shares"][number]
    own = bool(persons.held(m, by)) and persons.mine(m, share, by)
    unless(own or share["post"] in prepares_for(m, by), "not-secretary")
    unless(share["status"] in ("open", "waiting") and not over(m), "task-closed")
    m["drafts"][number, by] = (text, not own)
