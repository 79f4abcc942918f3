"""How a reported month reads in a project's record."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from flows.engine import registry
from flows.engine.registry import Said
from flows.journal.selectors import Line
from hetang_flow.lib.figures import number, yi

from . import rules


def reported_words(line: Line) -> Said:
    """The month, and what changed of it; a correction says so."""
    month = date.fromisoformat(str(line.facts["month"])[:10])
    said = []
    if rules.INVESTED in line.facts:
        said.append(
            _("invested %(value)s 100 million yuan") % {"value": yi(Decimal(line.facts[rules.INVESTED]))}
        )
    if rules.PROGRESS in line.facts:
        said.append(_("progress %(value)s%%") % {"value": number(Decimal(line.facts[rules.PROGRESS]))})
    if line.facts.get(rules.WORKS):
        said.append(str(line.facts[rules.WORKS]))
    text = (
        _("corrected %(month)s: %(what)s")
        if line.facts.get("corrects")
        else _("reported %(month)s: %(what)s")
    )
    about = {"month": f"{month.year}-{month.month:02d}", "what": _(", ").join(said)}
    return Said(text % about, "done", line.personal.get("word", ""))


registry.history_words("month.reported", reported_words)
