"""Requests as nobody's browser would send them, through the handler a server calls: bytes in, status out."""

import asyncio
import re
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote

from asgiref.sync import async_to_sync
from django import forms
from django.core.asgi import get_asgi_application
from django.core.signals import got_request_exception, request_finished, request_started
from django.db import close_old_connections

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a" * 64
READ = re.compile(
    r"""\b{0}\b(?:\.(?:get|getlist)\(|\[)\s*["']([\w-]+)["']""".replace("{0}", "(?:GET|POST|data)")
)
FORM, PARTS = b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=here"

# What a field or a parameter may hold, as bytes on the wire.
BAD: tuple[bytes, ...] = (
    b"",
    b"\x00",
    "资料\x00齐全，同意通过本次核验".encode(),
    b"9" * 40,
    b"1" * 5000,
    b"-1",
    b"0",
    b"1e999",
    b"NaN",
    b"-Infinity",
    b"1.5",
    b"2023-13-45",
    b"9999-12-31",
    b"0001-01-01",
    b"9999-12",
    b"25:99",
    b"\xff\xfe\xed\xa0\x80",
    "²".encode(),
    "١٢٣".encode(),
    "０１２".encode(),
    "\u202e\u2028\ufeff".encode(),
    b"'\"><script>alert(1)</script>",
    b"%(x)s {0} {{ x }} {% x %}",
    b"../../etc/passwd",
    b"[]",
    b'{"a": 1}',
    b"[" * 3000 + b"]" * 3000,
    b"id__in",
    b"true",
    b"00000000-0000-0000-0000-000000000000",
    b"x" * 60_000,
    "长".encode() * 9_000,
)


def names_read() -> tuple[str, ...]:
    """Every parameter and field that some view or form reads, by looking through the source."""
    found: set[str] = {"page", "q", "next", "as", "tab"}
    for room in ("flows", "hetang_flow", "notifications", "permissions"):
        for path in (ROOT / room).rglob("*.py"):
            found.update(READ.findall(path.read_text()))
    waiting = list(forms.BaseForm.__subclasses__())
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        if form.__module__.startswith(("flows", "hetang_flow", "notifications", "permissions", "allauth")):
            found.update(getattr(form, "base_fields", {}))
    return tuple(sorted(found))


@dataclass
class Sent:
    """One request: everything a client decides."""

    method: str
    path: str
    query: bytes = b""
    body: bytes = b""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    cookies: str = ""
    token: bool = True

    def told(self) -> str:
        """The request in a line, for whoever has to mend something."""
        return f"{self.method} {self.path[:120]}?{self.query[:160]!r} {self.headers!r} {self.body[:200]!r}"[
            :700
        ]


def urlencoded(pairs: Sequence[tuple[str, bytes]]) -> bytes:
    """Pairs as a form sends them."""
    return b"&".join(
        quote_from_bytes(name.encode()).encode() + b"=" + quote_from_bytes(value).encode()
        for name, value in pairs
    )


def multipart(pairs: Sequence[tuple[str, bytes]], *, files: Sequence[tuple[str, bytes, bytes]] = ()) -> bytes:
    """Pairs and files as a form with files sends them; nothing is escaped."""
    parts = [
        b'--here\r\nContent-Disposition: form-data; name="' + name.encode() + b'"\r\n\r\n' + value
        for name, value in pairs
    ]
    parts += [
        b'--here\r\nContent-Disposition: form-data; name="' + name.encode() + b'"; filename="' + called
        + b'"\r\nContent-Type: application/octet-stream\r\n\r\n' + value
        for name, called, value in files
    ]  # fmt: skip
    return b"\r\n".join(parts) + b"\r\n--here--\r\n"


