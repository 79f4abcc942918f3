"""What the sections share during one load: keys already written, the last version, the differences found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import ProtectedError

from hetang_flow.lib.errors import Invalid
from hetang_flow.lib.plan_file import Change

Written = dict[Any, tuple[dict[str, Any] | None, dict[str, Any]]]


@dataclass
class Context:
    """One load. `previous` is the document of the version in force, empty before the first."""

    plan: Any
    previous: Mapping[str, Any]
    happened: datetime
    unit_ids: dict[str, int] = field(default_factory=dict)
    post_ids: dict[str, int] = field(default_factory=dict)
    line_ids: dict[str, int] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    totals: dict[str, int] = field(default_factory=dict)

    @cached_property
    def unit_codes(self) -> dict[int, str]:
        """Codes of organisations by key."""
        return {key: code for code, key in self.unit_ids.items()}

    @cached_property
    def post_codes(self) -> dict[int, str]:
        """Codes of posts by key."""
        return {key: code for code, key in self.post_ids.items()}

    def add(self, change: Change) -> None:
        """Note one difference."""
        self.changes.append(change)

    def counted(self, section: str, total: int) -> None:
        """Note how many entries of a section the file has."""
        self.totals[section] = total

    def wrote(self, section: str, total: int, written: Written, names: Mapping[Any, str]) -> None:
        """Note what write_rows wrote of a section."""
        self.counted(section, total)
        for key, (before, after) in written.items():
            what = "created" if before is None else "changed"
            self.add(Change(section, what, str(key), names.get(key, str(key)), before, after))

    def with_children(self, written: Written, children: Mapping[str, Any], ids: Mapping[str, int]) -> None:
        """Add to each parent's difference what its lists (leaders, units ...) were and are, by code."""
        codes = {"leaders": self.post_codes, "posts": self.post_codes, "units": self.unit_codes}
        parents = {key: code for code, key in ids.items()}
        for name, differing in children.items():
            shown = codes.get(name, {})
            for key, (before, after) in differing.items():
                old, new = written.get(parents[key], ({}, {}))
                was = None if old is None else {**old, name: [_row(row, shown) for row in before]}
                written[parents[key]] = (was, {**new, name: [_row(row, shown) for row in after]})

    def refuse_missing(self, section: str, wanted: Iterable[str]) -> None:
        """Refuse a file that dropped an entry which only lives on by its own flow (a line, a project)."""
        missing = sorted({entry["code"] for entry in self.previous.get(section, [])} - set(wanted))
        if missing:
            raise Invalid("plan-entry-missing", {"section": section, "codes": "、".join(missing)})

    def remove(self, section: str, model: Any, stored: Mapping[str, Any], wanted: Iterable[str]) -> None:
        """Delete what the version in force had and the file no longer has; refuse when work depends on it."""
        kept, dropped = set(wanted), []
        for entry in self.previous.get(section, []):
            code = entry["code"]
            if code in stored and code not in kept:
                dropped.append(stored[code].pk)
                self.add(
                    Change(
                        section, "removed", code, str(stored[code]), before={"clause": stored[code].clause}
                    )
                )
        if not dropped:
            return
        try:
            model.objects.filter(pk__in=dropped).delete()
        except ProtectedError as error:
            codes = "、".join(change.key for change in self.changes if change.what == "removed")
            raise Invalid("plan-entry-missing", {"section": section, "codes": codes}) from error


def _row(values: tuple[Any, ...], codes: Mapping[int, str]) -> str:
    """A child as one text: the code of its post or unit, then what marks it."""
    first, *rest = values
    marks = [str(value) for value in rest if value not in (False, "")]
    return " ".join([str(codes.get(first, first)), *marks])
