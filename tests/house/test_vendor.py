"""The files browsers get from us are the ones the manifest names, byte for byte."""

import hashlib
import json
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[2] / "static" / "vendor"
ROWS = json.loads((VENDOR / "MANIFEST.json").read_text())


def test_every_vendored_file_has_the_hash_the_manifest_names():
    wrong = [
        row["path"]
        for row in ROWS
        if hashlib.sha256((VENDOR / row["path"]).read_bytes()).hexdigest() != row["sha256"]
    ]
    assert ROWS
    assert wrong == []


def test_no_vendored_file_is_missing_from_the_manifest():
    present = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()}
    assert present - {row["path"] for row in ROWS} == {"MANIFEST.json"}


def test_no_vendored_file_points_to_a_source_map():
    """A pointer to a map that is not shipped breaks collectstatic with hashed names."""
    pointing = [path.name for path in VENDOR.rglob("*.*s") if b"sourceMappingURL" in path.read_bytes()]
    assert pointing == []
