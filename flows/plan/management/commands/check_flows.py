"""manage.py check_flows [--file PLAN]: whether every flow with its policies holds together and is staffed."""

import time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from flows.engine.rules.soundness import ERROR, NOTE, WARNING, FlowReport, Report
from flows.engine.soundness import check_document, check_stored
from flows.engine.soundness_texts import sentence
from flows.plan.document import PlanRefused, read_plan
from flows.plan.printing import SEVERITIES, finding_line, refusal_lines
from flows.plan.soundness import findings
from hetang_flow.lib.clock import now

FILE = "--file"
WEIGHT = {ERROR: 0, WARNING: 1, NOTE: 2}


def wants_database(words: list[str]) -> bool:
    """A plan file is judged by itself."""
    return not any(word.split("=")[0] == FILE for word in words)


class Command(BaseCommand):
    """Print a line a flow, then every fault with the path that leads to it."""

    help = "Explore every flow with its policies and staffing; with --file by a plan file alone, without a database."
    needs_database = staticmethod(wants_database)
    requires_system_checks: list[str] = []

    def add_arguments(self, parser):
        """--file PLAN."""
        parser.add_argument(
            FILE, type=Path, metavar="PLAN", help="judge this plan file instead of what is stored"
        )

    def handle(self, *args, **options):
        """Print findings, the weightiest first; end with 1 when something is unsound."""
        began = time.perf_counter()
        report, lines = self._of_file(options["file"]) if options["file"] else self._of_database()
        for flow in report.flows:
            self.stdout.write(flow_line(flow))
        for line in lines:
            self.stdout.write(line)
        seconds = f"{time.perf_counter() - began:.2f}"
        counts = {level: sum(f.severity == level for f in report.faults) for level in WEIGHT}
        facts = {
            "errors": counts[ERROR],
            "warnings": counts[WARNING],
            "notes": counts[NOTE],
            "seconds": seconds,
        }
        if not report.sound:
            raise CommandError(
                _("Not sound: %(errors)s errors, %(warnings)s warnings, %(notes)s notes (%(seconds)s s).")
                % facts,
                returncode=1,
            )
        self.stdout.write(_("Sound: %(warnings)s warnings, %(notes)s notes (%(seconds)s s).") % facts)

    def _of_file(self, path: Path) -> tuple[Report, list[str]]:
        """A file with errors is refused as plan_lint refuses it; what it leaves out stands in the report."""
        try:
            document = read_plan(path)
        except PlanRefused as refused:
            for line in refusal_lines(refused):
                self.stderr.write(line)
            raise CommandError(
                _("The plan file has %(count)s errors.") % refused.facts, returncode=1
            ) from None
        report = check_document(document)
        found = sorted(map(document.placed, findings(document, report)), key=lambda f: WEIGHT[f.severity])
        held = _(
            "By the file a post counts as held when a holder is named or it is a standard post; accounts come later."
        )
        return report, [held, *(finding_line(document.source.name, finding) for finding in found)]

    def _of_database(self) -> tuple[Report, list[str]]:
        report = check_stored(at=now())
        faults = sorted(report.faults, key=lambda fault: WEIGHT[fault.severity])
        held = _("A post counts as held when somebody with an account holds it today.")
        lines = [f"{SEVERITIES[f.severity]}: {sentence(f, report)} [{f.code}]" for f in faults]
        return report, [held, *lines]


def flow_line(found: FlowReport) -> str:
    """One line a flow: what it consists of, whether it holds, how long it takes."""
    facts = {
        "flow": found.flow.title,
        "nodes": len(found.flow.nodes),
        "states": found.states,
        "days": found.days,
        "most": found.flow.most_days,
        "cases": found.cases,
    }
    if not found.sound:
        return _("%(flow)s: not sound, see below.") % facts
    line = (
        _(
            "%(flow)s: %(nodes)s nodes, %(states)s states, all reachable, an end from each; at most %(days)s of "
            "%(most)s working days; cases of staffing: %(cases)s."
        )
        if found.flow.most_days
        else _(
            "%(flow)s: %(nodes)s nodes, %(states)s states, all reachable, an end from each; at most %(days)s working "
            "days; cases of staffing: %(cases)s."
        )
    )
    more = _("Conditions count as possible either way.") if found.flow.has_conditions else ""
    return f"{line % facts} {more}".strip()
