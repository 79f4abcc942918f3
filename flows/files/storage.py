"""Files that people hand in: looked at before they come in, kept under random names, shown as pictures.

Nothing here touches the database. What is refused is raised as Invalid with a code, the field and what to do.
"""

import hashlib
import json
import os
import re
import secrets
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import puremagic
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from hetang_flow.lib.errors import Invalid, NotFound

from . import rules, scanning

CHUNK = 1024 * 1024
WORKER = Path(__file__).with_name("worker.py")
PATIENCE = 30
WIDTHS = (480, 960, 1600)
PAGES_KEPT = 48  # in each of the cache's 256 folders
STORED = re.compile(r"^[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{32}$")

# Markup inside a picture or before a PDF is what a browser might be talked into running.
MARKUP = re.compile(rb"<(?:script|html|iframe|\?php|!doctype\s+html)[\s>/]", re.IGNORECASE)
LONGEST_MARKUP = 64

MOST_PARTS = 5000
MOST_UNPACKED = 500 * rules.MEGABYTE
WORST_RATIO = 100
HARMLESS_UNPACKED = 20 * rules.MEGABYTE
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OFFICE_PARTS = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}


@dataclass(frozen=True, slots=True)
class Inspected:
    """What is known of a file that may come in; `name` is clean, `size` in bytes."""

    name: str
    content_type: str
    size: int
    sha256: str
    pages: int


# --- looking at a file ---


def inspect(upload: UploadedFile) -> Inspected:
    """Open an uploaded file for real and tell what it is; the extension must agree with the content.

    Raises Invalid: file-type, file-empty, file-too-large, file-not-what-it-says, file-encrypted, file-broken,
    file-two-faced, file-infected, file-not-scanned, file-has-macros, file-unpacks-too-large, picture-too-large,
    too-many-pages.
    """
    name = rules.clean_name(upload.name or "")
    about = {"field": "file", "file": name}
    rules.may_come_in(name, upload.size or 0).or_raise(Invalid)
    extension = rules.extension_of(name)
    kind = rules.TYPES[extension]
    found = _sniff(upload)
    if found != kind:
        raise _mismatch(extension, found, upload, about)
    if found != rules.TYPES["pdf"] and found in rules.READABLE and _has_markup(upload):
        raise Invalid("file-two-faced", about)
    scanning.scan(_chunks(upload), name=name)
    if extension in OFFICE_PARTS:
        _inspect_package(upload, OFFICE_PARTS[extension], about)
    pages = _count(upload, kind, about) if kind in rules.READABLE else 1
    return Inspected(name, kind, upload.size, _sha256(upload), pages)


def _sniff(upload: UploadedFile) -> str:
    """Return the type the first bytes tell, for the types this room accepts; otherwise nothing."""
    head = _head(upload, 16)
    if head.startswith(b"%PDF-"):
        return rules.TYPES["pdf"]
    if head.startswith(b"\xff\xd8\xff"):
        return rules.TYPES["jpg"]
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return rules.TYPES["png"]
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return rules.TYPES["webp"]
    if head.startswith(OLE):
        return rules.TYPES["wps"]
    if head.startswith(b"PK\x03\x04"):
        return _package_kind(upload)
    return ""


def _package_kind(upload: UploadedFile) -> str:
    with suppress(zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        upload.seek(0)
        with zipfile.ZipFile(upload.file or upload) as package:
            names = set(package.namelist())
        for extension, part in OFFICE_PARTS.items():
            if part in names and "[Content_Types].xml" in names:
                return rules.TYPES[extension]
    return ""


def _mismatch(extension: str, found: str, upload: UploadedFile, about: dict[str, str]) -> Invalid:
    """The fitting refusal for content that is not what its name says."""
    if extension in OFFICE_PARTS and found == rules.TYPES["wps"]:
        return Invalid("file-encrypted", about)
    if extension in OFFICE_PARTS and not found and _head(upload, 4) == b"PK\x03\x04":
        return Invalid("file-broken", about)
    return Invalid(
        "file-not-what-it-says", about | {"extension": extension.upper(), "looks": _looks_like(upload)}
    )


def _looks_like(upload: UploadedFile) -> str:
    """A word for people: what a mislabelled file seems to be."""
    head = _head(upload, 8192)
    with suppress(puremagic.PureError, ValueError, IndexError):
        guesses = puremagic.magic_string(head)
        if guesses and guesses[0].confidence > 0.4:
            return (guesses[0].extension or guesses[0].mime_type).lstrip(".").upper()
    return "?"


def _has_markup(upload: UploadedFile) -> bool:
    tail = b""
    for chunk in _chunks(upload):
        if MARKUP.search(tail + chunk):
            return True
        tail = chunk[-LONGEST_MARKUP:]
    return False


def _inspect_package(upload: UploadedFile, part: str, about: dict[str, str]) -> None:
    """Refuse an office file that unpacks beyond reason, is locked, damaged, or brings programs along."""
    upload.seek(0)
    try:
        with zipfile.ZipFile(upload.file or upload) as package:
            entries = package.infolist()
            unpacked = sum(entry.file_size for entry in entries)
            packed = sum(entry.compress_size for entry in entries) or 1
            steep = unpacked > HARMLESS_UNPACKED and unpacked / packed > WORST_RATIO
            if len(entries) > MOST_PARTS or unpacked > MOST_UNPACKED or steep:
                raise Invalid("file-unpacks-too-large", about)
            if any(entry.flag_bits & 1 for entry in entries):
                raise Invalid("file-encrypted", about)
            if any(entry.filename.lower().endswith(("vbaproject.bin", ".exe", ".dll")) for entry in entries):
                raise Invalid("file-has-macros", about)
            with package.open(part) as main:
                main.read(CHUNK)
    except (zipfile.BadZipFile, OSError, KeyError, EOFError, ValueError, NotImplementedError) as error:
        raise Invalid("file-broken", about) from error


def _count(upload: UploadedFile, kind: str, about: dict[str, str]) -> int:
    """Count the pages in the worker; a small upload in memory is lent to it as a file."""
    path = getattr(upload, "temporary_file_path", None)
    if path is not None:
        return _worker(["count", kind, path()], about)
    lent = _folder("incoming") / secrets.token_hex(16)
    try:
        _write(upload, lent)
        return _worker(["count", kind, str(lent)], about)
    finally:
        lent.unlink(missing_ok=True)


def _worker(words: list[str], about: dict[str, str]) -> int:
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(WORKER), *words],
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        answer = json.loads(done.stdout.decode() or "{}")
    except (subprocess.TimeoutExpired, ValueError) as error:
        raise Invalid("file-broken", about) from error
    if "pages" not in answer:
        raise Invalid(answer.get("refused", "file-broken"), about)
    return int(answer["pages"])


