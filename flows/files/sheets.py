"""What the engine's pages learn from this room: how its entries read."""

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from flows.engine import registry
from flows.engine.registry import Said
from flows.journal.selectors import Line


def _words(text: str) -> Callable[[Line], Said]:
    return lambda line: Said(_(text), "done", line.personal.get("opinion", ""))


registry.history_words("attachment.added", _words(gettext_noop("added a file")))
registry.history_words("attachment.withdrawn", _words(gettext_noop("took a file away")))
registry.history_words(
    "list.exported",
    lambda line: Said(_("took “%(list)s” out as a workbook") % {"list": line.facts.get("list", "")}),
)
