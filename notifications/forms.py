"""What people type about how they are told; what may be is for the rules to say."""

from django import forms
from django.utils.translation import gettext_lazy as _

from notifications import rules
from notifications.models import Preference

_TIME = {"required": _("Choose a time."), "invalid": _("This is not a time.")}
_CHOICE = dict.fromkeys(("required", "invalid_choice"), _("Choose one."))


class WishesForm(forms.Form):
    """From which urgency, over which channel, when not, and whether once a day."""

    mail_from = forms.ChoiceField(choices=Preference.FROM, error_messages=_CHOICE)
    mail_daily = forms.BooleanField(required=False)
    chat_from = forms.ChoiceField(choices=Preference.FROM, error_messages=_CHOICE)
    chat_daily = forms.BooleanField(required=False)
    daily_at = forms.TimeField(error_messages=_TIME)
    urgent_apart = forms.BooleanField(required=False)
    quiet = forms.BooleanField(required=False)
    quiet_from = forms.TimeField(required=False, error_messages=_TIME)
    quiet_until = forms.TimeField(required=False, error_messages=_TIME)
    urgent_passes = forms.BooleanField(required=False)

    @staticmethod
    def of(wishes: rules.Wishes) -> "WishesForm":
        """The form as it stands for these wishes."""
        usual = rules.Wishes()
        first = {name: getattr(wishes, name) for name in wishes.__dataclass_fields__}
        first["quiet"] = wishes.quiet_from is not None
        first["quiet_from"] = wishes.quiet_from or usual.quiet_from
        first["quiet_until"] = wishes.quiet_until or usual.quiet_until
        return WishesForm(initial=first)

    def wishes(self) -> rules.Wishes:
        """What was typed; hours count only where quiet hours are wanted."""
        typed = dict(self.cleaned_data)
        if not typed.pop("quiet"):
            typed["quiet_from"] = typed["quiet_until"] = None
        return rules.Wishes(**typed)


class ChatForm(forms.Form):
    """Which bot, the address its page shows, and the signing secret where it has one."""

    bot = forms.CharField(max_length=12, error_messages=_CHOICE)
    address = forms.CharField(max_length=300, error_messages={"required": _("Copy the address here.")})
    secret = forms.CharField(max_length=128, required=False)


class ReasonForm(forms.Form):
    """Why a letter is tried again or dropped."""

    reason = forms.CharField(required=False, max_length=2000)
