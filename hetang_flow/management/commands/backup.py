"""`make backup FILE=...`: database and evidence in one file with a manifest."""

import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils.translation import gettext as _

from hetang_flow import postgres_tools
from hetang_flow.lib import archive, clock


class Command(BaseCommand):
    help = "Write the database and the evidence files into one file. The site may go on running."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        target: Path = options["file"].resolve()
        if not target.parent.is_dir():
            raise CommandError(_("There is no folder %(folder)s.") % {"folder": target.parent})
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
            dump = Path(folder) / archive.DUMP
            # The database first: files are only ever added, so every row finds its file.
            postgres_tools.copy_out(connection.settings_dict["NAME"], dump)
            facts = {"made": clock.now().isoformat(timespec="seconds"), "postgresql": connection.pg_version}
            manifest = archive.pack(target, dump=dump, evidence=Path(settings.EVIDENCE_ROOT), facts=facts)
        size = target.stat().st_size
        message = _(
            "backup: %(file)s, %(count)d evidence files, %(size).1f MB. It holds personal data: keep it safe."
        )
        self.stdout.write(
            message % {"file": target, "count": len(manifest.hashes) - 1, "size": size / 1_000_000}
        )
