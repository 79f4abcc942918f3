"""What is typed at the door with a one-time code."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST_PASSWORD = 128


class CodeForm(forms.Form):
    """Account, code, and the new password twice."""

    username = forms.CharField(max_length=150)
    code = forms.CharField(max_length=40)
    password1 = forms.CharField(max_length=LONGEST_PASSWORD, strip=False)
    password2 = forms.CharField(max_length=LONGEST_PASSWORD, strip=False)

    def clean(self) -> dict[str, Any]:
        """Both passwords are the same."""
        typed: dict[str, Any] = super().clean() or {}
        first, second = typed.get("password1"), typed.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("The two passwords are not the same."))
        return typed
