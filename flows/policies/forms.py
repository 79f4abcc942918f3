"""What people type about a policy, read into the form of the plan file; what is wrong is said by the same checks."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from flows.engine import resolvers
from flows.engine.rules import LONGEST_TEXT
from hetang_flow.lib.errors import Invalid
from hetang_flow.lib.plan_file import PRESET, Finding, nearest

from .words import CHECK, CHECKS, COLUMNS, FORBIDS, LINES, NUMBER, POST, Column

MOST_TYPED = 4000
PAIR = re.compile(r"\s*(.+?)\s*[:：=]\s*(.*?)\s*")
WHOLE = re.compile(r"-?[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Row:
    """One column on the form: what stands in it, what can be chosen, what is wrong."""

    column: Column
    value: Any
    choices: Sequence[tuple[str, Any]]
    errors: Sequence[str]


def read(posted: QueryDict, key: str, posts: Mapping[str, str]) -> dict[str, Any]:
    """The values typed on the form, as the plan file would have them; what cannot be read stays as it was typed."""
    return {"key": key} | {column.name: _typed(column, posted, posts) for column in COLUMNS}


def _typed(column: Column, posted: QueryDict, posts: Mapping[str, str]) -> Any:
    if column.kind == CHECKS:
        return posted.getlist(column.name)
    typed = posted.get(column.name, "")[:MOST_TYPED].strip()
    if column.kind == CHECK:
        return bool(typed)
    if column.kind == NUMBER:
        return _number(typed)
    if column.kind == POST:
        return _post(typed, posts)
    if column.kind == LINES:
        return dict(_pair(line, posts) for line in typed.splitlines() if line.strip())
    return typed or (PRESET if column.name == "clause" else "")


def _number(typed: str) -> int | str | None:
    """A whole number; nothing for nothing."""
    if not typed:
        return None
    return int(typed) if WHOLE.fullmatch(typed) else typed


def _post(typed: str, posts: Mapping[str, str]) -> str | None:
    """The code of a post that was named by code or name; what names none is left for the check to refuse."""
    if not typed or typed in posts:
        return typed or None
    codes = [code for code, name in posts.items() if name == typed]
    return codes[0] if len(codes) == 1 else typed


def _pair(line: str, posts: Mapping[str, str]) -> tuple[str, Any]:
    found = PAIR.fullmatch(line)
    name, value = found.groups() if found else (line.strip(), "")
    return _post(name, posts) or name, int(value) if WHOLE.fullmatch(value) else value


def kept(text: str) -> dict[str, Any]:
    """The values of a rehearsal as its page sends them back."""
    try:
        values = json.loads(text[: 10 * MOST_TYPED])
    except ValueError as error:
        raise Invalid("form-incomplete") from error
    if not isinstance(values, dict):
        raise Invalid("form-incomplete")
    return values


def packed(values: Mapping[str, Any]) -> str:
    """The values of a rehearsal as text for its page."""
    return json.dumps(values, ensure_ascii=False)


def rows(values: Mapping[str, Any], posts: Mapping[str, str], findings: Sequence[Finding] = ()) -> list[Row]:
    """The form, column by column, with what is wrong at each."""
    return [
        Row(
            column,
            _shown(column, values.get(column.name)),
            _choices(column),
            _unknown(column, values.get(column.name), posts)
            or [finding.text for finding in findings if finding.path[:1] == (column.name,)],
        )
        for column in COLUMNS
    ]


def _unknown(column: Column, value: Any, posts: Mapping[str, str]) -> list[str]:
    """A post that was named and is none; the plan file's own words would speak of the file."""
    if column.kind == POST and isinstance(value, str):
        said = [value]
    elif column.name == "weights" and isinstance(value, Mapping):
        said = [*value]
    else:
        return []
    message = _("There is no post “%(said)s”. Write its code or its full name; close to it: %(near)s.")
    known = [*posts, *posts.values()]
    return [
        message % {"said": name, "near": nearest(name, known) or "—"} for name in said if name not in posts
    ]


def _shown(column: Column, value: Any) -> Any:
    if column.kind == LINES and isinstance(value, Mapping):
        return "\n".join(f"{name}: {part}" for name, part in value.items())
    return value if value is not None or column.kind != NUMBER else ""


def _choices(column: Column) -> Sequence[tuple[str, Any]]:
    if column.choices is not None:
        return column.choices.choices
    if column.name == "resolver":
        return [(name, resolvers.label_of(name)) for name in sorted(resolvers.known())]
    if column.name == "recuse":
        return [(name, resolvers.label_of(name)) for name in sorted(resolvers.known_recusals())]
    return list(FORBIDS.items()) if column.name == "forbids" else ()


class ReasonForm(forms.Form):
    """Why; whether it is long enough is for the engine's rule to say."""

    reason = forms.CharField(required=False, max_length=LONGEST_TEXT, strip=True)


class ProposalForm(ReasonForm):
    """A rehearsed version: on which one it rests."""

    base = forms.IntegerField(min_value=1)


class MoveForm(ReasonForm):
    """From which open step to which other."""

    step = forms.IntegerField()
    to = forms.CharField(max_length=60)


def chosen_runs(posted: QueryDict) -> list[UUID]:
    """The runs ticked on the page of a rehearsal."""
    try:
        return [UUID(text) for text in posted.getlist("run")]
    except ValueError as error:
        raise Invalid("form-incomplete") from error


def given(form: forms.Form) -> dict[str, Any]:
    """What was typed; a form that cannot be read is a refusal like any other."""
    if form.is_valid():
        return form.cleaned_data
    if "reason" in form.errors:
        length = len(form.data.get("reason", "").strip())
        raise Invalid("text-too-long", {"field": "reason", "most": LONGEST_TEXT, "length": length})
    raise Invalid("form-incomplete", {"field": next(iter(form.errors))})
