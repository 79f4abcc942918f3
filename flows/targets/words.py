"""How this room says its parts and figures."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import Target
from .rules.shares import plain

PARTS = {
    "goals": gettext_lazy("Goals"),
    "measures": gettext_lazy("Measures"),
    "duties": gettext_lazy("Who does what"),
    "safeguards": gettext_lazy("Safeguards"),
}


def figure(target: Target) -> str:
    """A target's figure as people say it: 15%以上, 37个以上, 高于全市平均."""
    if target.value is None:
        return str(target.get_kind_display() if target.kind == "done" else target.get_comparison_display())
    said = f"{plain(Decimal(target.value))}{target.unit}"
    if target.comparison == "at_least":
        said = _("%(figure)s or more") % {"figure": said}
    elif target.comparison == "about":
        said = _("about %(figure)s") % {"figure": said}
    return said