# --- keeping ---


def store(upload: UploadedFile, inspected: Inspected) -> str:
    """Keep the bytes under a random name outside the web root, mode 600, and return that name.

    The file appears whole or not at all, and is the one that was inspected: Invalid("file-broken") otherwise.
    Call `discard` when the transaction that wanted it fails.
    """
    name = secrets.token_hex(16)
    stored_as = f"{name[:2]}/{name[2:4]}/{name}"
    target = _root() / stored_as
    unfinished = _folder("incoming") / name
    try:
        if _write(upload, unfinished) != inspected.sha256:
            raise Invalid("file-broken", {"field": "file", "file": inspected.name})
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return stored_as


def discard(stored_as: str) -> None:
    """Take a file away that no row will ever name."""
    with suppress(NotFound):
        path_of(stored_as).unlink(missing_ok=True)


def path_of(stored_as: str) -> Path:
    """Return where a stored file lies. Raises NotFound for a name this room never gave, or a file that is gone."""
    path = _root() / stored_as
    if not STORED.match(stored_as) or not path.is_file():
        raise NotFound("no-such-file")
    return path


# --- showing ---


def page_picture(stored_as: str, content_type: str, page: int, width: int) -> tuple[Path, str]:
    """Draw one page for reading: a PDF page as PNG, a picture as JPEG, upright, without what the camera noted.

    `page` counts from 1, `width` in pixels is rounded up to one of WIDTHS. Kept in a small cache beside the
    files. Raises NotFound for a page that does not exist or a kind that is not shown.
    """
    source = path_of(stored_as)
    is_pdf = content_type == rules.TYPES["pdf"]
    if content_type not in rules.READABLE or page < 1 or (page > 1 and not is_pdf):
        raise NotFound("no-such-page")
    kind, suffix = ("image/png", "png") if is_pdf else ("image/jpeg", "jpg")
    wide = next((w for w in WIDTHS if w >= width), WIDTHS[-1])
    folder = _pages_root() / stored_as[:2]
    drawn = folder / f"{source.name}-{page}-{wide}.{suffix}"
    if not drawn.is_file():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = folder / f".{secrets.token_hex(8)}"
        try:
            _worker(
                ["draw", content_type, str(source), str(page), str(wide), str(unfinished)], {"field": "file"}
            )
            unfinished.replace(drawn)
        except Invalid as error:
            raise NotFound("no-such-page") from error
        finally:
            unfinished.unlink(missing_ok=True)
        _forget_oldest(folder)
    return drawn, kind


def _forget_oldest(folder: Path) -> None:
    kept = sorted(folder.glob("[0-9a-f]*"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in kept[PAGES_KEPT:]:
        path.unlink(missing_ok=True)


# --- small parts ---


def _root() -> Path:
    return Path(settings.EVIDENCE_ROOT)


def _pages_root() -> Path:
    root = _root()
    return root.with_name(f"{root.name}-pages")


def _folder(name: str) -> Path:
    folder = _root() / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _chunks(upload: UploadedFile) -> Iterator[bytes]:
    upload.seek(0)
    return upload.chunks(CHUNK)


def _head(upload: UploadedFile, length: int) -> bytes:
    upload.seek(0)
    return upload.read(length)


def _sha256(upload: UploadedFile) -> str:
    digest = hashlib.sha256()
    for chunk in _chunks(upload):
        digest.update(chunk)
    return digest.hexdigest()


def _write(upload: UploadedFile, path: Path) -> str:
    """Write the upload's bytes to a new file and return their SHA-256."""
    digest = hashlib.sha256()
    with _private(path) as new:
        for chunk in _chunks(upload):
            new.write(chunk)
            digest.update(chunk)
        new.flush()
        os.fsync(new.fileno())
    return digest.hexdigest()


def _private(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
