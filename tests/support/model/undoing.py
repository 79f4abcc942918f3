"""拿回: undoing one's own decision while nothing has come of it that somebody saw or that stays."""

from . import persons, tally
from .changes import Turn
from .deciding import act, look
from .walking import open_steps, settle, void
from .words import SPOKEN, TO_COME, YES, Matter, note, of, over, tell, unless


def take_back(m: Matter, number: int, *, by: str) -> None:
    """拿回: my own decision, while nothing has come of it that somebody saw or that stays."""
    share = look(m, number, by)
    step = m["steps"][share["step"]]
    mine = (
        share["decided_by"] == by and share["status"] in YES | {"rejected", "returned"} and not share["auto"]
    )
    unless(mine and persons.mine(m, share, by), "not-your-decision")
    unless(not over(m), "task-closed")
    unless(m["run"]["suspended"] is None, "run-suspended")
    after = following(m, step)
    result, statuses = tally.stand(m, step["id"], without=number)
    unless(not _gone_on(m, step, after), "moved-on")
    unless(step["status"] != "done" or not step["binding"], "effect-happened")
    early = [
        s for s in of(m, step["id"])
        if step["status"] == "open" and s["status"] == "open" and statuses.get(s["id"]) != "open"
    ]  # fmt: skip
    behind = [s for each in after for s in of(m, each)]
    used = any(s["seen"] or (s["status"] in SPOKEN and not s["auto"]) for s in behind)
    unless(not used and not any(s["seen"] for s in early), "opened-already")
    swept = any(s["status"] == "void" and s["closed"] == step["closed"] for s in m["steps"])
    unless(step["outcome"] != "refused" or not swept, "others-were-closed")
    unless(step["status"] != "done" or result == "pending", "stands-without-you")
    act(m, share, by)
    told = persons.hearing_of(m, [s for s in behind if s["status"] == "open"] + early)
    for each in early:
        each["status"] = "waiting"
    if step["status"] == "done":
        _undo(m, step, after)
    share |= {"status": "waiting", "decided": None, "decided_by": None, "decided_for": None}
    note(m, "share.taken_back", by)
    tell(m, "step.taken_back", told - {by}, ("back", number, m["now"]))
    settle(m, step["id"], says="")
    Turn(m, step).play({})


def _undo(m: Matter, step: dict, after: list[int]) -> None:
    if step["outcome"] == "refused" and any(m["steps"][n]["round"] == m["run"]["round"] for n in after):
        m["run"]["round"] -= 1
    waited = [
        s for s in m["steps"]
        if m["flow"][s["node"]]["is"] == "join" and s["status"] == "done"
        and s["closed"] == step["closed"] != s["opened"]
    ]  # fmt: skip
    for share in (s for n in after for s in of(m, n)):
        if share["status"] in TO_COME or share["auto"]:
            share["status"] = "void"
    void(m, after, "taken_back")
    for each in (step, *waited):
        each |= {"status": "open", "outcome": "", "closed": None}


def following(m: Matter, step: dict) -> list[int]:
    """What was entered when a step closed, and what passed by itself on the way there."""
    found, frontier = [], [step["id"]] if step["status"] == "done" else []
    while frontier:
        here = frontier.pop()
        entered = [s["id"] for s in m["steps"] if s["before"] == here and s["outcome"] != "taken_back"]
        found += entered
        frontier += [n for n in entered if _by_itself(m, n, step)]
    return found


def _by_itself(m: Matter, number: int, step: dict) -> bool:
    each = m["steps"][number]
    acted = any(s["decided_by"] and not s["auto"] for s in of(m, number))
    return each["status"] == "done" and each["closed"] == step["closed"] and not acted


def _gone_on(m: Matter, step: dict, after: list[int]) -> bool:
    """Whether the run has gone on since."""
    if step["status"] == "open":
        return False
    if step["status"] == "void":
        return True
    if not after:
        near = step["token"][:-1], step["token"][-1:] and step["token"][-1][0]
        tokens = [m["steps"][n]["token"] for n in open_steps(m)]
        if not step["token"]:
            return not tokens
        return not any(
            len(t) > len(near[0]) and t[: len(near[0])] == near[0] and t[len(near[0])][0] == near[1]
            for t in tokens
        )
    gone = [n for n in after if m["steps"][n]["status"] != "open"]
    return any(not _by_itself(m, n, step) for n in gone)
