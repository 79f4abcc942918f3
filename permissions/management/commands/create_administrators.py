"""Make the three separated administrators and print their passwords once."""

import secrets

from django.core.management.base import BaseCommand, CommandError

from hetang_flow.lib.errors import Invalid
from permissions.models import Administrator
from permissions.operations import create_administrators


class Command(BaseCommand):
    """Three accounts for three duties; none sees business content, none holds two duties."""

    help = "Make the system, security and audit administrator; their passwords are printed once."

    def handle(self, *args, **options):
        """Print each account with a random password that is kept nowhere."""
        passwords = {kind.value: secrets.token_urlsafe(12) for kind in Administrator}
        try:
            made = create_administrators(passwords)
        except Invalid as refused:
            raise CommandError("There are administrators already; nothing was changed.") from refused
        for user in made:
            self.stdout.write(f"{user.username}  {passwords[user.administrator]}  {user.name}")
