"""How a step passes, and whose turn it is."""

from .words import GONE, NO, TO_COME, YES, Matter, Share, of

NEEDED = {"any_of": "one", "all_of": "every", "sequential": "every"}


def stand(m: Matter, step: int, *, without: int | None = None) -> tuple[str, dict[int, str]]:
    """What a step has come to, and how each share that nobody has used should read."""
    policy, shares = m["steps"][step]["policy"], [dict(s) for s in of(m, step)]
    for share in shares:
        if share["id"] == without:
            share["status"] = "waiting"
    return judged(policy, shares)


def judged(policy: dict, shares: list[Share]) -> tuple[str, dict[int, str]]:
    """The same for shares that are not written yet."""
    top = {"mode": policy["mode"], "members": list(_members(shares, policy, None, 0, 0, policy["mode"]))}
    top["threshold"] = policy["threshold"]
    returned = any(s["status"] == "returned" for s in shares if s["role"] == "sign")
    result = "refused" if returned else _verdict(top, policy)
    statuses: dict[int, str] = {}
    _spread(top, policy, shares, True, returned, statuses)
    return result, statuses


def _members(shares, policy, root, turn, group, mode):
    """Each signer with what was added before and after it; those beside it share its place where places count."""
    for share in shares:
        if share["role"] != "sign" or share["status"] in GONE:
            continue
        if (share["root"], share["turn"], share["group"]) != (root, turn, group):
            continue
        before, beside, after = (_groups(shares, policy, share, turn) for turn in (-1, 0, 1))
        row = [*reversed(before), share, *after]
        own = {"mode": "sequential", "members": row, "weight": share["weight"]} if len(row) > 1 else share
        if beside and mode in ("sequential", "vote"):
            yield {"mode": "all_of", "members": [own, *beside], "weight": share["weight"]}
        else:
            yield own
            yield from beside


def _groups(shares, policy, share, turn):
    """Those added to a share before (-1), beside (0) or after (1) it, one group an addition."""
    found = {}
    for other in shares:
        added = other["role"] == "sign" and other["root"] == share["id"] and other["turn"] == turn
        if added and other["group"] and other["status"] not in GONE:
            found[other["group"]] = other["group_mode"]
    return [
        {
            "mode": mode,
            "weight": 1,
            "members": list(_members(shares, policy, share["id"], turn, number, mode)),
        }
        for number, mode in sorted(found.items())
    ]


def _verdict(who, policy) -> str:
    if "members" not in who:
        return "granted" if who["status"] in YES else "refused" if who["status"] in NO else "pending"
    said = [_verdict(member, policy) for member in who["members"]]
    if not said:
        return "pending"
    if policy["on_no"] == "veto" and "refused" in said:
        return "refused"
    if who["mode"] == "vote":
        weigh = dict.fromkeys(("granted", "refused", "pending"), 0)
        for member, word in zip(who["members"], said, strict=True):
            weigh[word] += member["weight"]
        total = sum(weigh.values())
        if _carries(weigh["granted"], total, who["threshold"]):
            return "granted"
        return "pending" if _carries(total - weigh["refused"], total, who["threshold"]) else "refused"
    if NEEDED[who["mode"]] == "one":
        return next((word for word in ("granted", "pending") if word in said), "refused")
    return next((word for word in ("pending", "refused") if word in said), "granted")


def _carries(yes: int, total: int, threshold: int) -> bool:
    """The percentage is reached, and it is more than half."""
    return yes * 100 >= total * threshold and yes * 2 > total


def _spread(who, policy, shares, live, settled, statuses) -> None:
    if "members" in who:
        settled = settled or _verdict(who, policy) != "pending"
        turn = live
        for member in who["members"]:
            said = _verdict(member, policy) != "pending"
            _spread(member, policy, shares, turn, settled or said, statuses)
            if who["mode"] == "sequential" and not said:
                turn = False
        return
    undecided = _verdict(who, policy) == "pending"
    waits = False
    for advice in shares:
        if advice["role"] == "advise" and advice["root"] == who["id"] and advice["status"] in TO_COME:
            statuses[advice["id"]] = "open" if undecided and not settled else "moot"
            waits |= advice["blocks"]
    if undecided:
        statuses[who["id"]] = "moot" if settled else "open" if live and not waits else "waiting"
