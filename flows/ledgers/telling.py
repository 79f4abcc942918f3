"""How ledgers read in a plan's record."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from flows.engine import registry
from flows.engine.registry import Said
from flows.journal.selectors import Line

TOLD: dict[str, Any] = {
    "ledger.added": gettext_lazy("added a row to “%(ledger)s”"),
    "ledger.corrected": gettext_lazy("corrected a row of “%(ledger)s”"),
    # A table goes out as every list does ("list.exported"); this is how it was said before, and a record keeps its words.
    "ledger.exported": gettext_lazy("took “%(ledger)s” out as a workbook"),
    "ledger.withdrawn": gettext_lazy("withdrew a row of “%(ledger)s”"),
}


def _words(text: Any) -> Callable[[Line], Said]:
    def words(line: Line) -> Said:
        return Said(
            str(text) % {"ledger": line.facts.get("ledger", "")}, "done", line.personal.get("reason", "")
        )

    return words


def imported_words(line: Line) -> Said:
    """How many rows came in at once."""
    about = {"ledger": line.facts.get("ledger", ""), "count": line.facts.get("rows", 0)}
    return Said(_("took %(count)s rows into “%(ledger)s”") % about, "done")


for kind, text in TOLD.items():
    registry.history_words(kind, _words(text))
registry.history_words("ledger.imported", imported_words)
