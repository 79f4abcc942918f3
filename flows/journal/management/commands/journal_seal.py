"""Make today's seal now instead of at the next hour."""

from typing import Any

from django.core.management.base import BaseCommand

from flows.journal.sealing import seal_record
from flows.journal.selectors import newest_seal
from hetang_flow.lib import clock


class Command(BaseCommand):
    help = "Seal the record for today, unless that has been done; prints the newest seal's code."

    def handle(self, *args: Any, **options: Any) -> None:
        """One line: day and code."""
        made = seal_record(now=clock.now())
        seal = made or newest_seal()
        if seal is not None:
            self.stdout.write(f"{seal.day} {seal.code}" + ("" if made else " (made already)"))
