"""`make restore FILE=...`: put a backup in the place of what is there, all or nothing."""

import os
import shutil
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils.translation import gettext as _

from hetang_flow import postgres_tools
from hetang_flow.lib import archive

# What was waiting to be sent when the backup was made has been sent since, or is no longer true.
SILENCE = (
    ("procrastinate_jobs", "DELETE FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"),
    ("notifications_delivery", "UPDATE notifications_delivery SET state = 'restored' WHERE state = 'todo'"),
    # Somebody may have revoked it since: no private address of a backup answers again.
    ("agenda_feedaddress", "UPDATE agenda_feedaddress SET ended = greatest(now(), made) WHERE ended IS NULL"),
)


class Command(BaseCommand):
    help = "Restore a backup. Refuses a database that is not empty unless --replace is given."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="overwrite what is there")

    def handle(self, *args: Any, **options: Any) -> None:
        database = connection.settings_dict["NAME"]
        evidence = Path(settings.EVIDENCE_ROOT)
        connection.close()
        refuse_overwriting(database, evidence, replace=options["replace"])
        evidence.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=evidence.parent, prefix=".restore-") as folder:
            try:
                manifest = archive.unpack(options["file"].resolve(), Path(folder))
            except archive.ArchiveError as error:
                raise CommandError(str(error)) from error
            put_in_place(database, evidence, Path(folder))
        message = _(
            "restore: %(count)d evidence files, made %(made)s; nothing that was waiting will be sent."
        )
        self.stdout.write(message % {"count": len(manifest.hashes) - 1, "made": manifest.facts["made"]})


def refuse_overwriting(database: str, evidence: Path, *, replace: bool) -> None:
    """Raise CommandError where somebody still works, or where work would be lost without being asked."""
    if postgres_tools.users_of(database):
        raise CommandError(_("The database is in use: stop the site and its workers first."))
    has_files = evidence.is_dir() and any(evidence.iterdir())
    if not replace and (has_files or not postgres_tools.is_empty(database)):
        raise CommandError(_("There is something here already: REPLACE=yes (--replace) overwrites it."))


def put_in_place(database: str, evidence: Path, unpacked: Path) -> None:
    """Load beside the current database, then change names; until then nothing that exists is touched."""
    new, old = f"{database}_restoring_{os.getpid()}", f"{database}_before_{os.getpid()}"
    files, files_before = unpacked / archive.EVIDENCE, unpacked / "before"
    files.mkdir(mode=0o700, exist_ok=True)
    postgres_tools.create(new)
    try:
        postgres_tools.copy_in(unpacked / archive.DUMP, new)
        silence(new)
        if evidence.exists():
            evidence.rename(files_before)
        files.rename(evidence)
        postgres_tools.swap(database, new, old)
    except BaseException:
        if files_before.exists():
            shutil.rmtree(evidence, ignore_errors=True)
            files_before.rename(evidence)
        postgres_tools.drop(new)
        raise
    postgres_tools.drop(old)


def silence(database: str) -> None:
    """Leave nothing in the copy that would tell somebody an old thing again."""
    with postgres_tools.beside(database) as there:
        for table, statement in SILENCE:
            if there.execute("SELECT to_regclass(%s)", [table]).fetchone() != (None,):
                there.execute(statement)
