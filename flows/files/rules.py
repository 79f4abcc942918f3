"""Pure rules of files: which may come in by name and size, how many lie together, what they are called."""

import re
import unicodedata
from collections.abc import Collection
from typing import Any

from hetang_flow.lib.verdicts import YES, Verdict

MEGABYTE = 1024 * 1024
LARGEST_FILE = 50 * MEGABYTE
LARGEST_TOGETHER = 200 * MEGABYTE
MOST_FILES = 20
LONGEST_NAME = 120
TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "wps": "application/vnd.ms-works",
}
READABLE = frozenset({"application/pdf", "image/jpeg", "image/png", "image/webp"})
ALLOWED = "PDF、JPG、PNG、WEBP、DOCX、XLSX、WPS"
NAMES_DEVICES = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)$", re.IGNORECASE)


def may_attach(sizes: Collection[int], size: int) -> Verdict:
    """Whether one more file of `size` bytes may join those of these sizes that lie with the matter."""
    if len(sizes) >= MOST_FILES:
        return Verdict("too-many-files", {"field": "file", "most": MOST_FILES})
    if sum(sizes) + size > LARGEST_TOGETHER:
        return Verdict("files-too-large", {"field": "file", "most": LARGEST_TOGETHER // MEGABYTE})
    return YES


def extension_of(name: str) -> str:
    """Return the lower-case extension without its dot, or nothing."""
    stem, dot, extension = name.rpartition(".")
    return extension.lower().strip() if dot and stem else ""


def may_come_in(name: str, size: int) -> Verdict:
    """Judge a file by name and size alone, before a byte is read; facts say what would be accepted."""
    about: dict[str, Any] = {"field": "file", "file": name}
    if extension_of(name) not in TYPES:
        return Verdict("file-type", about | {"allowed": ALLOWED})
    if size <= 0:
        return Verdict("file-empty", about)
    if size > LARGEST_FILE:
        return Verdict("file-too-large", about | {"most": LARGEST_FILE // MEGABYTE})
    return YES


def clean_name(name: str) -> str:
    """Return a file name that is safe to show and to offer for download, its extension kept, at most 120 characters.

    Folders, control and direction-changing characters and the characters Windows refuses are removed.
    """
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*')
    name = re.sub(r"\s+", " ", name).strip(" .")
    stem, dot, extension = name.rpartition(".")
    if not dot or not stem.strip(" ."):
        stem, extension = (name.strip(" .") or "file"), ""
    if NAMES_DEVICES.match(stem):
        stem = f"_{stem}"
    tail = f".{extension}" if extension else ""
    return stem[: LONGEST_NAME - len(tail)].rstrip(" .") + tail


# --- who brings a file, and who takes it away again ---


def may_bring(*, acts: bool, started: bool, over: bool, suspended: bool) -> Verdict:
    """Whether this person adds a file to a run: who is asked there now, and who started it, while it goes on."""
    if not (acts or started):
        return Verdict("not-your-matter", {})
    if over:
        return Verdict("matter-over", {})
    return Verdict("run-suspended", {}) if suspended else YES


def may_withdraw(*, brought: bool, step_open: bool, suspended: bool, withdrawn: bool = False) -> Verdict:
    """Whether this person takes a file away: their own, before the step it came with is over.

    What others have dealt with stays, as it was laid before them.
    """
    if not brought:
        return Verdict("not-your-file", {})
    if withdrawn:
        return Verdict("changed-meanwhile", {})
    if not step_open:
        return Verdict("file-handed-in", {})
    return Verdict("run-suspended", {}) if suspended else YES
