"""What people type about substitutes and leaving; what may be is for the rules to say."""

from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from permissions.rules import LONGEST_REASON

_DAY = {"required": _("Choose a day."), "invalid": _("This is not a date.")}
_CHOICE = dict.fromkeys(("required", "invalid", "min_value", "max_value"), _("Choose one."))


class _Key(forms.IntegerField):
    def __init__(self) -> None:
        super().__init__(min_value=1, max_value=2**63 - 1, error_messages=_CHOICE)


class _Reason(forms.CharField):
    def __init__(self) -> None:
        words = {"required": _("Please give a reason.")}
        super().__init__(max_length=LONGEST_REASON, strip=True, error_messages=words)


class SubstituteForm(forms.Form):
    """Which post, by whom, from which day to which (the last one included), and why."""

    post = _Key()
    substitute = _Key()
    first_day = forms.DateField(error_messages=_DAY)
    last_day = forms.DateField(error_messages=_DAY)
    reason = _Reason()

    def words(self) -> dict:
        """The arguments of the operation: the day on which it is over is the one after the last."""
        typed = self.cleaned_data
        return {
            "from_day": typed["first_day"],
            "until_day": typed["last_day"] + timedelta(days=1),
            "reason": typed["reason"],
        }


class HandOverForm(forms.Form):
    """Who leaves, who takes over, and why."""

    leaver = _Key()
    successor = _Key()
    reason = _Reason()
