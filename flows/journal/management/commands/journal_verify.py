"""Check the record: every entry against its hash, every chain against its head, every seal against both."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from flows.journal import checking, verifier
from flows.journal.models import Chain


class Command(BaseCommand):
    help = "Verify chains and seals of the record; prints what is broken and where, and exits with 1 then."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--chain", type=int, metavar="ID", help="only this chain")
        parser.add_argument(
            "--code", action="append", default=[], help="a seal's short code as a paper bears it"
        )

    def handle(self, *args: Any, chain: int | None = None, code: list[str], **options: Any) -> None:
        """One line per broken chain, one summary line; no names, since a chain's name may be confidential."""
        known = [found for text in code for found in verifier.codes_in(text)]
        if len(known) != len(code) or (known and chain is not None):
            raise CommandError("journal: a code has four times four signs, and stands for all chains")
        result = checking.verify(chain, known)
        if chain is not None and not result.chains:
            raise CommandError(f"journal: there is no chain {chain}")
        kinds = Chain.objects.in_bulk(list(result.broken))
        for key, findings in result.broken.items():
            named = kinds.get(key)
            where = f"chain {key} ({named.kind} {named.public_id})" if named else f"chain {key}"
            self.stdout.write(f"{where}: " + "; ".join(str(finding) for finding in findings))
        for finding in result.seals_broken:
            self.stdout.write(str(finding))
        counted = f"journal: {result.chains} chains, {result.entries} entries"
        counted += f", {result.seals} seals" if chain is None else ""
        if not result:
            found = {finding.code for findings in result.broken.values() for finding in findings}
            found |= {finding.code for finding in result.seals_broken}
            raise CommandError(f"{counted}, {len(result.broken)} chains BROKEN: {', '.join(sorted(found))}")
        self.stdout.write(f"{counted}, all verified")
