"""manage.py due_day 2023-09-22 5: the day on the first line, the reason on the second."""

import re
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from flows.deadlines.published import delivered_calendar
from flows.deadlines.rules import LONGEST_LIMIT, WorkCalendar, due_day
from flows.deadlines.selectors import calendar
from flows.deadlines.sentences import explain
from hetang_flow.lib.errors import Invalid

BAD_INPUT = 2


class Command(BaseCommand):
    """Print the due day as YYYY-MM-DD, then one sentence that explains it; exit code 2 for bad input."""

    help = gettext_lazy("Print the day on which a limit of working days is over, and why.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take both as text: argparse would answer a bad date in words of its own."""
        parser.add_argument("start", help=_("the starting day, YYYY-MM-DD; it is not counted itself"))
        parser.add_argument("limit", help=_("working days, 0 or more"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Read the two words, ask the calendar in force, print."""
        start, limit = read_day(options["start"]), read_limit(options["limit"])
        try:
            due = due_day(start, limit, self._calendar())
        except Invalid as refusal:
            raise CommandError(_beyond(), returncode=BAD_INPUT) from refusal
        self.stdout.write(due.day.isoformat())
        self.stdout.write(explain(due))

    def _calendar(self) -> WorkCalendar:
        """Return the calendar in force; on a database without tables the delivered one, saying so."""
        try:
            return calendar()
        except ProgrammingError:
            self.stderr.write(
                _("The database is not set up yet; answered from the calendar delivered with the system.")
            )
            return delivered_calendar()


def read_day(text: str) -> date:
    """Return the day written as YYYY-MM-DD; CommandError for anything else or a day that does not exist."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        message = _("“%(text)s” is not a date. Write it as YYYY-MM-DD, for instance 2023-09-22.")
        raise CommandError(message % {"text": text}, returncode=BAD_INPUT)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = _("There is no such day as %(text)s.")
        raise CommandError(message % {"text": text}, returncode=BAD_INPUT) from error


def read_limit(text: str) -> int:
    """Return the number of working days; CommandError unless it is a whole number from 0 to LONGEST_LIMIT."""
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) > LONGEST_LIMIT:
        message = _("“%(text)s” is not a limit. Write a whole number of working days from 0 to %(longest)s.")
        raise CommandError(message % {"text": text, "longest": LONGEST_LIMIT}, returncode=BAD_INPUT)
    return int(text)


def _beyond() -> str:
    return _("The due day lies beyond the year 9999; give an earlier day or a shorter limit.")
