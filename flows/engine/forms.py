"""What people type on a sheet; how long a text must be is a rule of the engine, not of the form."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms

from hetang_flow.lib.errors import Invalid

from . import rules
from .selectors_choices import MOST_CHOSEN

LARGEST_KEY = 2**63 - 1


class Numbers(forms.Field):
    """Several keys, each once, in the order chosen."""

    widget = forms.SelectMultiple

    def clean(self, value: Any) -> list[int]:
        """The keys as numbers."""
        typed = list(dict.fromkeys(value or ()))
        readable = all(each.isdecimal() and each.isascii() and int(each) <= LARGEST_KEY for each in typed)
        if not readable or len(typed) > MOST_CHOSEN:
            raise forms.ValidationError("unreadable")
        return [int(each) for each in typed]


def _text() -> forms.Field:
    return forms.CharField(required=False, max_length=rules.LONGEST_TEXT, strip=True)


def _key(*, required: bool = True) -> Callable[[], forms.Field]:
    return lambda: forms.IntegerField(required=required, min_value=1, max_value=LARGEST_KEY)


def _choice(*values: str) -> Callable[[], forms.Field]:
    return lambda: forms.ChoiceField(choices=[(value, value) for value in values], required=False)


PARTS: dict[str, Callable[[], forms.Field]] = {
    "assignment": forms.IntegerField,
    "opinion": _text,
    "reason": _text,
    "post": _key(),
    "posts": Numbers,
    "turn": _choice("before", "alongside", "after"),
    "mode": _choice(rules.ALL_OF, rules.ANY_OF, rules.SEQUENTIAL),
    "to": _key(required=False),
    "resubmit": _choice("replay", "resume"),
    "step": _key(),
    "node": lambda: forms.CharField(max_length=60),
    "to_user": _key(),
}


class ActForm(forms.Form):
    """The parts that one operation asks for."""

    def __init__(self, asks: Sequence[str], data: Mapping[str, Any]) -> None:
        super().__init__(data)
        self.fields = {name: PARTS[name]() for name in asks}

    def given(self) -> dict[str, Any]:
        """What was typed; a form that cannot be read is a refusal like any other."""
        if self.is_valid():
            return self.cleaned_data
        for name in ("opinion", "reason"):
            if name in self.errors:
                length = len(self.data.get(name, "").strip())
                raise Invalid("text-too-long", {"field": name, "most": rules.LONGEST_TEXT, "length": length})
        name = next(iter(self.errors))
        raise Invalid("nobody-named" if name == "post" else "form-incomplete", {"field": name})


class PhraseForm(forms.Form):
    """A phrase to keep, or the key of one to let go of."""

    text = forms.CharField(required=False, strip=True)
    drop = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_KEY)
