"""manage.py load_plan FILE [--check] [--effective DAY] [--yes]: write a plan, all of it or nothing."""

import argparse
import sys
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from flows.plan.document import PlanRefused, read_plan
from flows.plan.operations import Result, compare_plan, is_loaded, load_plan
from flows.plan.printing import count_lines, difference_lines, refusal_lines
from flows.plan.texts import REFUSALS
from hetang_flow.lib.clock import now
from hetang_flow.lib.errors import Refusal
from permissions.actors import SYSTEM


class Command(BaseCommand):
    """Check, compare, ask, load."""

    help = (
        "Load a plan file. A second load changes nothing; a changed file shows the difference and asks first."
    )
    needs_database = True

    def add_arguments(self, parser):
        """FILE, --check, --effective DAY, --yes."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--check", action="store_true", help="only show what would change")
        parser.add_argument(
            "--effective", type=_day, metavar="DAY", help="the day from which it holds: 2023-07-01"
        )
        parser.add_argument("--yes", action="store_true", help="load a changed plan without asking")

    def handle(self, *args, **options):
        """Print a line a section; refuse with every error of the file."""
        try:
            document = read_plan(options["file"])
            self._load(document, options)
        except PlanRefused as refused:
            for line in refusal_lines(refused):
                self.stderr.write(line)
            raise CommandError(
                _("Nothing was loaded: the plan file has %(count)s errors.") % refused.facts
            ) from None
        except Refusal as refusal:
            text = REFUSALS.get(refusal.code)
            said = str(text) % refusal.facts if text else str(refusal)
            raise CommandError(_("Nothing was loaded: %(reason)s") % {"reason": said}) from None

    def _load(self, document, options):
        moment, day = now(), options["effective"]
        if not options["check"] and not is_loaded(document):
            self._done(load_plan(document, by=SYSTEM, now=moment, effective=day))
            return
        shown = compare_plan(document, by=SYSTEM, now=moment, effective=day)
        if shown.nothing:
            self._tell(shown)
            self.stdout.write(
                _("Nothing changed: this plan is loaded already (version %(version)s).") % _of(shown)
            )
            return
        for line in difference_lines(shown):
            self.stdout.write(line)
        if options["check"]:
            self._tell(shown)
            self.stdout.write(
                _("Only checked: nothing was written. It would hold from %(day)s.") % _of(shown)
            )
            return
        if not options["yes"] and not self._agreed(shown):
            raise CommandError(_("Nothing was loaded: the difference was not agreed to."))
        self._done(load_plan(document, by=SYSTEM, now=moment, effective=day, agreed=shown.differences))

    def _done(self, result: Result) -> None:
        self._tell(result)
        self.stdout.write(_("Loaded as version %(version)s; it holds from %(day)s.") % _of(result))

    def _tell(self, result: Result) -> None:
        for line in count_lines(result):
            self.stdout.write(line)

    def _agreed(self, shown: Result) -> bool:
        if not sys.stdin.isatty():
            raise CommandError(
                _(
                    "Nothing was loaded: %(count)s differences have to be agreed to. Look at them above, then use --yes."
                )
                % _of(shown)
            )
        answer = input(_("Load these %(count)s differences, to hold from %(day)s? [y/N] ") % _of(shown))
        return answer.strip().lower() in ("y", "yes", "是")


def _of(result: Result) -> dict[str, object]:
    return {"version": result.version, "day": result.effective, "count": len(result.differences)}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = _("“%(said)s” is no day, or does not exist. Write it as 2023-07-01.")
        raise argparse.ArgumentTypeError(message % {"said": text}) from None
