"""What people type about projects; what is plausible is a rule of this room, not of the form."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hetang_flow.lib.errors import NotAllowed
from hetang_flow.lib.verdicts import Verdict

from . import rules
from .lifecycle import PATH, Move, Phase
from .selectors_milestone import Item, MilestoneSheet

LONGEST_TEXT = 500


class StartForm(forms.Form):
    """Which move."""

    move = forms.ChoiceField(choices=Move.choices)


class CorrectionForm(forms.Form):
    """To which phase, and why; whether the reason is long enough is for the engine's rule to say."""

    to_phase = forms.ChoiceField(
        choices=[(phase, Phase(phase).label) for phase in PATH], label=_("Phase it should be in")
    )
    reason = forms.CharField(required=False, max_length=LONGEST_TEXT, strip=True)


class NoteForm(forms.Form):
    """The note that goes with a submission."""

    note = forms.CharField(required=False, max_length=LONGEST_TEXT, strip=True)


class DraftForm:
    """The figures, dates and the note of a submission: reads what was typed, line by line.

    After `read`, `values` holds what is plausible, each item its own error, `note` the note if it was sent.
    """

    def __init__(self, sheet: MilestoneSheet, posted: Mapping[str, str], *, today: date) -> None:
        self.sheet, self.posted, self.today = sheet, posted, today
        self.values: dict[str, Decimal | date | None] = {}
        self.note = sheet.milestone.note
        self.errors = False

    def read(self, not_before: date | None, not_before_name: str) -> None:
        """Judge every line that was sent; a line that was not sent stays as it is.

        Raises NotAllowed for a line that is hidden from whoever sent it.
        """
        for code in self.sheet.fields.hidden:
            if self.posted.get(f"value-{code}"):
                raise NotAllowed("field-not-writable", {"field": code})
        for item in self.sheet.values:
            typed = self.posted.get(f"value-{item.need.code}")
            if typed is not None and typed.strip():
                self._read(item, typed.strip(), not_before, not_before_name)
        if "note" in self.posted:
            form = NoteForm(self.posted)
            if form.is_valid():
                self.note = form.cleaned_data["note"]
            else:
                self.errors = True

    def _read(self, item: Item, typed: str, not_before: date | None, not_before_name: str) -> None:
        is_date = item.need.kind == rules.DATE
        field: forms.Field = forms.DateField() if is_date else forms.DecimalField()
        try:
            value: Any = field.clean(typed if is_date else typed.replace(",", "").replace("，", ""))
            verdict = rules.plausible(
                item.need.kind,
                item.need.name,
                value,
                today=self.today,
                code=item.need.code,
                not_before=not_before,
                not_before_name=not_before_name,
            )
        except forms.ValidationError:
            verdict = Verdict("day-unreadable" if is_date else "figure-unreadable", {"name": item.need.name})
        if verdict:
            self.values[item.need.code] = value
            return
        item.errors.append(verdict)
        item.typed = typed[:40]
        self.errors = True
