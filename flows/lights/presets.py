"""Named schemes from published practice, as data beside the code; a new city's is one more entry there."""

from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from . import rules

FILE = Path(__file__).with_name("presets.yaml")


class Preset(NamedTuple):
    """A named scheme one may begin with."""

    code: str
    name: str
    source: str
    body: list[dict[str, Any]]


@lru_cache(maxsize=1)
def presets() -> tuple[Preset, ...]:
    """Every preset, in the file's order; ValueError with the first fault of one that is wrong."""
    return read(FILE.read_text())


def read(text: str) -> tuple[Preset, ...]:
    """Presets as a file writes them."""
    found = tuple(
        Preset(each["code"], each["name"], each["source"], each["rules"]) for each in yaml.safe_load(text)
    )
    for preset in found:
        wrong = rules.faults(preset.body)
        if wrong:
            raise ValueError(f"{preset.code}: {wrong[0]}")
    return found


def preset(code: str) -> Preset | None:
    """The preset of this code."""
    return next((each for each in presets() if each.code == code), None)
