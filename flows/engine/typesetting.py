"""Setting a paper (PDF): words go to a template of `templates/papers` as data, never as source.

So nothing that somebody wrote can become a command.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import typst
from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from pylopdf_fonts_zh_cn import serif_path

from flows.journal.selectors import newest_seal

TEMPLATES = settings.BASE_DIR / "templates" / "papers"
# Kept for decades: PDF/A-2b carries its fonts and says how it is to be read.
ARCHIVE = "a-2b"
# In letters, of which a Chinese sign takes two: a fact as short as this shares its line with the next.
SHORT = 28
LONGEST_NAME = 100
STEERING = frozenset({"Cc", "Cf", "Cs"})


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and its value, as a cell each."""

    name: str
    value: str


def pdf(template: str, paper: Mapping[str, Any], *, at: datetime) -> bytes:
    """What a paper says, set by a template.

    PDF/A-2b, unless somebody wrote a sign that no font has: then a plain PDF shows an empty box for it.
    """
    words = json.dumps({"seal": seal_line(), **paper}, ensure_ascii=False)
    try:
        return _set(template, words, at, ARCHIVE)
    except typst.TypstError:
        return _set(template, words, at, [])


def seal_line() -> str:
    """The newest seal of the record, as papers and lists bear it: whoever keeps one can tell later what was rewritten."""
    seal = newest_seal()
    if seal is None:
        return ""
    return _("Record seal %(code)s of %(day)s") % {
        "code": seal.code,
        "day": date_format(seal.day, "DATE_FORMAT"),
    }


def _set(template: str, words: str, at: datetime, standard: Any) -> bytes:
    return typst.compile(
        TEMPLATES / template,
        root=TEMPLATES,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"paper": words},
        timestamp=int(at.timestamp()),
        pdf_standards=standard,
    )


@cache
def _fonts() -> typst.Fonts:
    """The packaged fonts, read once; a machine needs none of its own."""
    return typst.Fonts(include_system_fonts=False, font_paths=[serif_path().parent])


def kept_as(*words: str) -> str:
    """A name under which the paper can be kept on any system."""
    name = re.sub(r'[\\/:*?"<>|\s]+', " ", printable(" ".join(words))).strip(" .")
    return f"{name[:LONGEST_NAME].rstrip(' .')}.pdf"


def fact_lines(said: Iterable[tuple[str, str]]) -> list[list[Fact]]:
    """Two short facts share a line, a long one has its own; one without a value has none."""
    lines: list[list[Fact]] = []
    for name, value in said:
        if not value:
            continue
        fact = Fact(printable(name), printable(value))
        if lines and len(lines[-1]) == 1 and _is_short(lines[-1][0]) and _is_short(fact):
            lines[-1].append(fact)
        else:
            lines.append([fact])
    return lines


def _is_short(fact: Fact) -> bool:
    return all(letters(line) <= SHORT for line in fact.value.splitlines())


def letters(text: str) -> int:
    """How much room a line takes, in letters."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def printable(text: str) -> str:
    """The text as written, without empty lines and the signs that only steer a machine."""
    lines = text.replace("\t", " ").splitlines()
    kept = ("".join(sign for sign in line if unicodedata.category(sign) not in STEERING) for line in lines)
    return "\n".join(line for line in map(str.strip, kept) if line)
