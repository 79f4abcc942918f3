"""The whole run: withdraw, terminate, suspend, resume, reopen, and what time does to it."""

from . import maps, persons
from .around import pass_on
from .deciding import targets
from .walking import end, enter, onward, open_steps, settle, void
from .words import Matter, Refused, note, of, over, reason_given, tell, unless


def start(m: Matter, *, by: str, post: str) -> None:
    """A run begins at the first node."""
    m["run"] = {
        "status": "open", "outcome": "", "round": 1, "suspended": None, "appended": {}, "closed": None,
        "by": by, "post": post,
    }  # fmt: skip
    m["by"], m["bound"], m["arrived"], m["aim"] = by, False, [], None
    note(m, "run.started", by)
    onward(m, enter(m, next(iter(m["flow"])), (), None))


def withdraw(m: Matter, *, by: str, reason: str) -> None:
    """撤回: while nobody has signed or said no in this round."""
    reason_given(reason)
    unless(by in persons.holders(m, m["run"]["post"]), "not-initiator")
    unless(not over(m), "task-closed")
    unless(m["run"]["suspended"] is None, "run-suspended")
    here = [s for s in m["steps"] if _stands(m, s)]
    said = {x["status"] for s in here for x in of(m, s["id"]) if x["role"] == "sign" and not x["auto"]}
    unless(not said & {"rejected", "returned"}, "somebody-refused")
    unless("approved" not in said, "somebody-signed")
    told = asked_now(m) - {by}
    _end(m, by, "withdrawn")
    tell(m, "run.withdrawn", told, ("withdrawn", m["run"]["round"]))


def _stands(m: Matter, step: dict) -> bool:
    """What was said in this round, at an open step, or earlier in a branch beside one that is open."""
    if step["round"] == m["run"]["round"] or step["status"] == "open":
        return True
    again = any(maps.touches(s["token"], step["token"]) and s["round"] > step["round"] for s in m["steps"])
    splits = [_split(s["token"]) for s in m["steps"] if s["status"] == "open"]
    path = [_split(step["token"][: n + 1]) for n in range(len(step["token"]))]
    return not again and any(split in path for split in splits if split)


def _split(token: tuple) -> tuple:
    """The innermost split of a branch."""
    return (*token[:-1], token[-1][0]) if token else ()


def terminate(m: Matter, *, by: str, reason: str) -> None:
    """终止: the campaign office ends it."""
    reason_given(reason)
    unless(persons.governs(m, by), "not-campaign-office")
    unless(not over(m), "task-closed")
    told = asked_now(m) | {m["run"]["by"]}
    _end(m, by, "terminated")
    tell(m, "run.terminated", told, ("terminated", m["run"]["round"]))


def _end(m: Matter, by: str, outcome: str) -> None:
    m["by"] = by
    note(m, f"run.{outcome}_by", by)
    void(m, open_steps(m))
    end(m, "ended", outcome)


def asked_now(m: Matter) -> set[str]:
    """Whoever has it."""
    return persons.hearing_of(m, [s for s in m["shares"] if s["status"] == "open"])


def suspend(m: Matter, *, by: str, reason: str) -> None:
    """挂起."""
    reason_given(reason)
    unless(persons.governs(m, by), "not-campaign-office")
    unless(not over(m), "task-closed")
    unless(m["run"]["suspended"] is None, "suspended-already")
    m["run"]["suspended"] = m["now"]
    note(m, "run.suspended", by)
    tell(m, "run.suspended", asked_now(m) | {m["run"]["by"]}, ("run.suspended", m["now"]))


def resume(m: Matter, *, by: str) -> None:
    """恢复: due days move by the working days it stood still."""
    unless(persons.governs(m, by), "not-campaign-office")
    unless(not over(m), "task-closed")
    unless(m["run"]["suspended"] is not None, "not-suspended")
    for number in open_steps(m):
        step = m["steps"][number]
        since = max(m["run"]["suspended"], step["opened"])
        days = persons.working_days(m, (since + persons.ZONE).date(), persons.today(m))
        if step["due"] and days:
            step["due"] = persons.due(m, step["due"], days)
    m["run"]["suspended"] = None
    note(m, "run.resumed", by)
    tell(m, "run.resumed", asked_now(m) | {m["run"]["by"]}, ("run.resumed", m["now"]))


