"""Deciding on a share: approve, reject, complete, return, opinions, the unit's desk, taking back."""

from . import asking, maps, persons
from .walking import new_share, settle, tell_opened
from .words import GONE, SPOKEN, Matter, Share, note, of, over, reason_given, tell, unless

# --- who may ---


def look(m: Matter, number: int, by: str) -> Share:
    """A share as somebody looks at it; the separated administrators see no business."""
    unless(by not in m["administrators"], "administrator")
    return m["shares"][number]


def may_handle(m: Matter, share: Share, by: str) -> None:
    """My open share of a run that is under way."""
    unless(persons.mine(m, share, by), "not-your-task")
    still_open(m, share)
    unless(m["run"]["suspended"] is None, "run-suspended")


def still_open(m: Matter, share: Share) -> None:
    """A share that is over says whether somebody was faster."""
    if share["status"] == "open" and not over(m):
        return
    unless(share["status"] != "waiting" or over(m), "not-your-turn")
    spoke = share["decided"] or any(s["decided"] and s["status"] in SPOKEN for s in of(m, share["step"]))
    unless(not spoke, "already-decided")
    unless(False, "task-closed")


def is_free(m: Matter, share: Share, by: str) -> None:
    """Nobody judges their own submission, nor signs at two duties; with them counts for whom they act."""
    if not judges(m, share):
        return
    policy = m["steps"][share["step"]]["policy"]
    did = asking.people(m, policy, but=share["id"])
    me = {by, persons.acts_for(m, share, by)}
    unless(policy["on_self"] == "allow" or not me & did["submitters"], "own-submission")
    unless(not me & did["elsewhere"], "signed-already")


def judges(m: Matter, share: Share) -> bool:
    """Whether a signature is asked that judges others' work."""
    return m["flow"][m["steps"][share["step"]]["node"]]["is"] == "sign" and share["role"] == "sign"


def may_use(m: Matter, share: Share, by: str, what: str) -> None:
    """Whether this person may do this with the share, by the policy."""
    unless(share["role"] == "sign", "advice-only")
    unless(what not in m["steps"][share["step"]]["policy"]["forbids"], "not-by-this-policy")
    may_handle(m, share, by)
    is_free(m, share, by)


def act(m: Matter, share: Share, by: str) -> None:
    """From here on the record names who acts, and for whom."""
    m["by"], m["for"] = by, persons.acts_for(m, share, by)


def speak(m: Matter, share: Share, word: str) -> None:
    """A share is decided."""
    share |= {"status": word, "decided": m["now"], "decided_by": m["by"], "decided_for": m["for"]}


# --- signing ---


def approve(m: Matter, number: int, *, by: str) -> None:
    """同意."""
    _sign(m, number, "approved", "share.approved", by)


def reject(m: Matter, number: int, *, by: str, reason: str) -> None:
    """不同意."""
    reason_given(reason)
    _sign(m, number, "rejected", "share.rejected", by)


def complete(m: Matter, number: int, *, by: str) -> None:
    """报送."""
    _sign(m, number, "done", "work.done", by)


def return_to_initiator(m: Matter, number: int, *, by: str, reason: str) -> None:
    """退回发起人."""
    reason_given(reason)
    _sign(m, number, "returned", "step.returned", by)


def return_to(m: Matter, number: int, target: int, *, resume: bool, by: str, reason: str) -> None:
    """驳回到节点: to the latest executed step of a node upstream."""
    reason_given(reason)
    _sign(m, number, "returned", "step.returned", by, aim=(target, resume))


def _sign(m: Matter, number: int, word: str, kind: str, by: str, aim: tuple | None = None) -> None:
    share = look(m, number, by)
    unless(share["role"] == "sign", "advice-only")
    may_handle(m, share, by)
    is_free(m, share, by)
    asks_judgement = judges(m, share)
    unless(asks_judgement or word == "done", "nothing-to-decide")
    unless(not asks_judgement or word != "done", "decide-instead")
    step = m["steps"][share["step"]]
    if word == "returned":
        unless("return" not in step["policy"]["forbids"], "not-by-this-policy")
    act(m, share, by)
    if aim:
        unless(aim[0] in ways_back(m, step), "not-a-way-back")
        m["aim"] = aim
    speak(m, share, word)
    note(m, kind, by)
    tell_initiator(m, share, settle(m, share["step"]))


def ways_back(m: Matter, here: dict) -> list[int]:
    """The executed steps upstream on this branch, the latest of each node."""
    before = maps.upstream(m["flow"], here["node"]) - {here["node"]}
    latest = {
        s["node"]: s["id"] for s in m["steps"]
        if s["status"] == "done" and s["policy"] and s["node"] in before and maps.touches(s["token"], here["token"])
    }  # fmt: skip
    return sorted(latest.values())


def tell_initiator(m: Matter, share: Share, result: str) -> None:
    """The initiator hears what became of the step, unless it was their own act or the run is over."""
    if result == "pending" or over(m) or m["run"]["by"] == m["by"]:
        return
    kind = "run.decided" if result == "granted" else "step.returned"
    tell(m, kind, [m["run"]["by"]], (kind, share["id"], m["now"]))


