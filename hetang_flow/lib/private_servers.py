"""The private PostgreSQL and Valkey themselves: how they are made, started and stopped.

Locks are not taken here: hetang_flow.lib.local_services decides who may start and stop.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from hetang_flow.lib.private_places import (
    DATABASE,
    PORT,
    ROLE,
    ServiceError,
    account_for,
    data_folder,
    prepare_folder,
    programs_for,
    socket_folder,
    valkey_program,
)

PATIENCE = 60.0  # seconds until a server that will not start is called broken

DURABLE: Mapping[str, str] = {
    "shared_buffers": "128MB",
    "max_connections": "120",
    "log_min_messages": "warning",
    "log_timezone": "UTC",
}
FLEETING: Mapping[str, str] = {
    **DURABLE,
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


# --- PostgreSQL -------------------------------------------------------------------------------


class Postgres:
    """The private PostgreSQL of one state folder."""

    name = "postgres"

    def __init__(self, var: Path, options: Mapping[str, str]) -> None:
        self.var = var
        self.options = options
        self.sockets = socket_folder(var)
        self.data = data_folder(var)
        self.account = account_for(self.data)
        self.programs = programs_for(self.account)
        self.log = self.data / "server.log"

    def start(self) -> None:
        """Make the server answer; a running one is left alone. Raises ServiceError with the log's last lines."""
        prepare_folder(self.sockets, self.account)
        if self._answers():
            return
        if not self.data.exists():
            self._create()
        self._forget_dead_postmaster()
        self._start_server()
        self._create_database()

    def stop(self) -> None:
        """Stop the server and wait until its files are closed."""
        self._run("pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-w", "-t", "30", check=False)

    def _run(self, program: str, *words: str, check: bool = True) -> int:
        """Run one of PostgreSQL's programs under its account; with `check`, raise ServiceError when it fails."""
        user, group = (self.account.uid, self.account.gid) if self.account else (None, None)
        # A file, not a pipe: the server inherits it and would keep a pipe open for ever.
        with tempfile.TemporaryFile("w+") as said:
            code = subprocess.run(
                [str(self.programs / program), *words],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                user=user,
                group=group,
                extra_groups=[] if self.account else None,
                cwd="/",
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
                umask=0o077,
                start_new_session=True,
            ).returncode
            if check and code:
                said.seek(0)
                raise ServiceError(f"{program} failed:\n{said.read()}")
        return code

    def _state(self) -> int:
        """Return pg_isready's answer: 0 accepting, 1 starting or stopping, 2 nobody there."""
        return self._run("pg_isready", "-q", "-h", str(self.sockets), "-p", str(PORT), check=False)

    def _answers(self) -> bool:
        """Wait while an unattended server starts or stops, then tell whether it takes connections."""
        end = time.monotonic() + PATIENCE
        while (state := self._state()) == 1 and time.monotonic() < end:
            time.sleep(0.1)
        return state == 0

    def _create(self) -> None:
        """Make the data folder under another name first, so that an interrupted one is never taken for whole."""
        unfinished = self.data.with_name(self.data.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        prepare_folder(unfinished, self.account)
        quick = ["--no-sync"] if self.options.get("fsync") == "off" else []
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8"]
        access = ["--auth-local=trust", "--auth-host=reject"]
        self._run("initdb", "-D", str(unfinished), "-U", "postgres", *locale, *access, *quick)
        unfinished.rename(self.data)

    def _forget_dead_postmaster(self) -> None:
        """Mend lock files whose number now belongs to another program, or to one that is dead but not buried.

        The rest of the file stays: PostgreSQL reads in it which memory a last child may still be using.
        """
        for lock_file in (self.data / "postmaster.pid", self.sockets / f".s.PGSQL.{PORT}.lock"):
            try:
                first, rest = lock_file.read_text().split("\n", 1)
            except (FileNotFoundError, ValueError):
                continue
            if first.strip().isdecimal() and _is_not_postgres(int(first)):
                lock_file.write_text(f"{_a_free_number()}\n{rest}")

    def _start_server(self) -> None:
        fixed = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "port": str(PORT),
        }
        settings = " ".join(f"-c {key}='{value}'" for key, value in {**fixed, **self.options}.items())
        end = time.monotonic() + PATIENCE
        while True:
            words = ("start", "-D", str(self.data), "-l", str(self.log), "-w", "-t", str(int(PATIENCE)), "-s")
            if self._run("pg_ctl", *words, "-o", settings, check=False) == 0:
                return
            # Children of a killed server hold its memory for a moment; then the next attempt succeeds.
            if time.monotonic() > end or not self._is_leaving():
                raise ServiceError(f"PostgreSQL does not start. The end of {self.log}:\n{_tail(self.log)}")
            time.sleep(0.3)

    def _is_leaving(self) -> bool:
        return "still in use" in _tail(self.log, 5)

    def _create_database(self) -> None:
        made = self.data / "hetang-database-made"
        if made.exists():
            return
        self._psql(f"SELECT 'CREATE ROLE {ROLE} LOGIN CREATEDB' {_unless('pg_roles', 'rolname', ROLE)}")
        self._psql(
            f"SELECT 'CREATE DATABASE {DATABASE} OWNER {ROLE}' {_unless('pg_database', 'datname', DATABASE)}"
        )
        made.touch()

    def _psql(self, statement: str) -> None:
        """Run what `statement` returns as statements of their own."""
        words = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", "postgres"]
        done = subprocess.run(
            [str(self.programs / "psql"), *words, "-h", str(self.sockets), "-p", str(PORT)],
            input=f"{statement} \\gexec\n",
            check=False,
            text=True,
            capture_output=True,
            cwd="/",
        )
        if done.returncode:
            raise ServiceError(f"psql failed:\n{done.stderr}")


