"""manage.py run_obligations [--on DAY] [--from DAY] [--check]: what the hourly job does, from a shell."""

from datetime import date

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from flows.obligations.operations import missing, open_due
from hetang_flow.lib import clock


class Command(BaseCommand):
    """Ask for what is owed by now, or show what would be asked for."""

    help = "Open what recurs and is to be asked for by now. With --check it only shows what would be opened."

    def add_arguments(self, parser):
        """--on DAY, --from DAY, --check."""
        parser.add_argument(
            "--on", metavar="DAY", help="show what that day would open: 2023-07-01; with --check"
        )
        parser.add_argument("--from", dest="since", metavar="DAY", help="also what was due from that day on")
        parser.add_argument("--check", action="store_true", help="only show")

    def handle(self, *args, **options):
        """One line a period, then how many."""
        now, on, since = clock.now(), _day(options["on"]), _day(options["since"])
        if on and not options["check"]:
            raise CommandError(_("--on is for looking: use it with --check."))
        if not options["check"]:
            self.stdout.write(_("Opened: %(count)s") % {"count": open_due(now=now, since=since)})
            return
        total = 0
        for each in missing(on or clock.district_day(now), since=since):
            total += len(each.owers)
            facts = {"name": each.obligation.name, "period": each.owed.period, "due": each.owed.due_on}
            facts["count"] = len(each.owers)
            self.stdout.write(_("%(name)s %(period)s, due %(due)s, of %(count)s") % facts)
        self.stdout.write(_("Would be opened: %(count)s") % {"count": total})


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise CommandError(_("“%(text)s” is no day. Write it as 2023-07-01.") % {"text": text}) from error
