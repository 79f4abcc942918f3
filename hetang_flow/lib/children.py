"""Child processes that live and die together, under one foreground process."""

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

PATIENCE = 15.0  # seconds a child gets to end by itself
WHILE, PAUSES = 120.0, (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)  # seconds: how often one is started anew in a while


class Children:
    """Started in order, stopped in the opposite order; none outlives the parent on Linux."""

    def __init__(self) -> None:
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._begun: dict[str, tuple[Sequence[str], Mapping[str, str]]] = {}
        self._again: dict[str, list[float]] = {}

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a child whose output goes where ours goes; Ctrl-C reaches us alone."""
        self._begun[name] = command, environment
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

    def start_again(self, name: str) -> bool:
        """Start a fallen child anew, each time within a while after a longer pause; False when it falls too often."""
        now = time.monotonic()
        lately = [at for at in self._again.get(name, []) if now - at < WHILE]
        if len(lately) == len(PAUSES):
            return False
        time.sleep(PAUSES[len(lately)])
        self._again[name] = [*lately, now]
        self.start(name, *self._begun[name])
        return True

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
