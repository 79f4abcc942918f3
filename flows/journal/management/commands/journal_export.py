"""Write the whole record into one file that `flows/journal/verifier.py` checks without this system."""

import gzip
import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from flows.journal import checking
from hetang_flow.lib import clock


class Command(BaseCommand):
    help = "Export the record for the offline verifier (flows/journal/verifier.py)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="for example record.ndjson.gz")
        parser.add_argument(
            "--without-personal",
            action="store_true",
            help="leave names, opinions and reasons out; their commitments stay",
        )

    def handle(self, *args: Any, file: Path, without_personal: bool, **options: Any) -> None:
        """Nobody but the owner of the file can read it, and one that is there is not written over."""
        try:
            raw = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        lines = 0
        with os.fdopen(raw, "wb") as target, gzip.open(target, "wt", 6, encoding="utf-8") as out:
            for line in checking.export(now=clock.now(), with_personal=not without_personal):
                out.write(line)
                lines += 1
        self.stdout.write(f"{file}: {lines} lines. Check with: python verifier.py {file.name}")
