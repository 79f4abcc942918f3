"""manage.py supervision_replay --on DAY [--rules FILE]: a past day computed again; and what another ladder would have done."""

from datetime import date, timedelta
from pathlib import Path

import yaml
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from flows.supervision import rules
from flows.supervision.plan_schema import LadderEntry
from flows.supervision.replay import otherwise, replay

QUARTER = timedelta(days=91)


class Command(BaseCommand):
    """Compute a day again from the facts, and say where it differs from the record; exits with 1 then."""

    help = "Replay the rungs of a past day. With --rules it shows what another ladder would have told in the quarter up to it."

    def add_arguments(self, parser):
        """--on DAY, --rules FILE."""
        parser.add_argument("--on", metavar="DAY", required=True, help="2023-07-03")
        parser.add_argument("--rules", metavar="FILE", help="a ladder, as the plan file's key ladder says it")

    def handle(self, *args, **options):
        """One line a difference, then a summary."""
        try:
            day = date.fromisoformat(options["on"])
        except ValueError as error:
            raise CommandError(
                _("“%(text)s” is no day. Write it as 2023-07-01.") % {"text": options["on"]}
            ) from error
        if options["rules"]:
            self._other(day, Path(options["rules"]))
            return
        found = replay(day)
        for kind, rung in found.differences:
            self.stdout.write(f"{kind}: {rung.item} {rung.order} {rung.code} {rung.due_on}")
        facts = {"day": day, "told": len(found.told), "differing": len(found.differences)}
        self.stdout.write(_("%(day)s: %(told)s rungs told, %(differing)s differ") % facts)
        if not found:
            raise CommandError(_("The day does not replay as it is on record."))

    def _other(self, day: date, path: Path) -> None:
        try:
            said = yaml.safe_load(path.read_text(encoding="utf-8"))
            body = LadderEntry.model_validate(said.get("ladder", said), strict=False).model_dump(mode="json")
        except (OSError, ValueError, AttributeError, yaml.YAMLError) as error:
            raise CommandError(
                _("“%(path)s” does not read as a ladder: %(why)s") % {"path": path, "why": error}
            ) from error
        found = otherwise(rules.ladder_of(body, 0), day - QUARTER, day)
        for each in found:
            if each.differs:
                was = " ".join(f"{code}@{told}" for code, told in each.told) or "-"
                would = " ".join(f"{code}@{told}" for code, told in each.would) or "-"
                self.stdout.write(f"{each.item.title}: {was} -> {would}")
        facts = {"count": len(found), "differing": sum(each.differs for each in found)}
        self.stdout.write(_("%(count)s matters in the quarter, %(differing)s would differ") % facts)
