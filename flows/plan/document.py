"""A plan file checked as a whole: every room's model composed, every error gathered with its line and path."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, islice
from pathlib import Path as FilePath
from types import SimpleNamespace
from typing import Any, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from flows.plan.reading import Source, read_bytes, read_file
from flows.plan.sections import SECTIONS
from flows.plan.soundness import unsound
from hetang_flow.lib.errors import Invalid
from hetang_flow.lib.plan_file import Finding, Path
from permissions.plan_names import Names, names_of
from permissions.plan_texts import schema_finding

MOST_ENTRIES = 2000  # of one list; more is no plan, and checks compare entries with each other
MOST_FINDINGS = 300


class PlanRefused(Invalid):
    """The file has errors; `findings` holds all of them, each with line and path. Nothing was loaded."""

    def __init__(self, name: str, findings: list[Finding]) -> None:
        super().__init__("plan-file-refused", {"file": name, "count": len(findings)})
        self.name = name
        self.findings = findings


@dataclass
class Document:
    """A plan: the sections' entries as attributes, the names they use, where each stands in the file."""

    source: Source
    parts: SimpleNamespace
    names: Names
    sound: dict[str, list[int]] = field(default_factory=dict)

    def __getattr__(self, key: str) -> Any:
        return getattr(self.__dict__["parts"], key)

    def broken(self, key: str) -> bool:
        """Whether some of this key's entries could not be read, so that nothing can be said about what is missing."""
        value = self.source.value.get(key)
        return not isinstance(value, list) or len(self.sound.get(key, ())) != len(value)

    @cached_property
    def line_codes(self) -> set[str]:
        """The codes of the lines as written, those of broken entries included."""
        lines = self.source.value.get("lines")
        entries = lines if isinstance(lines, list) else []
        return {str(entry.get("code")) for entry in entries if isinstance(entry, Mapping)}

    @cached_property
    def content(self) -> dict[str, Any]:
        """The whole plan as plain JSON values, as it is kept with its version."""
        return {
            key: TypeAdapter(info.annotation).dump_python(getattr(self.parts, key), mode="json")
            for key, info in KEYS.items()
        }

    def placed(self, finding: Finding) -> Finding:
        """The finding with the line at which its path stands, and with the indices of the file."""
        path, facts = finding.path, dict(finding.facts)
        if len(path) > 1 and isinstance(path[1], int) and path[0] in self.sound:
            indices = self.sound[str(path[0])]
            path = (path[0], indices[path[1]], *path[2:])
            if len(path) == 3 and isinstance(facts.get("first"), int):
                facts["first"] = indices[facts["first"]]
        return replace(finding, path=path, facts=facts, line=finding.line or self.source.line_of(path))


KEYS: dict[str, FieldInfo] = {
    key: info for section in SECTIONS for key, info in section.model.model_fields.items()
}


def read_plan(path: FilePath) -> Document:
    """Read and check a plan file; raise PlanRefused with every finding if there is an error."""
    return _checked(read_file(path))


def read_plan_bytes(data: bytes, name: str = "plan.yaml") -> Document:
    """Check a plan that is in memory; raise PlanRefused with every finding if there is an error."""
    return _checked(read_bytes(data, name))


def _checked(source: Source) -> Document:
    if not isinstance(source.value, dict):
        raise PlanRefused(source.name, source.problems)
    found = list(source.problems)
    parts, sound = _parts(source, found)
    document = Document(source, parts, names_of(source.value), sound)
    checked = chain.from_iterable(section.check(document) for section in SECTIONS)
    found += map(document.placed, islice(checked, MOST_FINDINGS))
    if not found:
        found += map(document.placed, unsound(document))
    if found:
        raise PlanRefused(source.name, sorted(found, key=lambda finding: finding.line))
    return document


def _parts(source: Source, found: list[Finding]) -> tuple[SimpleNamespace, dict[str, list[int]]]:
    """Check key by key and entry by entry, so that one error hides no other.

    Return the sound parts, and for each list the indices in the file of its sound entries.
    """
    parts, sound, wrong = SimpleNamespace(), dict[str, list[int]](), list[Finding]()
    value = source.value
    for key in value:
        if key not in KEYS:
            wrong.append(_schema_finding({"type": "extra_forbidden", "input": None}, (key,)))
    for key, info in KEYS.items():
        is_list = get_origin(info.annotation) is list
        if key not in value:
            if info.is_required():
                wrong.append(_schema_finding({"type": "missing", "input": None}, (key,)))
            setattr(parts, key, [] if is_list else None)
        elif is_list and isinstance(value[key], list):
            entries = _entries(key, value[key], info, wrong)
            sound[key] = list(entries)
            setattr(parts, key, list(entries.values()))
        else:
            found_here = _validated(TypeAdapter(info.annotation), value[key], (key,), wrong)
            setattr(parts, key, [] if is_list else found_here)
    found += [replace(finding, line=source.line_of(finding.path)) for finding in wrong]
    return parts, sound


def _entries(key: str, value: list[Any], info: FieldInfo, wrong: list[Finding]) -> dict[int, Any]:
    """The entries of a list that can be used, by index."""
    if not value and info.metadata:
        wrong.append(_schema_finding({"type": "too_short", "input": value}, (key,)))
    if len(value) > MOST_ENTRIES:
        wrong.append(
            _schema_finding({"type": "too_many", "ctx": {"most": MOST_ENTRIES}, "input": None}, (key,))
        )
        return {}
    adapter = TypeAdapter(get_args(info.annotation)[0])
    checked = {index: _validated(adapter, item, (key, index), wrong) for index, item in enumerate(value)}
    return {index: entry for index, entry in checked.items() if entry is not None}


def _validated(adapter: TypeAdapter[Any], value: Any, path: Path, wrong: list[Finding]) -> Any:
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        wrong += [_schema_finding(item, (*path, *item["loc"])) for item in error.errors(include_url=False)]
        return None


def _schema_finding(error: Mapping[str, Any], path: Path) -> Finding:
    return schema_finding(error, path, _allowed(path[:-1]) if error["type"] == "extra_forbidden" else ())


def _allowed(path: Path) -> list[str]:
    """The keys that may stand at a path."""
    fields: Mapping[str, FieldInfo] = KEYS
    for part in path:
        if isinstance(part, int) or part not in fields:
            continue
        models = [fields[part].annotation, *get_args(fields[part].annotation)]
        model = next((m for m in models if isinstance(m, type) and issubclass(m, BaseModel)), None)
        if model is None:
            return []
        fields = model.model_fields
    return list(fields)
