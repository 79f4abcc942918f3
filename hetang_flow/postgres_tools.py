"""pg_dump, pg_restore and whole databases: what backup and restore need beyond a connection."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any

import psycopg
from django.core.management.base import CommandError
from django.db import DatabaseError, OperationalError, connection
from django.utils.translation import gettext as _
from psycopg import sql
from psycopg.errors import UndefinedColumn, UndefinedTable

from hetang_flow import env
from hetang_flow.lib import local_services


def run(program: str, *words: str, database: str) -> None:
    """Run one of PostgreSQL's programs on `database` of the configured server; raise CommandError with its words."""
    settings = connection.settings_dict
    known = {
        "PGHOST": settings["HOST"],
        "PGPORT": settings["PORT"],
        "PGUSER": settings["USER"],
        "PGPASSWORD": settings["PASSWORD"],
        "PGSSLMODE": settings["OPTIONS"].get("sslmode"),
        "PGDATABASE": database,
    }
    environment = {**os.environ, **{name: value for name, value in known.items() if value}}
    done = subprocess.run(
        [_path(program), "-w", *words],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        facts = {"program": program, "error": done.stderr.strip()[-2000:]}
        raise CommandError(_("%(program)s failed: %(error)s") % facts)


def _path(program: str) -> str:
    """Return the wheel's program for the private server; for another server its own tools come first."""
    elsewhere = which(program) if env.text("HETANG_DATABASE_URL") else None
    try:
        return elsewhere or str(local_services.postgres_programs() / program)
    except local_services.ServiceError as error:
        message = _("%(program)s is not on the PATH: install PostgreSQL's client programs.")
        raise CommandError(message % {"program": program}) from error


@contextmanager
def beside(database: str) -> Iterator[psycopg.Connection[Any]]:
    """Yield a connection to another database of the same server, committing each statement."""
    parameters = {**connection.get_connection_params(), "dbname": database}
    for name in ("cursor_factory", "context", "options", "prepare_threshold"):
        parameters.pop(name, None)
    with psycopg.connect(**parameters, autocommit=True) as other:
        yield other


def is_empty(database: str) -> bool:
    """Tell whether the database has no table in it."""
    with beside(database) as there:
        row = there.execute(
            "SELECT NOT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public')"
        ).fetchone()
    return bool(row and row[0])


def users_of(database: str) -> int:
    """Return how many connections to the database are open."""
    with beside("postgres") as there:
        row = there.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [database]).fetchone()
    return int(row[0]) if row else 0


def create(database: str) -> None:
    """Make an empty database of ours."""
    with beside("postgres") as there:
        there.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(database)))


def drop(database: str) -> None:
    """Remove a database if it is there."""
    with beside("postgres") as there:
        there.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(database)))


def swap(current: str, new: str, old: str) -> None:
    """Put `new` in the place of `current` and keep that as `old`: both renames or neither."""
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    with beside("postgres") as there, there.transaction():
        there.execute(rename.format(sql.Identifier(current), sql.Identifier(old)))
        there.execute(rename.format(sql.Identifier(new), sql.Identifier(current)))


def copy_out(database: str, target: Path) -> None:
    """Write a dump in PostgreSQL's own form, one moment of the database."""
    run("pg_dump", "-Fc", "--no-owner", "--no-privileges", "-f", str(target), database=database)


def copy_in(source: Path, database: str) -> None:
    """Load a dump into an empty database, all or nothing."""
    words = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", "-d", database]
    run("pg_restore", *words, str(source), database=database)


def why_not_ready(error: DatabaseError) -> str | None:
    """What is missing before a database can be used, in a sentence with what to do; None for any other error."""
    cause = error.__cause__
    if isinstance(cause, UndefinedTable | UndefinedColumn):
        return _(
            "The database is not up to date: a table or a column is missing. Run manage.py migrate first."
        )
    if isinstance(error, OperationalError) and getattr(cause, "sqlstate", None) is None:
        return _("The database does not answer: %(said)s. Look at HETANG_DATABASE_URL.") % {
            "said": str(error).strip().splitlines()[0]
        }
    return None
