"""The trial flows as maps: what lies behind each node."""

STRAIGHT = {
    "draft": {"is": "work", "next": "check"},
    "check": {"is": "sign", "yes": "note", "no": "draft"},
    "note": {"is": "effect", "says": "trial.noted", "binds": False, "next": "confirm"},
    "confirm": {"is": "sign", "yes": "route", "no": "draft"},
    "route": {"is": "choice", "word": "用印", "then": "seal", "else": "file"},
    "seal": {"is": "effect", "says": "trial.sealed", "binds": True, "next": "file"},
    "file": {"is": "work", "next": "end"},
    "end": {"is": "end", "outcome": "completed"},
}
PARALLEL = {
    "draft": {"is": "work", "next": "fork"},
    "fork": {"is": "split", "ways": ["left", "right", "aside"]},
    "left": {"is": "sign", "yes": "left_again", "no": "draft"},
    "left_again": {"is": "sign", "yes": "meet", "no": "left"},
    "right": {"is": "sign", "yes": "meet", "no": "stopped"},
    "aside": {"is": "work", "next": "filed"},
    "filed": {"is": "end", "outcome": "completed"},
    "meet": {"is": "join", "next": "close"},
    "close": {"is": "sign", "yes": "publish", "no": "draft"},
    "publish": {"is": "effect", "says": "trial.published", "binds": True, "next": "end"},
    "end": {"is": "end", "outcome": "completed"},
    "stopped": {"is": "stop", "outcome": "refused"},
}
MAPS = {"Straight": STRAIGHT, "Parallel": PARALLEL}
HUMAN = ("work", "sign")


def forward(flow: dict) -> list[tuple[str, str]]:
    """The ways on: a "no" that leads to where one came from is none."""
    ways = [(name, to) for name, node in flow.items() for to in _ways(node)]
    noes = [(name, node["no"]) for name, node in flow.items() if "no" in node]
    return ways + [(name, to) for name, to in noes if name not in _reach(ways, to) | {to}]


def _ways(node: dict) -> list[str]:
    single = [node[key] for key in ("next", "yes", "then", "else") if key in node]
    return single + node.get("ways", [])


def downstream(flow: dict, name: str) -> set[str]:
    """What lies behind a node."""
    return _reach(forward(flow), name)


def upstream(flow: dict, name: str) -> set[str]:
    """What lies before a node."""
    return _reach([(to, src) for src, to in forward(flow)], name)


def _reach(ways: list[tuple[str, str]], start: str) -> set[str]:
    found, frontier = set(), [start]
    while frontier:
        here = frontier.pop()
        for src, to in ways:
            if src == here and to not in found:
                found.add(to)
                frontier.append(to)
    return found


def touches(path: tuple, other: tuple) -> bool:
    """Whether one branch is the other, or lies within it."""
    least = min(len(path), len(other))
    return path[:least] == other[:least]
