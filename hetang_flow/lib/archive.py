"""One file that holds a whole site: a dump of the database, the evidence, and a manifest with their hashes."""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

FORM = "hetang-flow backup 1"
MANIFEST = "manifest.json"
DUMP = "database.dump"
EVIDENCE = "evidence/"


class ArchiveError(Exception):
    """The file is no backup of this project, or not whole; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says about itself: facts for people, and the sha256 of every file in it."""

    facts: Mapping[str, Any]
    hashes: Mapping[str, str]


# Uploads on their way lie here; they are no evidence yet, and may change or vanish while we read.
INCOMING = "incoming"


def pack(target: Path, *, dump: Path, evidence: Path, facts: Mapping[str, Any]) -> Manifest:
    """Write the backup beside `target` and move it there when it is whole; only the owner may read it."""
    members = {DUMP: dump}
    members |= {
        EVIDENCE + path.relative_to(evidence).as_posix(): path
        for path in sorted(evidence.rglob("*"))
        if path.is_file() and not path.is_symlink() and INCOMING not in path.relative_to(evidence).parts
    }
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with (
            os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw,
            tarfile.open(fileobj=raw, mode="w:gz", compresslevel=6) as tar,
        ):
            manifest = Manifest(facts, {name: _hash_of(path) for name, path in members.items()})
            # First in the file: what it is can be told without unpacking the rest.
            _add_text(
                tar, MANIFEST, json.dumps({"form": FORM, "facts": facts, "sha256": manifest.hashes}, indent=1)
            )
            for name, path in members.items():
                tar.add(path, arcname=name, recursive=False)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


def unpack(source: Path, into: Path) -> Manifest:
    """Unpack into the empty folder `into`, having checked every name and every hash. Raises ArchiveError."""
    with _opened(source) as tar:
        manifest = _read_manifest(tar)
        left = dict(manifest.hashes)
        for member in tar:
            if member.name == MANIFEST:
                continue
            expected = left.pop(member.name, None)
            if expected is None or not member.isfile():
                raise ArchiveError(f"{source} holds {member.name!r}, which its manifest does not name.")
            _write_checked(tar, member, into / member.name, expected)
    if left:
        raise ArchiveError(f"{source} lacks {sorted(left)[0]!r}: it is not whole.")
    return manifest


@contextmanager
def _opened(source: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(source, "r:gz") as tar:
            yield tar
    except FileNotFoundError as error:
        raise ArchiveError(f"There is no file {source}.") from error
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ArchiveError(f"{source} cannot be read: {error}.") from error


def _read_manifest(tar: tarfile.TarFile) -> Manifest:
    first = tar.next()
    content = tar.extractfile(first) if first and first.name == MANIFEST else None
    try:
        said = json.loads(content.read()) if content else {}
    except ValueError:
        said = {}
    if said.get("form") != FORM:
        raise ArchiveError(f"{tar.name!r} is not a backup of this project, or one of another form.")
    for name in said["sha256"]:
        path = PurePosixPath(name)
        inside = name == DUMP or (
            name.startswith(EVIDENCE) and not path.is_absolute() and ".." not in path.parts
        )
        if not inside:
            raise ArchiveError(f"The manifest names {name!r}, which has no place in a backup.")
    return Manifest(said["facts"], said["sha256"])


def _write_checked(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path, expected: str) -> None:
    content = tar.extractfile(member)
    if content is None:
        raise ArchiveError(f"{member.name!r} is empty in the tar.")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        while block := content.read(1 << 20):
            digest.update(block)
            out.write(block)
    if digest.hexdigest() != expected:
        raise ArchiveError(
            f"{member.name!r} is not what the manifest says: the file is damaged or was changed."
        )


def _hash_of(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    content = text.encode()
    about = tarfile.TarInfo(name)
    about.size = len(content)
    about.mode = 0o600
    tar.addfile(about, io.BytesIO(content))
