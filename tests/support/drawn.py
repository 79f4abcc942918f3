"""Policies told from plain numbers, digit by digit."""

from collections.abc import Sequence
from typing import Any

from tests.support.model import maps

CREWS = (
    "lin", "lin luo", "lin luo ke", "zhao qian sun", "ke ma", "kong", "lin kong", "chen lin", "gao lin zhao", "chen",
    "wang", "he ke", "zhao", "lin zhao", "du bai chen", "luo ke wang qian",
)  # fmt: skip
MODES = ("all_of", "any_of", "sequential", "vote")


def policies_of(flow: str, numbers: Sequence[int]) -> dict[str, dict[str, Any]]:
    """A policy for each human node, told from a number."""
    nodes = [name for name, node in maps.MAPS[flow].items() if node["is"] in maps.HUMAN]
    return {
        node: policy_of(node, maps.MAPS[flow][node]["is"], number)
        for node, number in zip(nodes, numbers, strict=False)
    }


def policy_of(node: str, kind: str, number: int) -> dict[str, Any]:
    """What a policy says, digit by digit."""

    def pick(*choices: Any) -> Any:
        nonlocal number
        number, digit = divmod(number, len(choices))
        return choices[digit]

    crew = pick(*CREWS) if kind == "sign" else {"draft": "chen", "file": "gao", "aside": "wang"}[node]
    policy = {
        "name": f"trial.{node}", "asks": crew.split(), "mode": pick(*MODES), "on_no": pick("veto", "count"),
        "on_self": pick("allow", "forbid", "skip", "to_head"), "on_repeat": pick("none", "none", "consecutive", "all"),
        "on_empty": pick("block", "admin", "named"), "alternate": pick(None, "liu", "wang", "ke"),
        "on_timeout": pick("remind", "escalate", "transfer", "approve", "reject"), "limit": pick(None, 2, 5),
        "duty": pick(f"trial.{node}", "trial.both"), "threshold": pick(50, 60, 75), "stand_in": "liu",
        "forbids": pick([], [], [], ["transfer"], ["return"], ["add_before", "delegate"], ["consult", "add_after"]),
        "weights": {name: pick(1, 1, 2, 3) for name in crew.split()[:2]}, "urge_hours": 4,
    }  # fmt: skip
    if kind == "work":
        policy |= {"on_self": "allow", "on_repeat": "none"}
    if policy["on_timeout"] == "transfer" and not policy["alternate"]:
        policy["on_timeout"] = "remind"
    return policy
