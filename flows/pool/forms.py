"""What people type about the pool; what hangs together is a rule of this room, not of the form."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from hetang_flow.lib.errors import Invalid

from .models import Finding, Tier

LONGEST_TEXT = 500


class ProposalForm(forms.Form):
    """A proposal on one screen; money in 万元."""

    line = forms.IntegerField(label=_("Campaign line"))
    name = forms.CharField(max_length=160, label=_("Project name"))
    owner = forms.CharField(max_length=120, label=_("Owner"))
    location = forms.CharField(max_length=60, required=False, label=_("Location"))
    total_investment = forms.DecimalField(
        max_digits=14, decimal_places=2, min_value=0, label=_("Total investment")
    )
    builds_from = forms.DateField(label=_("Construction begins"))
    builds_until = forms.DateField(label=_("Construction ends"))
    content = forms.CharField(max_length=1000, label=_("What is built, and what for"))


class CorrectionForm(ProposalForm):
    """The same, of a proposal whose line is settled."""

    line = None


class TierForm(forms.Form):
    """A rung, and why."""

    tier = forms.ChoiceField(choices=Tier.choices)
    reason = forms.CharField(required=False, max_length=LONGEST_TEXT)


class PromotionForm(forms.Form):
    """Who serves it, who leads it, what is planned this year in 万元, and why."""

    service = forms.IntegerField(label=_("Service department"))
    leaders = forms.TypedMultipleChoiceField(coerce=int, choices=(), label=_("Contact leaders"))
    planned_investment = forms.DecimalField(
        max_digits=14, decimal_places=2, min_value=0, label=_("Planned investment this year")
    )
    reason = forms.CharField(required=False, max_length=LONGEST_TEXT, label=_("Reason"))

    def __init__(self, *args: Any, leaders: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["leaders"].choices = leaders


def findings(posted: QueryDict) -> dict[str, tuple[str, str]]:
    """The answers typed, by question; an unanswered one is left out."""
    found = {}
    for key, answer in posted.items():
        if key.startswith("answer-") and answer in Finding.Answer.values:
            code = key.removeprefix("answer-")
            found[code] = (answer, posted.get(f"remark-{code}", "")[:200])
    return found


def given(form: forms.Form) -> dict[str, Any]:
    """What was typed; a form that cannot be read names its first field."""
    if form.is_valid():
        return form.cleaned_data
    raise Invalid("form-incomplete", {"field": next(iter(form.errors))})
