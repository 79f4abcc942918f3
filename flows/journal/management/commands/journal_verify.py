"""Check the record: every entry against its hash, every chain against its head."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from flows.journal import selectors
from flows.journal.models import Chain


class Command(BaseCommand):
    help = "Verify the hash chains of the record; prints what is broken and where, and exits with 1 then."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--chain", type=int, metavar="ID", help="only this chain")

    def handle(self, *args: Any, chain: int | None = None, **options: Any) -> None:
        """One line per broken chain, one summary line; no names, since a chain's name may be confidential."""
        result = selectors.verify(chain)
        if chain is not None and not result.chains:
            raise CommandError(f"journal: there is no chain {chain}")
        kinds = Chain.objects.in_bulk(list(result.broken))
        for key, findings in result.broken.items():
            where = f"chain {key} ({kinds[key].kind} {kinds[key].public_id})"
            self.stdout.write(f"{where}: " + "; ".join(str(finding) for finding in findings))
        counted = f"journal: {result.chains} chains, {result.entries} entries"
        if not result:
            found = sorted({finding.code for findings in result.broken.values() for finding in findings})
            raise CommandError(f"{counted}, {len(result.broken)} chains BROKEN: {', '.join(found)}")
        self.stdout.write(f"{counted}, all verified")
