"""Copy the few browser files we serve out of node_modules into static/vendor, with version, licence and hash.

Run after `npm ci`. Whoever only installs or runs the project needs neither: the copies are committed.
`--check` changes nothing and fails when the committed copies differ.
"""

import argparse
import hashlib
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
SOURCE_MAP = re.compile(rb"^\s*(?://|/\*)#\s*sourceMappingURL=.*$\n?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Package:
    """One npm package: what to copy, and where its licence text is (a path below the root)."""

    npm: str
    folder: str
    files: tuple[str, ...]
    licence: str


PACKAGES = (
    Package(
        "@tabler/core",
        "tabler-core",
        ("dist/css/tabler.min.css", "dist/js/tabler.min.js"),
        "tools/licences/tabler-core.txt",
    ),
    Package("@popperjs/core", "popper", (), "node_modules/@popperjs/core/LICENSE.md"),
    Package("htmx.org", "htmx", ("dist/htmx.min.js",), "node_modules/htmx.org/LICENSE"),
)


def collected() -> dict[str, bytes]:
    """Return every file of static/vendor as it should be, by path below that folder."""
    files: dict[str, bytes] = {}
    rows: list[dict[str, str]] = []
    for package in PACKAGES:
        source = ROOT / "node_modules" / package.npm
        about = json.loads((source / "package.json").read_text())
        folder = f"{package.folder}-{about['version']}"
        wanted = {
            Path(name).name: SOURCE_MAP.sub(b"", (source / name).read_bytes()) for name in package.files
        }
        wanted["LICENSE.txt"] = (ROOT / package.licence).read_bytes()
        for name, content in wanted.items():
            files[f"{folder}/{name}"] = content
            rows.append(
                {
                    "path": f"{folder}/{name}",
                    "package": package.npm,
                    "version": about["version"],
                    "licence": about["license"],
                    "sha256": hashlib.sha256(content).hexdigest(),
                }
            )
    files["MANIFEST.json"] = (json.dumps(rows, indent=2) + "\n").encode()
    return files


def present() -> dict[str, bytes]:
    """Return every file of static/vendor as it is."""
    return {str(path.relative_to(VENDOR)): path.read_bytes() for path in VENDOR.rglob("*") if path.is_file()}


def main() -> int:
    """Copy, or with --check compare; the number of differing files decides the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    checking = parser.parse_args().check
    if not (ROOT / "node_modules").is_dir():
        print("There is no node_modules here: run `npm ci` first.", file=sys.stderr)
        return 2
    right, now = collected(), present()
    different = sorted(name for name in right.keys() | now.keys() if right.get(name) != now.get(name))
    for name in different:
        print(f"{'differs' if checking else 'written' if name in right else 'removed'}: static/vendor/{name}")
        if not checking:
            (VENDOR / name).parent.mkdir(parents=True, exist_ok=True)
            (VENDOR / name).write_bytes(right[name]) if name in right else (VENDOR / name).unlink()
    return 1 if checking and different else 0


if __name__ == "__main__":
    sys.exit(main())
