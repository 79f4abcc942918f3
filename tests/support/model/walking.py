"""Walking through a flow: entering a node, leaving a step, going back, meeting at a join, ending."""

from . import asking, maps, persons, tally
from .words import Matter, note, of, over, tell

# --- entering ---


def enter(m: Matter, name: str, token: tuple, before: int | None) -> list:
    """Enter a node; what comes of it is to be walked further."""
    node = m["flow"][name]
    match node["is"]:
        case "effect":
            note(m, node["says"], m["by"])
            m["bound"] |= node["binds"]
            return enter(m, node["next"], token, before)
        case "choice":
            return enter(m, node["then"] if node["word"] in m["title"] else node["else"], token, before)
        case "split":
            ways = enumerate(node["ways"], 1)
            return [x for n, way in ways for x in enter(m, way, (*token, (before, n)), before)]
        case "work" | "sign":
            return [open_step(m, name, token, before)]
    m["arrived"].append((name, token, before))
    return [m["arrived"][-1]]


def new_step(m: Matter, name: str, token: tuple, before: int | None, **values) -> int:
    """A step that stands at a node."""
    step = {
        "id": len(m["steps"]), "node": name, "token": token, "status": "open", "outcome": "",
        "round": m["run"]["round"], "before": before, "due": None, "first_due": None, "waits_for": "", "back": [],
        "timed_out": None, "urged": 0, "urged_at": None, "binding": False, "policy": None,
        "opened": m["now"], "closed": None,
    } | values  # fmt: skip
    m["steps"].append(step)
    return step["id"]


def open_step(m: Matter, name: str, token: tuple, before: int | None) -> int:
    """A node asks whom its policy names, and those appended in this run."""
    policy, judges = m["policies"][name], m["flow"][name]["is"] == "sign"
    did = asking.people(m, policy, after=before)
    appended = m["run"]["appended"].get(name, [])
    named = [*policy["asks"], *(post for post in m["posts"] if post in appended)]
    seats, waits_for = asking.seats(m, policy, named, judges=judges, did=did)
    number = new_step(m, name, token, before, policy=policy, waits_for=waits_for)
    step = m["steps"][number]
    if policy["limit"] is not None:
        step["due"] = step["first_due"] = persons.due(m, persons.today(m), policy["limit"])
    for order, seat in enumerate(seats):
        marked = {"status": "approved", "decided": m["now"], "decided_by": seat["by"]} if seat["auto"] else {}
        weight = policy["weights"].get(seat["post"], 1)
        new_share(m, number, seat["post"], order=order, weight=weight, auto=seat["auto"], **marked)
    shares = of(m, number)
    for share, status in tally.stand(m, number)[1].items():
        m["shares"][share]["status"] = status
    for share, seat in zip(shares, seats, strict=True):
        if seat["auto"]:
            note(m, "share.auto", m["by"])
        elif m["shares"][share["id"]]["status"] == "open":
            tell(m, "step.todo", seat["told"], ("todo", share["id"]))
    if waits_for:
        note(m, "step.waits", m["by"])
        tell(m, "step.blocked", persons.office(m), ("blocked", number))
    return number


def new_share(m: Matter, step: int, post: str, **values) -> dict:
    """A share asked of a post."""
    share = {
        "id": len(m["shares"]), "step": step, "post": post, "handed": None, "order": 0, "role": "sign", "root": None,
        "turn": 0, "group": 0, "group_mode": "all_of", "weight": 1, "blocks": False, "asked_by": None,
        "status": "open", "auto": "", "opened": m["now"], "seen": None, "decided": None, "decided_by": None,
        "decided_for": None,
    } | values  # fmt: skip
    m["shares"].append(share)
    return share


# --- settling ---


def settle(m: Matter, number: int, *, says: str = "step.todo") -> str:
    """Tally; seat whose turn it is; close what is decided and walk on."""
    result, statuses = tally.stand(m, number)
    fresh = []
    for share in of(m, number):
        status = statuses.get(share["id"], share["status"])
        if status == "open" and share["status"] != "open":
            share["opened"], share["seen"] = m["now"], None
            fresh.append(share)
        share["status"] = status
    tell_opened(m, fresh, says)
    if result != "pending":
        close(m, number, result)
        walk(m, number)
    return result


def tell_opened(m: Matter, shares: list[dict], says: str = "step.todo") -> None:
    """Whose turn it is now is told; an opinion is asked for as such."""
    for share in shares:
        kind = says
        if share["role"] == "advise":
            kind = "step.delegated" if share["blocks"] else "step.consulted"
        if kind:
            people = persons.hearing(m, share["post"], share["handed"])
            tell(m, kind, people, ("todo", share["id"], share["opened"]))


def close(m: Matter, number: int, outcome: str) -> None:
    """A step is over."""
    m["steps"][number] |= {"status": "done", "outcome": outcome, "closed": m["now"]}


def void(m: Matter, numbers: list[int], outcome: str = "") -> None:
    """Steps that lost their meaning, with every share nobody has used."""
    for number in numbers:
        if m["steps"][number]["status"] != "void":
            m["steps"][number] |= {"status": "void", "outcome": outcome, "closed": m["now"]}
        for share in of(m, number):
            if share["status"] in ("open", "waiting"):
                share["status"] = "void"


def open_steps(m: Matter) -> list[int]:
    """The steps that are not over."""
    return [step["id"] for step in m["steps"] if step["status"] == "open"]


# --- leaving ---


