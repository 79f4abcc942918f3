"""Make or remove the demonstration: invented accounts named by post, invented projects to try everything on."""

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.translation import gettext as _

from hetang_flow import demonstration, env
from hetang_flow.lib import clock
from permissions import operations


class Command(BaseCommand):
    """Idempotent both ways; what invented people did stays in the record, they themselves are gone."""

    help = (
        "Make the demonstration accounts and projects; --remove closes the accounts and hides the projects."
    )

    def add_arguments(self, parser):
        """One switch."""
        parser.add_argument("--remove", action="store_true", help="take the demonstration away")

    def handle(self, *args, **options):
        """All of it or nothing."""
        now = clock.now()
        if options["remove"]:
            closed = demonstration.remove(now=now)
            said = _("%(closed)s demonstration accounts closed; their projects are hidden.")
            self.stdout.write(said % {"closed": closed})
            return
        with transaction.atomic():
            projects = demonstration.invent_projects(now=now)
            made = operations.create_demonstration(env.kept_secret("demo-password"), now=now)
            demonstration.play_openings(projects, now=now)
            demonstration.play_obstacles(projects, now=now)
            demonstration.play_months(projects, now=now)
            if projects:
                demonstration.play_ledgers(now=now)
        said = _("%(accounts)s demonstration accounts and %(projects)s invented projects made.")
        self.stdout.write(said % {"accounts": len(made), "projects": len(projects)})
