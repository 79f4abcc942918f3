"""The hook for a malware scanner: clamd, or whatever speaks its INSTREAM. A file that was not scanned is never kept."""

import socket
from collections.abc import Iterable
from contextlib import closing
from urllib.parse import urlsplit

from django.conf import settings

from hetang_flow.lib.errors import Invalid

PATIENCE = 30.0
LONGEST_ANSWER = 4096


def scan(chunks: Iterable[bytes], *, name: str) -> None:
    """Let the scanner of MALWARE_SCANNER read this file; without one configured nothing is asked.

    Raises Invalid: file-infected with what was found, file-not-scanned when the scanner does not answer: fail closed.
    """
    address = settings.MALWARE_SCANNER
    if not address:
        return
    about = {"field": "file", "file": name}
    try:
        with closing(_connected(address)) as scanner:
            scanner.sendall(b"zINSTREAM\0")
            for chunk in chunks:
                scanner.sendall(len(chunk).to_bytes(4, "big") + chunk)
            scanner.sendall(bytes(4))
            answer = _answer(scanner)
    except OSError as error:
        raise Invalid("file-not-scanned", about) from error
    if answer.endswith(" FOUND"):
        found = answer.removeprefix("stream: ").removesuffix(" FOUND")
        raise Invalid("file-infected", about | {"found": found[:80]})
    if not answer.endswith(" OK"):
        raise Invalid("file-not-scanned", about)


def _connected(address: str) -> socket.socket:
    """A connection to unix:///path or tcp://host:port."""
    parts = urlsplit(address)
    if parts.scheme == "unix":
        scanner = socket.socket(socket.AF_UNIX)
        try:
            scanner.settimeout(PATIENCE)
            scanner.connect(parts.path)
        except OSError:
            scanner.close()
            raise
        return scanner
    return socket.create_connection((parts.hostname or "", parts.port or 3310), PATIENCE)


def _answer(scanner: socket.socket) -> str:
    said = b""
    while not said.endswith(b"\0") and len(said) < LONGEST_ANSWER:
        more = scanner.recv(1024)
        if not more:
            break
        said += more
    return said.strip(b"\0\n ").decode("utf-8", "replace")