# --- opinions ---


def delegate(m: Matter, number: int, post: str, *, by: str, question: str) -> None:
    """委派: mine waits for the opinion and comes back."""
    _ask(m, number, [post], by, question, "delegate", "share.delegated", blocks=True)


def consult(m: Matter, number: int, posts: list[str], *, by: str, question: str) -> None:
    """征询: mine does not wait."""
    _ask(m, number, posts, by, question, "consult", "share.consulted", blocks=False)


def _ask(m, number, posts, by, question, what, kind, *, blocks) -> None:
    reason_given(question)
    share = look(m, number, by)
    may_use(m, share, by, what)
    asked = targets(m, share, posts, by, role="advise")
    act(m, share, by)
    for post in asked:
        new_share(
            m, share["step"], post, role="advise", root=number, blocks=blocks, order=share["order"] + 1,
            asked_by=by, status="waiting",
        )  # fmt: skip
    note(m, kind, by)
    settle(m, share["step"])


def targets(m: Matter, share: Share, posts: list[str], by: str | None, *, role: str) -> list[str]:
    """The posts that somebody wants to ask in this step: held, fit to sign if they are to, nobody twice."""
    step = m["steps"][share["step"]]
    here = [s for s in of(m, share["step"]) if s["role"] == role and s["status"] not in GONE | {"advised"}]
    known = {s["post"] for s in here}
    busy = {s["decided_by"] or s["handed"] or persons.principal(m, s["post"]) for s in here} - {None}
    bars = set()
    if role == "sign":
        did = asking.people(m, step["policy"], but=share["id"])
        bars = asking.barred(step["policy"], did, judges=m["flow"][step["node"]]["is"] == "sign")
    return fit(m, posts, by, known, busy, bars)


def fit(
    m: Matter, posts: list[str], by: str | None, known: set[str], busy: set[str], bars: set[str]
) -> list[str]:
    """Each of these posts once, if all of them may be asked."""
    wanted = list(dict.fromkeys(posts))
    unless(wanted, "nobody-named")
    for post in wanted:
        people = persons.answers(m, post)
        unless(people != {by}, "ask-yourself")
        unless(post not in known and not (people and people <= busy), "asked-already")
        unless(people, "post-empty")
        unless(people - bars, "post-barred")
        busy = busy | people
    return wanted


def advise(m: Matter, number: int, *, by: str, opinion: str) -> None:
    """答复: no signature; whoever asked is told."""
    unless(opinion.strip(), "opinion-missing")
    share = look(m, number, by)
    unless(share["role"] == "advise", "nothing-asked")
    may_handle(m, share, by)
    act(m, share, by)
    speak(m, share, "advised")
    note(m, "share.advised", by)
    tell(m, "step.advised", [share["asked_by"]], ("advised", number))
    settle(m, share["step"], says="")


# --- the unit's desk ---


def hand_out(m: Matter, number: int, person: str, *, by: str) -> None:
    """分办: the desk's task to a colleague of the unit, the desk keeps the post."""
    share = look(m, number, by)
    may_handle(m, share, by)
    unless(persons.works_in_unit(m, share, person), "not-a-colleague")
    desk = m["posts"][share["post"]]["duty"] == "desk"
    unless(desk and share["post"] in persons.reach(m, by), "only-the-desk-hands-out")
    did = asking.people(m, m["steps"][share["step"]]["policy"], but=number)
    unless(not judges(m, share) or person not in did["submitters"], "colleague-submitted")
    unless(not judges(m, share) or person not in did["elsewhere"], "colleague-signed")
    act(m, share, by)
    share |= {"handed": person, "seen": None}
    note(m, "step.handed_out", by)
    tell(m, "step.handed_out", [person], ("handed", number, m["now"]))


def claim(m: Matter, number: int, *, by: str) -> None:
    """认领: a task at the desk of my unit that nobody took."""
    share = look(m, number, by)
    desk = m["posts"][share["post"]]["duty"] == "desk"
    unless(desk and persons.works_in_unit(m, share, by), "not-in-your-pool")
    unless(share["handed"] is None, "claimed-already")
    still_open(m, share)
    unless(m["run"]["suspended"] is None, "run-suspended")
    is_free(m, share, by)
    act(m, share, by)
    share |= {"handed": by, "seen": None}
    note(m, "share.claimed", by)


def put_back(m: Matter, number: int, *, by: str) -> None:
    """退回公共池: who took it, or the desk."""
    share = look(m, number, by)
    desk = m["posts"][share["post"]]["duty"] == "desk"
    unless(desk and share["handed"], "not-taken")
    unless(share["handed"] == by or share["post"] in persons.reach(m, by), "not-your-task")
    may_handle(m, share, by)
    act(m, share, by)
    share |= {"handed": None, "seen": None, "opened": m["now"]}
    note(m, "share.put_back", by)
    tell_opened(m, [share])
