"""How a reported target reads in a plan's record."""

from django.utils.translation import gettext as _

from flows.engine import registry
from flows.engine.registry import Said
from flows.journal.selectors import Line


def reported_words(line: Line) -> Said:
    """Which target."""
    return Said(_("reported the target “%(target)s”") % {"target": line.facts.get("target", "")})


registry.history_words("target.reported", reported_words)
