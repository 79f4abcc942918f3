"""What people type about obstacles; what is plausible is a rule of this room, not of the form."""

from typing import Any

from django import forms

from flows.projects.lifecycle import Move
from hetang_flow.lib.errors import Invalid

from .rules import LONGEST_TEXT, LONGEST_TITLE


class KindForm(forms.Form):
    """What it is about: its kind with its part (`utilities/水`), the milestone it blocks, and whether it is a need."""

    kind = forms.CharField(max_length=60)
    blocks = forms.ChoiceField(required=False, choices=[("", ""), *Move.choices])
    is_need = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        """The kind and its part stand in one field, so that nobody chooses 水 of 用地."""
        typed = super().clean() or {}
        typed["kind"], _slash, typed["part"] = typed.get("kind", "").partition("/")
        return typed


class RaiseForm(KindForm):
    """What stands in the way, in one sentence and, if need be, more."""

    title = forms.CharField(required=False, max_length=LONGEST_TITLE, strip=True)
    details = forms.CharField(required=False, max_length=LONGEST_TEXT, strip=True)


class SortForm(KindForm):
    """Its level of coordination, and whether it stops the work."""

    level = forms.CharField(max_length=30)
    stops = forms.BooleanField(required=False)


class AssignForm(forms.Form):
    """Which unit, until when."""

    unit = forms.CharField(max_length=80, strip=True)
    due = forms.DateField()


class AnswerForm(forms.Form):
    """What was done; whether it says enough is for the engine's rule to say."""

    measure = forms.CharField(required=False, max_length=LONGEST_TEXT, strip=True)


class LevelForm(forms.Form):
    """From which level, and why."""

    from_level = forms.CharField(required=False, max_length=30)
    reason = forms.CharField(required=False, max_length=LONGEST_TEXT, strip=True)


class ReportForm(forms.Form):
    """A stage that was reached, or a figure; `replaces` is an earlier report that was wrong."""

    stage = forms.CharField(required=False, max_length=30)
    figure = forms.CharField(required=False, max_length=40)
    value = forms.DecimalField(required=False)
    happened_on = forms.DateField()
    note = forms.CharField(required=False, max_length=LONGEST_TEXT, strip=True)
    replaces = forms.IntegerField(required=False, min_value=1)


class PermitForm(forms.Form):
    """A permit that was granted."""

    permit = forms.CharField(max_length=40)
    days = forms.IntegerField()
    documents = forms.IntegerField()
    happened_on = forms.DateField()
    replaces = forms.IntegerField(required=False, min_value=1)


def given(form: forms.Form) -> dict[str, Any]:
    """What was typed; a form that cannot be read is a refusal like any other."""
    if form.is_valid():
        return form.cleaned_data
    field = next(iter(form.errors))
    most = getattr(form.fields[field], "max_length", None)
    length = len(str(form.data.get(field, "")).strip())
    if most and length > most:
        raise Invalid("text-too-long", {"field": field, "most": most, "length": length})
    raise Invalid("form-incomplete", {"field": field})
