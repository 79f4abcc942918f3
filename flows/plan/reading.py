"""From a file to plain values with the line of each: bytes, encoding, YAML without aliases, tags or doubles.

Only text, whole numbers, true, false and null are told apart; days and amounts stay text, so that they are exact
and can be shown as written.
"""

import hashlib
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

import yaml
from django.utils.translation import gettext_lazy as _

from hetang_flow.lib.plan_file import Finding, Path

MOST_BYTES = 1_000_000
DEEPEST = 12

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,14})")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_LISTED = (yaml.events.SequenceStartEvent, yaml.events.MappingStartEvent)


@dataclass(slots=True)
class Source:
    """A plan file read: its plain value, the line of every path, and what was wrong."""

    name: str
    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    sha256: str = ""
    problems: list[Finding] = field(default_factory=list)

    def line_of(self, path: Path) -> int:
        """The line of a path, or of the nearest part above it that stands in the file; 1 for the whole."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class Broken(Exception):
    """The text cannot be read further; carries the one finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def read_file(path: FilePath) -> Source:
    """Read a plan file; whatever is wrong is in `problems`, nothing is raised."""
    source = Source(str(path))
    try:
        data = _bytes(path)
        source.sha256 = hashlib.sha256(data).hexdigest()
        source.value = _Builder(source).build(_decoded(data))
    except Broken as broken:
        source.problems.append(broken.finding)
    return source


def read_bytes(data: bytes, name: str = "plan.yaml") -> Source:
    """Read a plan that is in memory already, under the same rules."""
    source = Source(name, sha256=hashlib.sha256(data).hexdigest())
    try:
        _refuse_size(len(data))
        source.value = _Builder(source).build(_decoded(data))
    except Broken as broken:
        source.problems.append(broken.finding)
    return source


def _bytes(path: FilePath) -> bytes:
    """The file's bytes; its size is looked at before a byte is read."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise Broken(Finding("file-not-regular", _("This is no ordinary file. Name a YAML file.")))
        _refuse_size(found.st_size)
        with path.open("rb") as opened:
            data = opened.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise Broken(Finding("file-missing", _("There is no such file. Check the path."))) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        message = _("The file cannot be opened (%(reason)s). Check its permissions.")
        raise Broken(Finding("file-unreadable", message, {"reason": reason})) from error
    _refuse_size(len(data))
    return data


def _refuse_size(size: int) -> None:
    if size > MOST_BYTES:
        message = _(
            "The file has %(size)s bytes, more than the %(limit)s allowed. "
            "A plan is text: check that this is the right file."
        )
        raise Broken(Finding("file-too-large", message, {"size": f"{size:,}", "limit": f"{MOST_BYTES:,}"}))
    if not size:
        raise Broken(Finding("file-empty", _("The file is empty. Give the plan as YAML text.")))


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        message = _("The file is encoded as UTF-16. Save it as UTF-8 and try again.")
        raise Broken(Finding("file-encoding", message, line=1))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        try:
            data.decode("gb18030")
            message = _("The file looks like GBK, not UTF-8. Save it as UTF-8 and try again.")
        except UnicodeDecodeError:
            message = _("The file is not UTF-8 text. Save it as UTF-8 and try again.")
        raise Broken(Finding("file-encoding", message, line=line)) from error


class _Builder:
    """Makes plain values out of YAML events, noting the line of each."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def build(self, text: str) -> Any:
        """The value of the one document in the text."""
        try:
            self.events = iter(yaml.parse(text, Loader=_Loader))
            return self._stream()
        except yaml.YAMLError as error:
            raise Broken(_syntax(error, text)) from error

    def _stream(self) -> Any:
        next(self.events)  # the start of the stream
        if isinstance(next(self.events), yaml.events.StreamEndEvent):
            message = _("The file has no content but blanks and comments. Give the plan as YAML text.")
            raise Broken(Finding("file-empty", message))
        value = self._value(next(self.events), ())
        next(self.events)  # the end of the document
        further = next(self.events)
        if isinstance(further, yaml.events.DocumentStartEvent):
            message = _("The file holds a second YAML document (---). Keep one plan in one file.")
            raise Broken(Finding("yaml-two-documents", message, line=further.start_mark.line + 1))
        if not isinstance(value, dict):
            message = _("The file is not a list of named sections. Begin it with a key such as campaign:")
            raise Broken(Finding("yaml-not-a-mapping", message))
        return value

    def _value(self, event: Any, path: Path) -> Any:
        line = event.start_mark.line + 1
        self.source.lines.setdefault(path, line)
        if isinstance(event, yaml.events.AliasEvent) or getattr(event, "anchor", None):
            message = _("Anchors and aliases (& and *) are not used in a plan. Write the value out.")
            raise Broken(Finding("yaml-alias", message, path=path, line=line))
        if getattr(event, "tag", None) not in (None, "!"):
            message = _("Tags (!) are not used in a plan. Remove %(tag)s.")
            raise Broken(Finding("yaml-tag", message, {"tag": event.tag}, path=path, line=line))
        if isinstance(event, _LISTED) and len(path) >= DEEPEST:
            message = _("The file is nested deeper than any plan is. Check brackets and indentation.")
            raise Broken(Finding("yaml-too-deep", message, path=path, line=line))
        if isinstance(event, yaml.events.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.events.SequenceStartEvent):
            return self._sequence(path)
        return _scalar(event)

    def _sequence(self, path: Path) -> list[Any]:
        values: list[Any] = []
        while not isinstance(event := next(self.events), yaml.events.SequenceEndEvent):
            values.append(self._value(event, (*path, len(values))))
        return values

    def _mapping(self, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.events.MappingEndEvent):
            if not isinstance(event, yaml.events.ScalarEvent):
                message = _("A key must be a word. Check brackets and indentation.")
                raise Broken(Finding("yaml-key", message, path=path, line=event.start_mark.line + 1))
            key, line = event.value, event.start_mark.line + 1
            if key in values:
                message = _("The key “%(key)s” stands here twice (first in line %(first)s). Keep one.")
                facts = {"key": key, "first": self.source.lines[(*path, key)]}
                self.source.problems.append(
                    Finding("yaml-double-key", message, facts, (*path, key), line=line)
                )
                self._value(next(self.events), (*path, key))
                continue
            self.source.lines[(*path, key)] = line
            values[key] = self._value(next(self.events), (*path, key))
        return values


def _scalar(event: Any) -> Any:
    """Text, a whole number, true, false or null; what is quoted is text."""
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _INTEGER.fullmatch(text) else text


def _syntax(error: yaml.YAMLError, text: str) -> Finding:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    position = getattr(error, "position", None)
    line = mark.line + 1 if mark else text.count("\n", 0, position) + 1 if position else 1
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    message = _("This is not YAML (%(reason)s). Check indentation, colons, quotes and brackets near here.")
    return Finding("yaml-broken", message, {"reason": reason}, line=line)


__all__ = ["MOST_BYTES", "Broken", "Source", "read_bytes", "read_file"]
