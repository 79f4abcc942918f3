"""Remove one personal value from the record for good, with the reason; the chain stays whole."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from flows.journal.models import Entry
from flows.journal.operations import forget_personal
from hetang_flow.lib import clock
from hetang_flow.lib.errors import Refusal
from permissions.models import User
from permissions.selectors import actor_for


class Command(BaseCommand):
    help = "Remove a personal value (a name, an opinion) of one entry; what was removed, by whom and why is recorded."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "chain", type=UUID, help="the chain's public identifier, as journal_verify prints it"
        )
        parser.add_argument("number", type=int, help="the entry's number in its chain")
        parser.add_argument("field", help="which value, for example actor_name or opinion")
        parser.add_argument("--by", required=True, help="the user name of whoever decided it")
        parser.add_argument("--reason", required=True)

    def handle(
        self, *args: Any, chain: UUID, number: int, field: str, by: str, reason: str, **options: Any
    ) -> None:
        """Everything or nothing; refused without a reason, a person, or something to remove."""
        user = User.objects.filter(username=by, is_active=True).first()
        entry = Entry.objects.filter(chain__public_id=chain, number=number).first()
        if user is None or entry is None:
            raise CommandError("journal: there is no such " + ("person" if user is None else "entry"))
        now = clock.now()
        try:
            forget_personal(entry.pk, field, by=actor_for(user, at=now), now=now, reason=reason)
        except Refusal as refused:
            raise CommandError(f"journal: nothing was removed ({refused.code})") from refused
        self.stdout.write(f"journal: {field} of entry {number} removed")
