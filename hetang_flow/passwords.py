"""What a password must be: mixed, of no word of the house, none of the last five (GB/T 22239, 8.1.4.1 a)."""

from typing import Any

from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from hetang_flow.lib import clock
from permissions.models import PasswordUsed, User
from permissions.rules_log_in import CLASSES_NEEDED, PASSWORDS_REMEMBERED, classes_of, words_within

WORDS = (
    "hetang",
    "荷塘",
    "zhuzhou",
    "株洲",
    "xiangmu",
    "项目",
    "gongjian",
    "攻坚",
    "password",
    "admin",
    "qwer",
    "1234",
)


class Classes:
    """Signs of at least three of four kinds."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError."""
        if classes_of(password) < CLASSES_NEEDED:
            raise ValidationError(self.get_help_text(), code="password-too-plain")

    def get_help_text(self) -> str:
        """What is asked for, as a sentence."""
        return _("Mix at least three of: small letters, capitals, digits, other signs.")


class Words:
    """Neither the account's name nor a word that everybody here would try first."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError naming the word."""
        own = (getattr(user, "username", "") or "", getattr(user, "name", "") or "")
        if found := words_within(password, (*WORDS, *own)):
            raise ValidationError(
                _("“%(word)s” is a word that others would try first."), "password-word", {"word": found[0]}
            )

    def get_help_text(self) -> str:
        """What is asked for, as a sentence."""
        return _("No name of the account, the district or the campaign.")


class History:
    """None of the passwords this account had last; notes the new one when it is set."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError."""
        if user is None or user.pk is None:
            return
        used = PasswordUsed.objects.filter(user_id=user.pk).order_by("-at", "-pk")
        stored = [user.password, *used.values_list("encoded", flat=True)[:PASSWORDS_REMEMBERED]]
        if any(check_password(password, encoded) for encoded in dict.fromkeys(stored) if encoded):
            raise ValidationError(self.get_help_text(), code="password-used-before")

    def password_changed(self, password: str, user: Any = None) -> None:
        """Remember it, and since when it holds; Django calls this once the account is saved."""
        if user is None or user.pk is None:
            return
        now = clock.now()
        PasswordUsed.objects.create(user_id=user.pk, encoded=user.password, at=now)
        kept = PasswordUsed.objects.filter(user_id=user.pk).order_by("-at", "-pk")[:PASSWORDS_REMEMBERED]
        PasswordUsed.objects.filter(user_id=user.pk).exclude(
            pk__in=list(kept.values_list("pk", flat=True))
        ).delete()
        User.objects.filter(pk=user.pk).update(password_set_at=now, must_change_password=False)
        user.password_set_at, user.must_change_password = now, False

    def get_help_text(self) -> str:
        """What is asked for, as a sentence."""
        return _("None of the last five passwords.")
