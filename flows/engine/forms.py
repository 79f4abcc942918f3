"""What people type on a sheet; how long a text must be is a rule of the engine, not of the form."""

from django import forms

from . import rules


class _Text(forms.CharField):
    def __init__(self, *, required: bool) -> None:
        super().__init__(required=required, max_length=rules.LONGEST_TEXT, strip=True)


class SignForm(forms.Form):
    """An approval or a submission: which share, and an opinion if there is one."""

    assignment = forms.IntegerField()
    opinion = _Text(required=False)


class ReturnForm(forms.Form):
    """A return says why."""

    assignment = forms.IntegerField()
    reason = _Text(required=False)


class HandOutForm(forms.Form):
    """To which colleague."""

    assignment = forms.IntegerField()
    to_user = forms.IntegerField()


class WithdrawForm(forms.Form):
    """A withdrawal says why."""

    reason = _Text(required=False)
