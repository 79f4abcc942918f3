"""manage.py administrator_code USERNAME: a one-time code for an administrator whom no other can help."""

from django.core.management.base import BaseCommand, CommandError

from flows.accounts.operations_codes import issue_by_the_machine
from hetang_flow.lib import clock
from hetang_flow.lib.errors import Invalid


class Command(BaseCommand):
    """Everybody else's codes are the security administrator's to give."""

    help = "Print a one-time code for one of the three administrators; the old password is void."

    def add_arguments(self, parser):
        """USERNAME."""
        parser.add_argument("username", metavar="USERNAME")

    def handle(self, *args, **options):
        """Print the code, which is kept nowhere."""
        try:
            slip = issue_by_the_machine(options["username"], now=clock.now())
        except Invalid as refused:
            raise CommandError(
                "Only an open account of one of the three administrators; nothing was changed."
            ) from refused
        self.stdout.write(f"{slip.user.username}  {slip.code}")