def _is_not_postgres(pid: int) -> bool:
    """Tell whether a process that cannot be our server has this number; False where nobody can say."""
    if not Path("/proc/self").exists():
        return False
    try:
        return b"postgres" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return True


def _a_free_number() -> int:
    """Return the number of a process that has just ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        return child.pid


def _unless(table: str, column: str, name: str) -> str:
    return f"WHERE NOT EXISTS (SELECT FROM {table} WHERE {column} = '{name}')"


# --- Valkey -----------------------------------------------------------------------------------


class Valkey:
    """The private Valkey of one state folder: cache and hints only, nothing is kept on disk."""

    name = "valkey"

    def __init__(self, var: Path) -> None:
        self.var = var
        self.program = valkey_program()
        self.socket = socket_folder(var) / "valkey.sock"
        self.log = var / "valkey.log"

    def start(self) -> None:
        """Make the server answer; a running one is left alone."""
        # The database's folder belongs to the database's account, so that both can use it.
        if not self.socket.parent.exists():
            prepare_folder(self.socket.parent, account_for(data_folder(self.var)))
        if self._ask("PING") == "+PONG":
            return
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "save": "",
            "appendonly": "no",
            "dir": str(self.var),
            "logfile": str(self.log),
            "maxmemory": "128mb",
            "maxmemory-policy": "allkeys-lru",
        }
        words = [word for key, value in options.items() for word in (f"--{key}", value)]
        subprocess.Popen(
            [str(self.program), *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
        end = time.monotonic() + 15
        while self._ask("PING") != "+PONG":
            if time.monotonic() > end:
                raise ServiceError(f"Valkey does not start. The end of {self.log}:\n{_tail(self.log)}")
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop the server and wait until its socket is gone."""
        self._ask("SHUTDOWN NOSAVE")
        end = time.monotonic() + 10
        while self._ask("PING") and time.monotonic() < end:
            time.sleep(0.01)

    def _ask(self, command: str) -> str:
        """Return the first line of the answer, or nothing when nobody answers."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(5)
            try:
                line.connect(str(self.socket))
                line.sendall(f"{command}\r\n".encode())
                return line.recv(1024).decode().split("\r\n", 1)[0]
            except OSError:
                return ""


def _tail(log: Path, lines: int = 15) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError as error:
        return str(error)