def walk(m: Matter, number: int) -> None:
    """Go on from a closed step; it keeps whether something followed that cannot be undone."""
    m["bound"], m["arrived"] = False, []
    onward(m, leave(m, number))
    if m["bound"] and not over(m):
        m["steps"][number]["binding"] = True


def onward(m: Matter, found: list) -> None:
    """Walk until everything rests: steps that nobody has to sign pass, arrivals are heard last."""
    while found:
        steps = [each for each in found if isinstance(each, int)]
        rest = [each for each in found if not isinstance(each, int)]
        if steps:
            passed = [number for number in steps if _passes(m, number)]
            found = [each for number in passed for each in leave(m, number)] + rest
        else:
            found = arrive(m, rest[0]) + rest[1:]


def _passes(m: Matter, number: int) -> bool:
    """A step that needs nobody closes the moment it opens."""
    if tally.stand(m, number)[0] != "granted" or m["steps"][number]["waits_for"]:
        return False
    close(m, number, "granted")
    return True


def leave(m: Matter, number: int) -> list:
    """What follows a closed step."""
    step = m["steps"][number]
    node = m["flow"][step["node"]]
    if step["outcome"] != "granted" and node["is"] == "sign":
        return refuse(m, step, node["no"])
    if step["back"]:
        return [each for place in step["back"] for each in _return_there(m, place, number)]
    return enter(m, node.get("next") or node["yes"], step["token"], number)


def _return_there(m: Matter, place: dict, number: int) -> list:
    entered = enter(m, place["node"], place["token"], number)
    if place["back"]:
        m["steps"][entered[0]]["back"] = place["back"]
    return entered


# --- going back ---


def refuse(m: Matter, step: dict, name: str) -> list:
    """A refusal leads to the step a return names, to a node walked before in a new round, or on."""
    if m["aim"]:
        target, resume = m["aim"]
        m["aim"] = None
        return go_back(m, step, target, resume=resume)
    walked = [
        s["id"] for s in m["steps"]
        if s["status"] == "done" and s["node"] == name and maps.touches(s["token"], step["token"])
    ]  # fmt: skip
    if name in maps.upstream(m["flow"], step["node"]) and walked:
        return go_back(m, step, walked[-1], resume=False)
    return enter(m, name, step["token"], step["id"])


def go_back(m: Matter, step: dict, target: int, *, resume: bool) -> list:
    """What is open at or behind the target is void; it is entered again in a new round."""
    name, token = m["steps"][target]["node"], m["steps"][target]["token"]
    behind = maps.downstream(m["flow"], name) | {name}
    swept = [
        number for number in open_steps(m)
        if m["steps"][number]["node"] in behind and maps.touches(m["steps"][number]["token"], token)
    ]  # fmt: skip
    void(m, swept)
    m["run"]["round"] += 1
    again = enter(m, name, token, step["id"])
    if resume:
        places = [step, *(m["steps"][number] for number in swept)]
        m["steps"][again[0]]["back"] = [{k: p[k] for k in ("node", "token", "back")} for p in places]
    return again


# --- meeting and ending ---


def arrive(m: Matter, at: tuple) -> list:
    """A branch comes to a join or an end."""
    name, token, before = at
    m["arrived"].remove(at)
    node = m["flow"][name]
    if over(m) or any(m["flow"][other[0]]["is"] == "stop" for other in m["arrived"]):
        return []
    if node["is"] == "stop":
        _stop(m, token, node)
        return []
    others = [(m["steps"][n]["token"], _join_of(m, n)) for n in open_steps(m)] if token else []
    others += [(other[1], "") for other in m["arrived"]] if token else []
    is_join = node["is"] == "join"
    path = token
    while path:
        joins = {join for branch, join in others if len(branch) >= len(path) and _same_split(branch, path)}
        if path == token and is_join:
            joins.add(name)
        path = path[:-1]
        if joins:
            if len(joins) == 1 and joins != {""}:
                return _pass(m, joins.pop(), path, before)
            if is_join:
                new_step(m, name, token, before)
            return []
    if is_join:
        return _pass(m, name, path, before)
    if not others:
        end(m, "done", node["outcome"])
    return []


def _same_split(branch: tuple, path: tuple) -> bool:
    """Whether a branch lies in the innermost split of a path."""
    near = len(path) - 1
    return branch[:near] == path[:near] and branch[near][0] == path[near][0]


def _join_of(m: Matter, number: int) -> str:
    name = m["steps"][number]["node"]
    return name if m["flow"][name]["is"] == "join" else ""


def _pass(m: Matter, name: str, token: tuple, before: int | None) -> list:
    for number in open_steps(m):
        if m["steps"][number]["node"] == name and m["steps"][number]["token"][:-1] == token:
            close(m, number, "granted")
    return enter(m, m["flow"][name]["next"], token, before)


def _stop(m: Matter, token: tuple, node: dict) -> None:
    """A stop ends every branch; whoever had something there is told."""
    if token:
        asked = [s for s in m["shares"] if s["status"] == "open"]
        void(m, open_steps(m))
        told = persons.hearing_of(m, asked) - {m["by"], m["run"]["by"]}
        tell(m, "run.refused", told, ("refused", m["run"]["round"]))
    end(m, "ended", node["outcome"])


def end(m: Matter, status: str, outcome: str) -> None:
    """The run is over; the initiator hears of a refusal."""
    m["run"] |= {"status": status, "outcome": outcome, "closed": m["now"]}
    if outcome == "refused":
        tell(m, "run.refused", [m["run"]["by"]], ("refused", m["run"]["round"]))
    note(m, f"run.{outcome}", m["by"])