class Door:
    """The site as a server calls it; keeps what went wrong inside, for an answer of 500 says nothing."""

    def __init__(self) -> None:
        self.application = get_asgi_application()
        self.errors: list[str] = []

    def __enter__(self) -> "Door":
        # Between requests a server looks whether its connection is still good; a test's is inside a transaction.
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
        got_request_exception.connect(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        got_request_exception.disconnect(self._note)
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)

    def _note(self, sender: object, **_: object) -> None:
        kind, error, trace = sys.exc_info()
        ours = [
            frame
            for frame in traceback.extract_tb(trace)
            if str(ROOT) in frame.filename and ".venv" not in frame.filename
        ]
        if not ours:
            ours = list(traceback.extract_tb(trace))
        where = f"{ours[-1].filename.removeprefix(str(ROOT) + '/')}:{ours[-1].lineno}" if ours else "django"
        self.errors.append(f"{kind.__name__ if kind else ''}: {str(error)[:120]} at {where}")

    def answer(self, sent: Sent) -> tuple[int, bytes]:
        """The status and the body."""
        return async_to_sync(self._answer)(sent)

    async def _answer(self, sent: Sent) -> tuple[int, bytes]:
        headers = [(b"host", b"testserver"), *sent.headers]
        cookies = sent.cookies
        if sent.token:
            cookies = f"{cookies}; csrftoken={TOKEN}".lstrip("; ")
            headers.append((b"x-csrftoken", TOKEN.encode()))
        headers.append((b"cookie", cookies.encode("latin-1")))
        if sent.body and not any(name == b"content-length" for name, _value in headers):
            headers.append((b"content-length", str(len(sent.body)).encode()))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": sent.method,
            "scheme": "http",
            "path": unquote(sent.path),
            "raw_path": sent.path.encode(),
            "root_path": "",
            "query_string": sent.query,
            "headers": headers,
            "client": ("127.0.0.1", 40000),
            "server": ("testserver", 80),
        }
        waiting, status, parts = [{"type": "http.request", "body": sent.body, "more_body": False}], [], []

        async def receive() -> dict:
            if waiting:
                return waiting.pop()
            await asyncio.sleep(3600)
            return {"type": "http.disconnect"}

        async def send(message: dict) -> None:
            if message["type"] == "http.response.start":
                status.append(message["status"])
            parts.append(message.get("body", b""))

        await self.application(scope, receive, send)
        return status[0], b"".join(parts)


ODD_HEADERS: tuple[list[tuple[bytes, bytes]], ...] = (
    [(b"content-type", b"multipart/form-data")],
    [(b"content-type", b"multipart/form-data; boundary=" + b"x" * 5000)],
    [(b"content-type", b"multipart/form-data; boundary=\xff\x00")],
    [(b"content-type", FORM + b"; charset=no-such-charset")],
    [(b"content-type", FORM + b"; charset=utf-16")],
    [(b"content-type", b"\xff\xff/\x00")],
    [(b"content-type", b"application/json")],
    [(b"content-length", b"many"), (b"content-type", FORM)],
    [(b"content-length", b"-5"), (b"content-type", FORM)],
    [(b"content-length", b"9" * 30), (b"content-type", FORM)],
    [(b"accept-language", b"zh-" * 5000)],
    [(b"accept-language", b"\xff\x00;q=x")],
    [(b"x-forwarded-for", b"\x00, 1.2.3.4, " + b"9" * 3000)],
    [(b"x-forwarded-proto", b"gopher")],
    [(b"if-modified-since", b"yesterday")],
    [(b"if-none-match", b'W/"\x00')],
    [(b"range", b"bytes=9999999999999999999-")],
    [(b"hx-request", b"true"), (b"hx-current-url", b"http://[::1"), (b"hx-target", b"\xff\x00")],
    [(b"hx-request", b"true"), (b"hx-current-url-uri-autoencoded", b"true"), (b"hx-current-url", b"%ff%00")],
    [(b"referer", b"http://[half")],
    [(b"origin", b"http://[half")],
    [(b"host", b"[::1")],
    [(b"host", b"a" * 3000)],
    [(b"user-agent", b"\x00\r\nX: y")],
    [(b"x_csrftoken", b"x"), (b"transfer-encoding", b"chunked")],
)


def strange_paths(path: str) -> Iterator[str]:
    """The address with each part replaced by something else."""
    parts = path.strip("/").split("/")
    for place in range(len(parts)):
        for odd in ("9" * 30, "-1", "%00", "%ff%fe", "0", "x" * 3000, "..%2f..", "%0d%0aSet-Cookie:x=1"):
            yield (
                "/"
                + "/".join([*parts[:place], odd, *parts[place + 1 :]])
                + ("/" if path.endswith("/") else "")
            )
