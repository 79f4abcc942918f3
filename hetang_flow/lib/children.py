"""Child processes that live and die together, under one foreground process."""

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

PATIENCE = 15.0  # seconds a child gets to end by itself


class Children:
    """Started in order, stopped in the opposite order; none outlives the parent on Linux."""

    def __init__(self) -> None:
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a child whose output goes where ours goes; Ctrl-C reaches us alone."""
        self.running[name] = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )

    def fallen(self) -> tuple[str, int] | None:
        """Return the name and the exit code of a child that has ended, if there is one."""
        for name, child in self.running.items():
            if child.poll() is not None:
                return name, child.returncode
        return None

    def stop(self) -> None:
        """Ask each to end, the last started first; kill the one that does not."""
        for child in reversed(self.running.values()):
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
            end = time.monotonic() + PATIENCE
            while child.poll() is None and time.monotonic() < end:
                time.sleep(0.02)
            if child.poll() is None:
                child.kill()
                child.wait()


def _die_with_parent() -> None:
    set_death_signal = 1
    ctypes.CDLL(None).prctl(set_death_signal, signal.SIGTERM)
