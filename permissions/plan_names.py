"""The names a plan file uses: which organisation a name or alias means, which post a code means.

Built from the raw file as well as from a checked one, so that one broken entry does not make every mention of it wrong.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from hetang_flow.lib.plan_file import Finding, Path, nearest


@dataclass(slots=True)
class Names:
    """What can be mentioned. `units` holds every name, short name, alias and code -> the codes it may mean."""

    units: dict[str, list[str]] = field(default_factory=dict)
    unit_names: dict[str, str] = field(default_factory=dict)
    posts: dict[str, str] = field(default_factory=dict)
    post_units: dict[str, str] = field(default_factory=dict)
    collectives: dict[str, list[str]] = field(default_factory=dict)

    def unit(self, said: str) -> str | None:
        """The code of the one organisation that is meant, or None."""
        codes = self.units.get(said, [])
        return codes[0] if len(codes) == 1 else None

    def expand(self, said: Iterable[str]) -> list[str]:
        """The codes meant by a list of names, collectives unfolded, each once, in order."""
        codes: dict[str, None] = {}
        for name in said:
            for member in self.collectives.get(name, [name]):
                code = self.unit(member)
                if code:
                    codes[code] = None
        return list(codes)

    def called(self, codes: Iterable[str]) -> str:
        """The names of organisations as one text."""
        return "、".join(self.unit_names.get(code, code) for code in codes)


def names_of(raw: Mapping[str, Any]) -> Names:
    """Collect the names from a plain mapping (the file as read), skipping whatever has not the right form."""
    names = Names()
    for item in _mappings(raw.get("organisations")):
        code, name = item.get("code"), item.get("name")
        if not isinstance(code, str) or not isinstance(name, str):
            continue
        names.unit_names.setdefault(code, name)
        aliases = item.get("aliases")
        also = (
            [alias for alias in aliases if isinstance(alias, str)]
            if isinstance(aliases, list | tuple)
            else []
        )
        for said in dict.fromkeys([code, name, *also]):
            meant = names.units.setdefault(said, [])
            if code not in meant:
                meant.append(code)
    for item in _mappings(raw.get("posts")):
        if isinstance(item.get("code"), str):
            names.posts.setdefault(item["code"], str(item.get("name")))
            names.post_units.setdefault(item["code"], names.unit(str(item.get("organisation"))) or "")
    for item in _mappings(raw.get("collectives")):
        members = item.get("members")
        if isinstance(item.get("name"), str) and isinstance(members, list | tuple):
            names.collectives[item["name"]] = [member for member in members if isinstance(member, str)]
    return names


def check_units(
    names: Names, said: Sequence[str], path: Path, *, collective: bool = False
) -> Iterable[Finding]:
    """Name every organisation in a list that the file does not know, with the nearest names, or that is ambiguous."""
    seen: dict[str, str] = {}
    for index, name in enumerate(said):
        where = (*path, index)
        if collective and name in names.collectives:
            continue
        yield from check_unit(names, name, where)
        code = names.unit(name)
        if code and code in seen:
            message = _("“%(name)s” stands here twice (also as “%(first)s”). Remove one.")
            yield Finding("unit-twice", message, {"name": name, "first": seen[code]}, where)
        elif code:
            seen[code] = name


def check_unit(names: Names, said: str, path: Path) -> Iterable[Finding]:
    """Say what is wrong with the mention of one organisation, if anything."""
    codes = names.units.get(said, [])
    if len(codes) == 1:
        return
    if codes:
        message = _("“%(name)s” may mean %(units)s. Use the full name.")
        yield Finding("unit-ambiguous", message, {"name": said, "units": names.called(codes)}, path)
        return
    near = nearest(said, names.units)
    if near:
        message = _(
            "There is no organisation “%(name)s”. Did you mean %(near)s? Otherwise add it to organisations."
        )
    else:
        message = _("There is no organisation “%(name)s”. Add it to organisations.")
    yield Finding("unit-unknown", message, {"name": said, "near": near}, path)


def check_post(names: Names, said: str, path: Path) -> Iterable[Finding]:
    """Say that a post is unknown, with the nearest codes."""
    if said in names.posts:
        return
    near = nearest(said, names.posts)
    if near:
        message = _("There is no post “%(name)s”. Did you mean %(near)s? Otherwise add it to posts.")
    else:
        message = _("There is no post “%(name)s”. Add it to posts with its organisation.")
    yield Finding("post-unknown", message, {"name": said, "near": near}, path)


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    if not isinstance(value, list | tuple):
        return []
    return [item for item in value if isinstance(item, Mapping)]
