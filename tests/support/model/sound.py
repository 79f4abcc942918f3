"""What holds whatever happened: one open step a branch, somebody to act or a named block, shares that add up."""

from . import persons, tally
from .walking import open_steps
from .words import GONE, SPOKEN, Matter, of, over


def broken(m: Matter) -> list[str]:
    """The promises that do not hold now, in words."""
    return [*_branches(m), *_actors(m), *_sums(m)]


def _branches(m: Matter) -> list[str]:
    """Exactly one open step in every branch, none in a branch that has split, none when the run is over."""
    tokens = [m["steps"][number]["token"] for number in open_steps(m)]
    found = []
    if over(m):
        return ["a run that is over has open steps"] if tokens else []
    if not tokens:
        found.append("a run under way has no open step")
    for n, token in enumerate(tokens):
        if any(other[: len(token)] == token for other in tokens[:n] + tokens[n + 1 :]):
            found.append(f"branch {token} has more than one open step")
    return found


def _actors(m: Matter) -> list[str]:
    """Every open step has somebody who can act, or names the post it waits for."""
    found = []
    for number in open_steps(m):
        step = m["steps"][number]
        if step["policy"] is None or step["waits_for"]:
            continue
        asked = [s for s in of(m, number) if s["status"] == "open"]
        if not any(persons.answers(m, s["post"], s["handed"]) for s in asked):
            found.append(f"nobody can act at {step['node']}, and it names no post")
    return found


def _sums(m: Matter) -> list[str]:
    """Shares are open in open steps alone, a step has come to what its shares say, and decisions name who made them."""
    found = []
    for step in m["steps"]:
        shares = of(m, step["id"])
        if step["status"] != "open" and any(s["status"] in ("open", "waiting") for s in shares):
            found.append(f"step {step['id']} is {step['status']} and still asks somebody")
        if step["policy"] is None or step["status"] == "void":
            continue
        result, statuses = tally.stand(m, step["id"])
        if (result if step["status"] == "done" else "pending") != (step["outcome"] or "pending"):
            found.append(f"step {step['id']} reads {step['outcome']!r}, its shares say {result}")
        if step["status"] == "open" and not _as_arranged(shares, statuses):
            found.append(f"the turns at step {step['id']} are not as its shares say")
    for share in m["shares"]:
        if share["status"] in SPOKEN and not (share["decided_by"] or share["auto"]):
            found.append(f"share {share['id']} is decided by nobody")
        if share["root"] is not None and m["shares"][share["root"]]["step"] != share["step"]:
            found.append(f"share {share['id']} hangs on a share of another step")
        if (
            share["root"] is not None
            and m["shares"][share["root"]]["status"] in GONE - {"void"}
            and share["status"] not in GONE
        ):
            found.append(f"share {share['id']} hangs on one that is gone")
    return found


def _as_arranged(shares: list[dict], statuses: dict[int, str]) -> bool:
    return all(statuses.get(s["id"], s["status"]) == s["status"] for s in shares)
