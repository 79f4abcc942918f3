"""manage.py supervision_sweep: what the hourly job does, from a shell."""

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from flows.supervision.opening import open_runs
from flows.supervision.operations_sweep import sweep
from flows.supervision.selectors import database_now


class Command(BaseCommand):
    """Close, open and climb, then open the runs that the rungs need; by the database's clock, read once."""

    help = "Supervise what is late: close what is done, open what is newly late, take whatever is due a rung further."

    def handle(self, *args, **options):
        """One line with what was done."""
        now = database_now()
        done = sweep(now=now)
        facts = {
            "opened": done.opened,
            "closed": done.closed,
            "climbed": done.climbed,
            "held": done.held,
            "runs": open_runs(now=now),
        }
        text = _(
            "Opened %(opened)s, closed %(closed)s, climbed %(climbed)s, held %(held)s; runs opened: %(runs)s"
        )
        self.stdout.write(text % facts)
