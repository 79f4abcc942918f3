"""manage.py plan_lint [FILE] [--strict]: what cannot add up in a plan, without a database."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from flows.plan.document import PlanRefused, read_plan
from flows.plan.lint import lint_plan
from flows.plan.printing import finding_line, refusal_lines
from hetang_flow.lib.plan_file import NOTE, WARNING

DEFAULT = Path("plans") / "hetang-2023.yaml"


class Command(BaseCommand):
    """Print every finding of a plan file."""

    help = "Show what cannot add up in a plan file, in sentences with figures. Needs no database."
    needs_database = False
    requires_system_checks: list[str] = []

    def add_arguments(self, parser):
        """FILE and --strict."""
        parser.add_argument("file", nargs="?", type=Path, default=settings.BASE_DIR / DEFAULT)
        parser.add_argument("--strict", action="store_true", help="end with 1 when there is a warning")

    def handle(self, *args, **options):
        """Print findings, the weightiest first; end with 1 on errors, and on warnings when strict."""
        try:
            document = read_plan(options["file"])
        except PlanRefused as refused:
            for line in refusal_lines(refused):
                self.stderr.write(line)
            raise CommandError(
                _("The plan file has %(count)s errors.") % refused.facts, returncode=1
            ) from None
        findings = lint_plan(document)
        for finding in findings:
            self.stdout.write(finding_line(document.source.name, finding))
        warnings = sum(finding.severity == WARNING for finding in findings)
        notes = sum(finding.severity == NOTE for finding in findings)
        summary = _("%(warnings)s warnings, %(notes)s notes.") % {"warnings": warnings, "notes": notes}
        if warnings and options["strict"]:
            raise CommandError(summary, returncode=1)
        self.stdout.write(summary)
