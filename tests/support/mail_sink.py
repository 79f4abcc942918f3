"""A mail server of our own that keeps what it was given, and can kill whoever is speaking to it."""

import os
import re
import signal
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

BEFORE, TAKEN, ANSWERED = "before", "taken", "answered"
KEY = re.compile(rb"^Message-ID:\s*<([^@>]+)@", re.IGNORECASE | re.MULTILINE)


class Sink(socketserver.ThreadingTCPServer):
    """Speaks as much SMTP as a letter needs. `letters` are the keys it took, in order, each as often as it came.

    `kill(pid, when)` arms it once: the speaker dies by SIGKILL before a letter is given over, when it is taken and
    not yet acknowledged, or right after the acknowledgement.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Line)
        self.letters: list[str] = []
        self.port: int = self.server_address[1]
        self._armed: tuple[int, str] | None = None
        self.fallen = 0

    def kill(self, pid: int, when: str) -> None:
        """Kill this process at this point of the next letter."""
        self._armed = (pid, when)

    def reached(self, point: str) -> bool:
        """A letter has come to this point; whether the speaker was killed here."""
        if self._armed is None or self._armed[1] != point:
            return False
        pid, self._armed = self._armed[0], None
        os.kill(pid, signal.SIGKILL)
        self.fallen += 1
        return True


class _Line(socketserver.StreamRequestHandler):
    server: Sink

    def handle(self) -> None:
        self._say("220 sink")
        for line in self.rfile:
            word = line.strip().upper()
            if word.startswith(b"DATA"):
                if self.server.reached(BEFORE):
                    return
                self._say("354 go on")
                if not self._took_letter():
                    return
            elif word.startswith(b"QUIT"):
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _took_letter(self) -> bool:
        """Read a letter to its end and acknowledge it; False when the speaker is gone."""
        read = bytearray()
        for line in self.rfile:
            if line.rstrip(b"\r\n") == b".":
                break
            read += line
        else:
            return False
        found = KEY.search(bytes(read))
        assert found, "a letter without its key"
        self.server.letters.append(found.group(1).decode())
        if self.server.reached(TAKEN):
            return False
        self._say("250 taken")
        return not self.server.reached(ANSWERED)

    def _say(self, text: str) -> None:
        try:
            self.wfile.write(f"{text}\r\n".encode())
        except OSError:
            return


@contextmanager
def listening() -> Iterator[Sink]:
    """A sink that listens as long as the block lasts."""
    with Sink() as sink:
        thread = threading.Thread(target=sink.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield sink
        sink.shutdown()
        thread.join(5)
