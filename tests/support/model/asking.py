"""Whom a step asks: who is free to sign, and what the policy says of a post that is empty or must not."""

from . import persons
from .words import Matter


def people(
    m: Matter, policy: dict, *, but: int | None = None, after: int | None = None
) -> dict[str, set[str]]:
    """Who handed in the work, who signed at another duty, who signed within this one, as seen from a policy."""
    found = {"submitters": {m["run"]["by"]}, "elsewhere": set(), "here": set()}
    for share in m["shares"]:
        if share["decided_by"] is None or share["id"] == but:
            continue
        who = {share["decided_by"], share["decided_for"]} - {None}
        step = m["steps"][share["step"]]
        if share["status"] == "done":
            found["submitters"] |= who
        elif share["status"] == "approved" and step["policy"]["duty"] != policy["duty"]:
            found["elsewhere"] |= who
        elif share["status"] == "approved":
            just_before = policy["on_repeat"] == "consecutive" and after is not None
            near = step["id"] == after if just_before else step["round"] == m["run"]["round"]
            found["here"] |= who if near else set()
    return found


def barred(policy: dict, did: dict[str, set[str]], *, judges: bool) -> set[str]:
    """Nobody signs what they submitted, unless the policy allows it, nor at two duties of one matter."""
    own = set() if policy["on_self"] == "allow" else did["submitters"]
    return did["elsewhere"] | own if judges else set()


def seats(m: Matter, policy: dict, named: list[str], *, judges: bool, did: dict) -> tuple[list[dict], str]:
    """The seats of a step, and the empty posts it waits for."""
    bars = barred(policy, did, judges=judges)
    asked, empty = [], []
    for post in [seat["post"] for seat in _once([_seat(m, post, set()) for post in named])]:
        seat = _seat(m, post, bars)
        placed = place(policy, persons.answers(m, post), bars, judges=judges, did=did)
        if placed == "ask":
            asked.append(seat)
        elif placed in ("same_person", "own_matter"):
            marked = (persons.answers(m, post) - bars) or persons.answers(m, post)
            by = persons.ordered(m, marked)[0]
            asked.append(_seat(m, post, set()) | {"auto": placed, "by": by})
        else:
            instead = [_seat(m, other, bars) for other in instead_of(m, policy, post, placed)]
            asked += [other for other in instead if other["free"]]
            if not any(other["free"] for other in instead):
                empty.append(seat)
    asked = _once(asked)
    if asked and (not empty or policy["mode"] == "any_of"):
        return asked + empty, ""
    left = []
    for lacking in [[seat["post"]] for seat in empty] or [[]]:
        others = [_seat(m, post, bars) for post in stand_ins(m, policy)]
        others = [other for other in others if other["free"]]
        asked = _once(asked + others)
        left += [] if others else [seat for seat in empty if seat["post"] in lacking]
    waits = "、".join(m["posts"][seat["post"]]["title"] for seat in left)
    return asked + left, waits or ("" if asked else policy["name"])


def _seat(m: Matter, post: str, bars: set[str]) -> dict:
    """A post with those of its people who may sign; whoever must not is not told."""
    holders, substitutes = ({*who(m, post)} - bars for who in (persons.holders, persons.substitutes))
    return {
        "post": post,
        "free": persons.answers(m, post) - bars,
        "answers": holders or substitutes,
        "told": holders | substitutes,
        "auto": "",
        "by": None,
    }


def _once(found: list[dict]) -> list[dict]:
    """Each post once, and each person once who alone answers for several."""
    posts: dict[str, dict] = {}
    for seat in found:
        posts.setdefault(seat["post"], seat)
    kept: dict = {}
    for seat in posts.values():
        alone = len(seat["answers"]) == 1
        kept.setdefault(frozenset(seat["answers"]) if alone else seat["post"], seat)
    return list(kept.values())


def place(policy: dict, asked: set[str], bars: set[str], *, judges: bool, did: dict) -> str:
    """What becomes of a post that the policy names, with the people who answer for it."""
    free = asked - bars
    if not asked:
        return "empty"
    if free and judges and policy["on_repeat"] != "none" and free <= did["here"]:
        return "same_person"
    if free:
        return "ask"
    if asked & did["elsewhere"]:
        return "alternate"
    return {"skip": "own_matter", "to_head": "head"}.get(policy["on_self"], "alternate")


def instead_of(m: Matter, policy: dict, post: str, placed: str) -> list[str]:
    """Who signs instead of somebody who must not."""
    if placed == "head":
        return persons.posts_where(m, unit=m["posts"][post]["unit"], duty="head")
    return [policy["alternate"]] if placed == "alternate" and policy["alternate"] else []


def stand_ins(m: Matter, policy: dict) -> list[str]:
    """Who signs for empty posts, by the policy; somebody has to hold that post."""
    found = []
    if policy["on_empty"] == "named":
        found = [policy["stand_in"]]
    elif policy["on_empty"] == "admin":
        found = persons.posts_where(m, unit=persons.OFFICE, duty="desk")
    return [post for post in found if persons.answers(m, post)]
