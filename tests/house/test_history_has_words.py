"""Whatever the engine writes into the record reads as a sentence in a run's history."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from flows.engine import nodes, registry, resolvers
from flows.engine.selectors_history import SAID_BY_ANOTHER, WORDS
from notifications.catalogue import KINDS

ENGINE = Path(settings.BASE_DIR) / "flows" / "engine"
KIND = re.compile(r"(run|step|share|signers?|assignees|copy|subrun|work|policy|token)\.[a-z_]+")
# What is only told is a notice; what a policy names is a resolver.
NO_ENTRIES = KINDS.keys() | resolvers.known() | resolvers.known_recusals()
TELLS = ("tell", "tell_campaign_office")


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    """The calls of methods of these names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in names:
            yield node


def texts(nodes_: list[ast.expr]) -> Iterator[str]:
    """The plain texts among arguments."""
    for node in nodes_:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def recorded(source: str) -> set[str]:
    """The kinds a module writes: named in a call of record, or handed on to one that records."""
    tree = ast.parse(source)
    found = {kind for call in calls(tree, "record", "changed", "draft") for kind in texts(call.args[:1])}
    told = {id(arg) for call in calls(tree, *TELLS) for arg in call.args}
    handed = (
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
    )
    return found | {text for text in handed if KIND.fullmatch(text) and text not in NO_ENTRIES}


def kinds() -> set[str]:
    """Every kind that stands in the engine's source, and how a run may end."""
    found: set[str] = set()
    for path in ENGINE.rglob("*.py"):
        if "migrations" not in path.parts and path.name != "selectors_history.py":
            found |= recorded(path.read_text())
    ends = {node.outcome for node in (nodes.End, nodes.Stop)} | {"withdrawn", "terminated", "closed", "void"}
    return found | {f"run.{outcome}" for outcome in ends}


def test_every_kind_the_engine_writes_has_its_sentence():
    found = kinds()
    assert {"share.approved", "share.delegated", "step.woke", "signers.added", "run.void"} <= found, (
        "it looks"
    )
    known = set(WORDS) | set(registry._WORDS) | SAID_BY_ANOTHER
    assert found - known == set(), "Say in flows/engine/selectors_history.py how these read."


def test_no_sentence_is_left_over():
    assert set(WORDS) - kinds() - set(KINDS) == set()
    assert not set(WORDS) & SAID_BY_ANOTHER


@pytest.mark.parametrize(
    "source",
    [
        'move.record("share.juggled", step)',
        'return _ask(move, kind="share.juggled")',
        '_pass(1, "step.juggled")',
    ],
)
def test_a_new_kind_is_found_wherever_it_is_named(source):
    (kind,) = recorded(source)
    assert kind.endswith(".juggled")


def test_what_is_only_told_is_no_kind_of_the_record():
    assert recorded('move.tell("step.nudged", step, people, key="x")') == set()
