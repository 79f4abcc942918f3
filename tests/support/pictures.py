"""Small invented flows as plain pictures: each node is written as a function of where it leads."""

from collections.abc import Callable

from flows.engine.rules.soundness import (
    Case,
    Edge,
    Fault,
    Flow,
    How,
    Kind,
    Known,
    Node,
    Policy,
    Report,
    Roster,
    Seat,
    judge,
)
from flows.engine.soundness_texts import sentence

Made = Callable[[str], Node]
KNOWN = Known(frozenset({"somebody", "run.initiator"}), frozenset({"served"}), None)


def _node(kind: Kind, *edges: Edge, **more) -> Made:
    return lambda name: Node(name, kind, edges, title=name, **more)


def start(to: str) -> Made:
    return _node(Kind.START, Edge(to))


def work(to: str) -> Made:
    return lambda name: Node(name, Kind.WORK, (Edge(to),), name, policy=name)


def sign(yes: str, no: str) -> Made:
    edges = (Edge(yes, How.GRANTED), Edge(no, How.REFUSED))
    return lambda name: Node(name, Kind.SIGN, edges, name, policy=name)


def effect(to: str) -> Made:
    return _node(Kind.EFFECT, Edge(to))


def choice(*cases: str, default: str = "") -> Made:
    edges = [Edge(to, How.CASE, f"to {to}") for to in cases]
    return _node(Kind.CHOICE, *edges, *([Edge(default, How.DEFAULT)] if default else []))


def split(*always: str, cases: tuple[str, ...] = (), default: str = "") -> Made:
    edges = [Edge(to, How.ALWAYS) for to in always] + [Edge(to, How.CASE, f"to {to}") for to in cases]
    return _node(Kind.SPLIT, *edges, *([Edge(default, How.DEFAULT)] if default else []))


def join(to: str) -> Made:
    return _node(Kind.JOIN, Edge(to))


def delay(to: str, days: int = 1) -> Made:
    return _node(Kind.DELAY, Edge(to), days=days)


def sub_run(sub: str, yes: str, no: str, *, waits: bool = True) -> Made:
    return _node(Kind.SUBRUN, Edge(yes, How.GRANTED), Edge(no, How.REFUSED), sub=sub, waits=waits)


end = _node(Kind.END)
stop = _node(Kind.STOP)


def flow(key: str = "tiny", most_days: int | None = None, **nodes: Made) -> Flow:
    """A flow of these nodes by name."""
    return Flow(key, key, {name: made(name) for name, made in nodes.items()}, most_days)


def policies_for(*flows: Flow, **changed: dict) -> dict[str, Policy]:
    """A plain policy for every step of people, with the values given by the step's name."""
    names = [node.policy for each in flows for node in each.nodes.values() if node.policy]
    plain = {"resolver": "somebody", "limit_days": 3}
    return {name: Policy(name, **(plain | changed.get(name, {}))) for name in names}


def judged(*flows: Flow, known: Known = KNOWN, **changed: dict) -> Report:
    """The gate's report on these flows, without people."""
    return judge(flows, policies_for(*flows, **changed), known)


def path_of(fault: Fault) -> str:
    """A path as one line: each node, and what was decided or who is asked there."""
    said = (f"{stop.node}({stop.words or stop.how})" if stop.how else stop.node for stop in fault.trail)
    return " > ".join(said) + (" > ..." if fault.again else "")


def found(report: Report) -> list[tuple[str, str]]:
    """Every fault by its code and its path; each must have its sentence."""
    assert all(sentence(fault, report) for fault in report.faults)
    return [(fault.code, path_of(fault)) for fault in report.faults]


# --- people ---

OFFICE = "campaign-office"


def roster(**posts: tuple[str, str, str]) -> Roster:
    """Posts by code, each as (unit, duty, the people who hold it)."""
    units = {unit: number for number, unit in enumerate(dict.fromkeys(post[0] for post in posts.values()))}
    people = {
        name: n for n, name in enumerate(sorted({p for post in posts.values() for p in post[2].split()}))
    }
    seats = [
        Seat(n, code, code, duty, units[unit], frozenset(people[name] for name in held.split()))
        for n, (code, (unit, duty, held)) in enumerate(posts.items())
    ]
    return Roster(
        {seat.code: seat for seat in seats},
        {number: unit for unit, number in units.items()},
        units,
        names={number: name for name, number in people.items()},
    )


def staffed(
    who: Roster, asked: dict[str, list[str]], *, served: str = "", recused: str = "", **policies
) -> Report:
    """The gate's report on submit, first and second sign-off of one matter; resolvers are named like the steps."""
    picture = flow(start=start("submit"), submit=work("first"), first=sign("second", "submit"),
                   second=sign("z", "submit"), z=end)  # fmt: skip
    rules = policies_for(picture, **{"submit": {"resolver": "run.initiator"}} | policies)
    for name in ("first", "second"):
        given = {"resolver": name, "duty": name} | policies.get(name, {})
        rules[name] = policies_for(picture, **{name: given})[name]
    known = Known(
        frozenset({"run.initiator", "first", "second"}), frozenset({"served"}), frozenset(who.seats)
    )
    units = frozenset(who.codes[unit] for unit in served.split())
    aside = {"served": frozenset(who.codes[unit] for unit in recused.split())}
    case = Case(frozenset({"tiny"}), "the matter", asked, aside, units)
    return judge([picture], rules, known, who, [case])
