"""A server that speaks as the chat bots do: status 200 to everything, and a number in the body that says yes or no."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

TOKENS = {
    "dingtalk": "0123456789abcdef",
    "wecom": "11111111-2222-4333-8444-555555555555",
    "feishu": "f00d-cafe-2023",
}
SECRET = "SEC0123456789"
OK = {"errcode": 0, "errmsg": "ok", "code": 0, "msg": "success"}


@dataclass
class Heard:
    """One letter as it came: by which bot, its key, what it says, all of it."""

    bot: str
    key: str
    text: str
    payload: dict
    query: dict[str, str]


@dataclass
class BotServer:
    """What came in, and what is still to be answered otherwise than with yes: (status, body, headers)."""

    address: str
    heard: list[Heard] = field(default_factory=list)
    answers: list[tuple[int, object, dict[str, str]]] = field(default_factory=list)
    before: Callable[[Heard], bool] = lambda letter: (
        True
    )  # False: the letter is not taken, and nothing is answered
    after: Callable[[Heard], None] = lambda letter: None

    @property
    def keys(self) -> list[str]:
        """The keys of the letters that came, in their order."""
        return [letter.key for letter in self.heard]

    def refuses(self, number: int, field_: str = "errcode") -> None:
        """Say no to the next letter as the bots do: with status 200."""
        self.answers.append((200, {field_: number, "errmsg": "演示·刀具产业园 refused"}, {}))

    def fails(self, status: int, **headers: str) -> None:
        """Answer the next letter with a status."""
        self.answers.append((status, {}, {name.replace("_", "-"): text for name, text in headers.items()}))


def signature(secret: str, moment: str) -> str:
    """DingTalk's: the moment and the secret, signed with the secret."""
    digest = hmac.new(secret.encode(), f"{moment}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def handler_of(server: BotServer) -> type[BaseHTTPRequestHandler]:
    """The three bots under one roof."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            parts = urlsplit(self.path)
            payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            letter = self.letter(parts.path, payload, query)
            if not server.before(letter):
                self.close_connection = True
                return
            server.heard.append(letter)
            status, body, headers = server.answers.pop(0) if server.answers else (200, OK, {})
            said = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, text in headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)
            self.wfile.flush()
            server.after(letter)

        def letter(self, path: str, payload: dict, query: dict[str, str]) -> Heard:
            if path.startswith("/open-apis/bot/v2/hook/"):
                bot, text = "feishu", payload["content"]["text"]
                query = {"token": path.rsplit("/", 1)[1]}
            else:
                bot = {"/robot/send": "dingtalk", "/cgi-bin/webhook/send": "wecom"}[path]
                text = payload["text"]["content"]
            return Heard(bot, self.headers["Idempotency-Key"], text, payload, query)

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture(name="bots")
def bot_server(settings) -> Iterator[BotServer]:
    """The server of this test; the site believes that all bots live there."""
    with Running() as server:
        settings.CHAT_HOSTS = dict.fromkeys(settings.CHAT_HOSTS, server.address)
        settings.CHAT_BOTS = ["dingtalk", "wecom", "feishu"]
        yield server


class Running:
    """A server on a free port, as long as the block lasts."""

    def __enter__(self) -> BotServer:
        server = BotServer("")
        self.web = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(server))
        self.web.daemon_threads = True
        server.address = f"http://127.0.0.1:{self.web.server_address[1]}"
        threading.Thread(target=self.web.serve_forever, args=(0.05,), daemon=True).start()
        return server

    def __exit__(self, *error: object) -> None:
        self.web.shutdown()
        self.web.server_close()
