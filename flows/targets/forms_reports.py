"""What people type about a target; what it may say is a rule of this room, not of the form."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict

from hetang_flow.lib.errors import Invalid


class ReportForm(forms.Form):
    """How far a target is, on which day, by which source."""

    value = forms.DecimalField(required=False)
    reached = forms.TypedChoiceField(
        required=False,
        choices=[("", ""), ("yes", ""), ("no", "")],
        coerce=lambda said: said == "yes",
        empty_value=None,
    )
    day = forms.DateField()
    source = forms.CharField(required=False, max_length=200)
    words = forms.CharField(required=False, max_length=500)
    seen = forms.IntegerField(required=False, min_value=0, max_value=10**9)


def said(posted: QueryDict) -> dict[str, Any]:
    """What was typed; what cannot be read names its first field."""
    form = ReportForm(posted)
    if not form.is_valid():
        field = next(iter(form.errors))
        raise Invalid(
            "day-unreadable" if field == "day" else "figure-unreadable", {"field": field, "name": field}
        )
    typed = form.cleaned_data
    value: Decimal | None = typed["value"]
    day: date = typed["day"]
    return {
        "value": value,
        "reached": typed["reached"],
        "day": day,
        "source": typed["source"],
        "words": typed["words"],
        "seen": typed["seen"] or 0,
    }
