"""The Chinese catalogue without gettext: gather message ids, keep translations, compile.

python tools/catalogue.py                      gather and compile
python tools/catalogue.py --from a.tsv b.tsv   also take translations (msgid<TAB>msgstr[<TAB>context], \\n escaped)
python tools/catalogue.py --check              change nothing; fail on missing, empty, fuzzy, obsolete or stale
"""

import argparse
import gettext
import io
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES"
PO, MO = FOLDER / "django.po", FOLDER / "django.mo"
PACKAGES = ("flows", "hetang_flow", "notifications", "permissions")
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# Fixed dates keep the file the same when nothing changed.
BORN = datetime(2023, 9, 22, tzinfo=UTC)
Key = tuple[str, str | None]


def messages_in_python(path: Path) -> Iterator[tuple[object, str | None]]:
    """Yield (msgid or (singular, plural), context) of one module."""
    with path.open("rb") as source:
        for _line, message, _comments, context in extract(
            "python", source, KEYWORDS, options={"encoding": "utf-8"}
        ):
            yield message, context


def messages_in_template(path: Path) -> Iterator[tuple[object, str | None]]:
    """Yield the same of one template; each line is read alone, for what is left between calls is no Python."""
    for line in templatize(path.read_text(), origin=str(path.relative_to(ROOT))).splitlines():
        if "gettext(" in line or "_(" in line:
            for _line, message, _comments, context in extract(
                "python", io.BytesIO(line.strip().encode()), KEYWORDS
            ):
                yield message, context


def gathered() -> Catalog:
    """Return every message of our packages and templates, untranslated, with the files it is in."""
    catalogue = empty()
    sources = [
        (path, messages_in_python)
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts
    ]
    sources += [
        (path, messages_in_template)
        for path in sorted((ROOT / "templates").rglob("*"))
        if path.suffix in (".html", ".txt", ".svg")
    ]
    for path, read in sources:
        for message, context in read(path):
            catalogue.add(message, locations=[(str(path.relative_to(ROOT)), 0)], context=context)
    return catalogue


def empty() -> Catalog:
    """Return a catalogue that has only its header."""
    return Catalog(
        locale="zh_Hans",
        project="hetang-flow",
        version="1",
        copyright_holder="the authors of Hetang Flow",
        header_comment="# Simplified Chinese of Hetang Flow. Written by `make catalogue`: translate, do not reorder.",
        msgid_bugs_address="the project's issues",
        last_translator="the authors of Hetang Flow",
        language_team="Simplified Chinese",
        creation_date=BORN,
        revision_date=BORN,
        fuzzy=False,
    )


def translations() -> dict[Key, object]:
    """Return what the committed catalogue says, fuzzy entries left out."""
    if not PO.exists():
        return {}
    with PO.open("rb") as source:
        known = read_po(source, locale="zh_Hans")
    return {key_of(message): message.string for message in known if message.id and not message.fuzzy}


def key_of(message: object) -> Key:
    """Return what tells messages apart: the singular and the context."""
    singular = message.id[0] if isinstance(message.id, tuple | list) else message.id  # type: ignore[attr-defined]
    return singular, message.context  # type: ignore[attr-defined]


def read_tables(paths: list[Path]) -> tuple[dict[Key, str], list[str]]:
    """Return translations from tab-separated files, and what is wrong or contradictory in them."""
    found: dict[Key, str] = {}
    complaints: list[str] = []
    for path in paths:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            parts = [part.replace("\\n", "\n").replace("\\t", "\t") for part in line.split("\t")]
            if len(parts) not in (2, 3):
                complaints.append(f"{path}:{number}: not msgid<TAB>msgstr: {line[:60]}")
                continue
            key = (parts[0], parts[2] if len(parts) == 3 else None)
            if found.get(key, parts[1]) != parts[1]:
                complaints.append(
                    f"{path}:{number}: said twice: {key[0][:50]!r}: {found[key]!r}, now {parts[1]!r}"
                )
            found[key] = parts[1]
    return found, complaints


def filled(catalogue: Catalog, known: dict[Key, object]) -> Catalog:
    """Put the translations into the catalogue; a plural has one form in Chinese."""
    for message in catalogue:
        if not message.id or key_of(message) not in known:
            continue
        string = known[key_of(message)]
        first = string[0] if isinstance(string, tuple | list) else string
        message.string = (first,) if isinstance(message.id, tuple | list) else first
    return catalogue


def complaints_about(catalogue: Catalog) -> list[str]:
    """Return one line per message that is empty or whose placeholders differ from the original's."""
    lines = []
    for message in catalogue:
        if not message.id:
            continue
        strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if not all(strings):
            lines.append(
                f"not translated: {key_of(message)[0]!r} ({', '.join(name for name, _ in message.locations)})"
            )
            continue
        lines += [f"{key_of(message)[0]!r}: {error}" for error in message.check(catalogue)]
    return lines


def stale(catalogue: Catalog) -> list[str]:
    """Return how the committed files differ from what they should be."""
    lines = []
    wanted = {key_of(message) for message in catalogue if message.id}
    lines += [f"not gathered yet: {key[0]!r}" for key in sorted(wanted - translations().keys(), key=str)]
    lines += [f"obsolete: {key[0]!r}" for key in sorted(translations().keys() - wanted, key=str)]
    if PO.exists() and ("\n#, fuzzy" in PO.read_text() or "\n#~" in PO.read_text()):
        lines.append("django.po holds fuzzy or obsolete entries")
    if not MO.exists() or spoken(MO.read_bytes()) != spoken(compiled(catalogue)):
        lines.append("django.mo is not compiled from django.po: run `make catalogue`")
    return lines


def compiled(catalogue: Catalog) -> bytes:
    """Return the catalogue as a .mo file."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def spoken(mo: bytes) -> dict[object, str]:
    """Return what a .mo file says, without its header."""
    said: dict[object, str] = vars(gettext.GNUTranslations(io.BytesIO(mo)))["_catalog"]
    return {key: text for key, text in said.items() if key}


def write(catalogue: Catalog) -> None:
    """Write both files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as out:
        write_po(out, catalogue, width=110, sort_output=True, include_lineno=False)
    MO.write_bytes(compiled(catalogue))


def main() -> int:
    """Gather and compile, or check; unfinished work is listed and decides the exit code only with --check."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--from", dest="tables", nargs="+", type=Path, default=[])
    given = parser.parse_args()
    os.chdir(ROOT)
    settings.configure()
    new, complaints = read_tables(given.tables)
    known = translations()
    known.update(new)
    catalogue = filled(gathered(), known)
    complaints += complaints_about(catalogue)
    if given.check:
        complaints += stale(catalogue)
    else:
        write(catalogue)
    print("\n".join(complaints))
    print(
        f"catalogue: {sum(1 for message in catalogue if message.id)} messages, {len(complaints)} complaints"
    )
    return 1 if given.check and complaints else 0


if __name__ == "__main__":
    sys.exit(main())
