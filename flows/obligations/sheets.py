"""What the engine's pages learn from this room: the body of its sheets and papers, who sees its runs, its words."""

from django.utils.translation import gettext as _

from flows.engine import registry
from flows.engine.papers import day
from flows.engine.registry import Context, Said
from flows.files.papers import file_rows
from flows.files.registry import takes_files

from . import selectors
from .flow import ObligationFlow


def _rows(context: Context) -> list[tuple[str, str]]:
    occurrence = context["occurrence"]
    return [
        (_("Obligation"), f"{occurrence.obligation.name}（{occurrence.obligation.clause}）"),
        (_("Period"), occurrence.period),
        (_("Due"), day(occurrence.due_on)),
        (_("Report"), occurrence.report),
        *file_rows(context["files"]),
    ]


takes_files(ObligationFlow.code)
registry.sheet_context(ObligationFlow.code, selectors.sheet_context)
registry.paper_rows(ObligationFlow.code, _rows)
registry.run_visibility(selectors.runs_of_room, ObligationFlow.code)
registry.history_words("report.written", lambda line: Said(_("wrote the report"), "add"))