def reopen(m: Matter, number: int, *, by: str, reason: str) -> None:
    """唤醒: where it ended, or a step walked on the way there, with the branches that were open beside it."""
    reason_given(reason)
    unless(persons.governs(m, by), "not-campaign-office")
    unless(over(m), "not-finished")
    unless(m["run"]["outcome"] != "completed", "effects-stand")
    unless(number in executed(m), "no-such-task")
    target = m["steps"][number]
    closed = m["run"]["closed"]
    beside = [
        s for s in m["steps"] if s["closed"] == closed and not maps.touches(s["token"], target["token"])
    ]
    m["run"] |= {"status": "open", "outcome": "", "closed": None, "round": m["run"]["round"] + 1}
    m["by"], m["arrived"], m["bound"] = by, [], False
    note(m, "run.reopened", by)
    onward(m, [x for s in (target, *beside) for x in enter(m, s["node"], s["token"], number)])
    tell(m, "run.reopened", [m["run"]["by"]], ("reopened", m["run"]["round"]))


def executed(m: Matter) -> set[int]:
    """Where people stood when it ended, and the latest of what they had walked on the way there."""
    latest: dict[str, int] = {}
    for end_ in [s for s in m["steps"] if s["closed"] == m["run"]["closed"]]:
        before = maps.upstream(m["flow"], end_["node"]) - {end_["node"]}
        for step in (s for s in m["steps"] if s["policy"] and s["status"] != "open"):
            walked = step["status"] == "done" and step["node"] in before
            if step is end_ or (walked and maps.touches(step["token"], end_["token"])):
                latest[step["node"]] = step["id"]
    return {*latest.values()}


# --- time ---


def time_out(m: Matter, number: int) -> None:
    """超时: the system's act, once a step, by the policy."""
    step = m["steps"][number]
    standing = step["status"] == "open" and not over(m) and m["run"]["suspended"] is None
    late = step["due"] is not None and step["due"] < persons.today(m) and step["timed_out"] is None
    unless(standing and late, "not-late")
    m["by"] = None
    step["timed_out"] = m["now"]
    waits = [s for s in of(m, number) if s["status"] == "open"]
    note(m, "step.timed_out", None)
    tell(m, "step.timed_out", [m["run"]["by"]], ("timed-out", number))
    _LATE[step["policy"]["on_timeout"]](m, step, waits)


def _remind(m: Matter, step: dict, waits: list[dict]) -> None:
    tell(m, "step.overdue", persons.hearing_of(m, waits), ("overdue", step["id"]))


def _escalate(m: Matter, step: dict, waits: list[dict]) -> None:
    _remind(m, step, waits)
    tell(m, "step.escalated", persons.heads_of(m, waits) | persons.office(m), ("escalated", step["id"]))


def _transfer(m: Matter, step: dict, waits: list[dict]) -> None:
    late = [s for s in waits if s["role"] == "sign" and s["root"] is None]
    alternate = _alternate(m, step, late) if late else None
    if alternate is None:
        _escalate(m, step, waits)
        return
    late[0]["weight"] = sum(s["weight"] for s in late)
    theirs = pass_on(m, late[0], alternate)
    for share in late:
        share |= {"status": "transferred", "auto": "timeout", "decided": m["now"]}
    for child in m["shares"]:
        if child["root"] in {s["id"] for s in late}:
            child["root"] = theirs["id"]
    note(m, "share.transferred", None)
    settle(m, step["id"])


def _alternate(m: Matter, step: dict, late: list[dict]) -> str | None:
    post = step["policy"]["alternate"]
    if post in {s["post"] for s in of(m, step["id"])}:
        return None
    try:
        return targets(m, late[0], [post], None, role="sign")[0]
    except Refused:
        return None


def _approve(m: Matter, step: dict, waits: list[dict]) -> None:
    word = "approved" if m["flow"][step["node"]]["is"] == "sign" else "done"
    for share in of(m, step["id"]):
        if share["status"] in ("open", "waiting") and share["role"] == "sign":
            share |= {"status": word, "auto": "timeout", "decided": m["now"]}
    result = settle(m, step["id"])
    if not over(m):
        kind = "run.decided" if result == "granted" else "step.returned"
        tell(m, kind, [m["run"]["by"]], ("timeout", step["id"]))


def _reject(m: Matter, step: dict, waits: list[dict]) -> None:
    first = next((s for s in waits if s["role"] == "sign"), None)
    if first is None or m["flow"][step["node"]]["is"] != "sign":
        _escalate(m, step, waits)
        return
    first |= {"status": "returned", "auto": "timeout", "decided": m["now"]}
    settle(m, step["id"])
    if not over(m):
        tell(m, "step.returned", [m["run"]["by"]], ("timeout", step["id"]))


_LATE = {
    "remind": _remind,
    "escalate": _escalate,
    "transfer": _transfer,
    "approve": _approve,
    "reject": _reject,
}
