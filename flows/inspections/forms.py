"""What people type about inspections; what is plausible is a rule of this room, not of the form."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict

from hetang_flow.lib.errors import Invalid

from .models import Round
from .operations import Announced
from .rules import LONGEST_NAME, LONGEST_TEXT, MOST_INSPECTORS, MOST_PROJECTS


class AnnouncementForm(forms.Form):
    """Kind, name, days, and what is to be handed in; posts and projects are ticked beside it."""

    kind = forms.ChoiceField(choices=Round.Kind.choices)
    name = forms.CharField(required=False, max_length=LONGEST_NAME, strip=True)
    materials_due = forms.DateField()
    first_day = forms.DateField()
    last_day = forms.DateField()
    wanted = forms.CharField(required=False, max_length=LONGEST_TEXT, strip=True)


class MaterialsForm(forms.Form):
    """What is handed in, in words."""

    materials = forms.CharField(required=False, max_length=LONGEST_TEXT, strip=True)


class FindingForm(forms.Form):
    """What was found, which unit it concerns, and whether it is serious."""

    text = forms.CharField(required=False, max_length=LONGEST_TEXT, strip=True)
    unit = forms.CharField(max_length=80, strip=True)
    is_serious = forms.BooleanField(required=False)


class ReportForm(forms.Form):
    """The day on site, and whether nothing was found."""

    visited_on = forms.DateField(required=False)
    nothing_found = forms.BooleanField(required=False)


class SeenForm(forms.Form):
    """What a unit has against it, if anything."""

    objection = forms.CharField(required=False, max_length=LONGEST_TEXT, strip=True)


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


def announced(posted: QueryDict) -> Announced:
    """An announcement as it was typed. Raises Invalid for what cannot be read."""
    typed = given(AnnouncementForm(posted))
    try:
        posts = [int(key) for key in posted.getlist("inspectors")[: MOST_INSPECTORS + 1]]
        projects = [UUID(key) for key in posted.getlist("projects")[: MOST_PROJECTS + 1]]
    except ValueError as error:
        raise Invalid("form-incomplete", {"field": "projects"}) from error
    lines = [code[:30] for code in posted.getlist("lines")]
    return Announced(**typed, inspectors=posts, projects=projects, lines=lines)
