"""manage.py import_ledger KIND FILE [--check] [--good-rows] [--as POST]: a workbook from a shell."""

import hashlib
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from flows.ledgers.exporting import said
from flows.ledgers.importing import importer
from hetang_flow.lib import clock
from hetang_flow.lib.errors import Refusal
from hetang_flow.lib.workbooks import Problem, read
from permissions.actors import Actor
from permissions.models import User
from permissions.selectors import actor_for


class Command(BaseCommand):
    """Read a workbook, say everything that is wrong by row and column, and take it in unless only asked to look."""

    help = "Take a workbook into a ledger, or the annex of key projects (KIND projects)."

    def add_arguments(self, parser):
        """KIND, FILE, --check, --good-rows, --new-parties, --as POST."""
        parser.add_argument("kind", metavar="KIND", help="the code of a ledger, or projects")
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--check", action="store_true", help="only show what would come in")
        parser.add_argument("--good-rows", action="store_true", help="take the rows without fault")
        parser.add_argument(
            "--new-parties", action="store_true", help="take unknown firms in as new outside parties"
        )
        parser.add_argument(
            "--as", dest="post", metavar="POST", help="the code of the post in which it is taken in"
        )

    def handle(self, *args, **options):
        """The report, then how many rows came in."""
        now, path = clock.now(), options["file"]
        try:
            data = path.read_bytes()
        except OSError as error:
            raise CommandError(
                _("%(file)s cannot be read: %(reason)s") % {"file": path, "reason": error.strerror}
            ) from error
        try:
            way = importer(options["kind"])
            reading = read(data, way.columns)
            by = _in_post(options["post"], now) if options["post"] or not options["check"] else None
            keeper = way.keeper(by) if by and way.may(by) else None
            judged = way.judge(reading, now=now, keeper=keeper)
            self._tell(path.name, judged.problems)
            for name in judged.new_parties:
                self.stdout.write(_("new outside party: %(name)s") % {"name": name})
            if judged.there:
                self.stdout.write(_("there already: %(count)s rows") % {"count": judged.there})
            if judged.left_out:
                self.stdout.write(_("columns left out: %(names)s") % {"names": "、".join(judged.left_out)})
            if reading.unread:
                self.stdout.write(
                    _("Other sheets of the same kind were not read: %(names)s.")
                    % {"names": "、".join(reading.unread)}
                )
            if options["check"]:
                self.stdout.write(_("Would come in: %(count)s rows") % {"count": judged.good})
                if judged.problems:
                    raise CommandError(
                        _("%(count)s problems; nothing was changed.") % {"count": len(judged.problems)}
                    )
                return
            count = way.take(
                reading,
                new_parties=judged.new_parties if options["new_parties"] else (),
                only_good=options["good_rows"],
                sha256=hashlib.sha256(data).hexdigest(),
                by=by,
                now=now,
            )
        except Refusal as refused:
            raise CommandError(said([refused])[0]) from refused
        self.stdout.write(_("Taken in: %(count)s rows") % {"count": count})

    def _tell(self, name: str, problems: list[Problem]) -> None:
        for problem, text in zip(problems, said(problems), strict=True):
            where = f"{name}:{problem.row}" if problem.row else name
            self.stderr.write(" ".join(filter(None, (where, problem.cell, text))))


def _in_post(code: str | None, now) -> Actor:
    """Whoever holds the post. Raises CommandError where it is not named, unknown or empty."""
    if not code:
        raise CommandError(_("Say in which post it is taken in: --as POST."))
    day = clock.district_day(now)
    held = User.objects.filter(appointments__post__code=code, appointments__from_day__lte=day)
    user = held.exclude(appointments__post__code=code, appointments__until_day__lte=day).first()
    if user is None:
        raise CommandError(_("Nobody with an account holds the post “%(code)s”.") % {"code": code})
    actor = actor_for(user, at=now)
    return actor.in_post(next(post.id for post in actor.posts if post.code == code))
