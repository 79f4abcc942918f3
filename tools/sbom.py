"""The bill of materials (CycloneDX 1.6, JSON): everything the locks name and every file browsers get.

python tools/sbom.py [FILE]      to FILE, or to the screen

The same locks give the same file, whenever it is made: it bears no time, and its number follows from what it lists.
What only development needs is marked `excluded`: it is not on a server.
"""

import json
import re
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("runtime.txt", "dev.txt", "browser.txt")
VENDORED = ROOT / "static" / "vendor" / "MANIFEST.json"
NAMESPACE = uuid.UUID("6f0b9b0e-3f4e-4c57-9d0a-9a1d3c3a5b10")
PINNED = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+)[^\n]*(?P<hashes>(?:\n\s+--hash=\S+(?: \\)?)*)", re.M
)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing we did not write: where it comes from, which it is, and under which licence."""

    kind: str
    name: str
    version: str
    licence: str
    hashes: tuple[str, ...]
    on_a_server: bool


def locked() -> Iterator[Part]:
    """Every release in the locks, once; the server's first. A package may stand there twice, for two Pythons."""
    seen: set[tuple[str, str]] = set()
    for lock in LOCKS:
        for found in PINNED.finditer((ROOT / "requirements" / lock).read_text()):
            if (found["name"], found["version"]) not in seen:
                seen.add((found["name"], found["version"]))
                hashes = tuple(re.findall(r"--hash=sha256:(\w+)", found["hashes"]))
                yield Part(
                    "pypi", found["name"], found["version"], licence(found["name"]), hashes, lock == LOCKS[0]
                )


def licence(name: str) -> str:
    """What the package says of itself; nothing where it is not for this machine and so is not installed."""
    try:
        said = metadata(name)
    except PackageNotFoundError:
        return ""
    if said.get("License-Expression"):
        return str(said["License-Expression"])
    kinds = [
        line.split(" :: ")[-1] for line in said.get_all("Classifier") or [] if line.startswith("License ::")
    ]
    named = [kind for kind in kinds if kind != "OSI Approved"]
    first = (said.get("License") or "").strip().splitlines()
    return " AND ".join(named) or (first[0] if first else "")


def vendored() -> Iterator[Part]:
    """Every package whose files browsers get from us, with the hash of each file."""
    rows = json.loads(VENDORED.read_text())
    for name, version in sorted({(row["package"], row["version"]) for row in rows}):
        of = [row for row in rows if row["package"] == name]
        yield Part("npm", name, version, of[0]["licence"], tuple(sorted(row["sha256"] for row in of)), True)


def bill() -> str:
    """The bill as text."""
    parts, known = [*locked(), *vendored()], LicenseFactory()
    bom = Bom(serial_number=uuid.uuid5(NAMESPACE, repr(parts)))
    for part in parts:
        space, _, name = part.name.rpartition("/")
        address = PackageURL(part.kind, space or None, name, part.version)
        bom.components.add(
            Component(
                type=ComponentType.LIBRARY,
                name=part.name,
                version=part.version,
                bom_ref=str(address),
                purl=address,
                scope=ComponentScope.REQUIRED if part.on_a_server else ComponentScope.EXCLUDED,
                licenses=[known.make_from_string(part.licence)] if part.licence else [],
                hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in part.hashes],
            )
        )
    said = json.loads(JsonV1Dot6(bom).output_as_string())
    del said["metadata"]["timestamp"]
    return json.dumps(said, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def main() -> int:
    """Write the bill where it is wanted."""
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(bill(), encoding="utf-8")
    else:
        print(bill(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
