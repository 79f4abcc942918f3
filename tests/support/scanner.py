"""A scanner for tests that speaks clamd's INSTREAM over a real socket and knows one sign of malware."""

import socketserver
import threading
from contextlib import contextmanager

SIGN = b"HETANG-TEST-MALWARE"


class Session(socketserver.StreamRequestHandler):
    """One file: its chunks, each with its length before it, then the verdict."""

    def handle(self):
        """Read what the client streams and answer as the server was told to."""
        assert self.rfile.read(10) == b"zINSTREAM\0"
        content = b""
        while length := int.from_bytes(self.rfile.read(4), "big"):
            content += self.rfile.read(length)
        self.server.seen.append(content)
        verdict = b"Hetang.Test FOUND" if SIGN in content else b"OK"
        self.wfile.write(self.server.says or b"stream: " + verdict + b"\0")


@contextmanager
def scanner(says=b""):
    """A listening scanner; `says` answers every file with the same bytes. Yields (address, files seen)."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        server.seen, server.says = [], says
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"tcp://127.0.0.1:{server.server_address[1]}", server.seen
        server.shutdown()
        thread.join()
