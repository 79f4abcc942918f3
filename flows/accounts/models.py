"""Lists of people who come and who leave, made by one administrator and confirmed by another; codes that are used once."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class AccountList(models.Model):
    """名册: a workbook of accounts to be made, or of leavers to be closed; `rows` as the rules judged them."""

    class Kind(models.TextChoices):
        JOINING = "joining", _("new accounts")
        LEAVING = "leaving", _("leavers")

    class State(models.TextChoices):
        CHECKED = "checked", _("checked, nothing done yet")
        HANDED_IN = "handed_in", _("waits for the security administrator")
        CONFIRMED = "confirmed", _("confirmed")
        DECLINED = "declined", _("declined")
        DROPPED = "dropped", _("dropped")

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHECKED)
    name = models.CharField(max_length=160)
    rows = models.JSONField()
    made = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    settled = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(settled_by__isnull=True)
                | ~Q(settled_by=models.F("made_by"))
                | Q(state="dropped"),
                name="account_list_of_two_persons",
            )
        ]

    def __str__(self):
        return f"{self.kind} {self.name}"


class OneTimeCode(models.Model):
    """一次性口令: with it an account sets a password once; only a keyed hash of it is kept."""

    class Purpose(models.TextChoices):
        ACTIVATION = "activation", _("activation")
        RESET = "reset", _("reset")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="codes")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    digest = models.CharField(max_length=64)
    made = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    expires = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used = models.DateTimeField(null=True)
    void = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(void=False, used__isnull=True), name="one_open_code_an_account"
            )
        ]

    def __str__(self):
        return f"{self.purpose} of {self.user_id}"


class KnownPhone(models.Model):
    """登记手机: a phone that was signed in on with the password, known for some days and opened with a PIN.

    `digest` is a hash of what its cookie holds, `account` of password and epoch when it was registered: when either
    changes, the phone is known no longer. `forgotten` says when it was given up or guessed away.
    """

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="phones")
    name = models.CharField(max_length=30)
    digest = models.CharField(max_length=64)
    account = models.CharField(max_length=64)
    pin = models.CharField(max_length=128)
    failures = models.PositiveSmallIntegerField(default=0)
    made = models.DateTimeField()
    ends = models.DateTimeField()
    seen = models.DateTimeField()
    forgotten = models.DateTimeField(null=True)
    why = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(forgotten__isnull=True, why="") | Q(forgotten__isnull=False) & ~Q(why=""),
                name="a_phone_is_forgotten_for_a_reason",
            )
        ]
        indexes = [
            models.Index(fields=["user", "-made"], condition=Q(forgotten=None), name="phones_of_person")
        ]

    def __str__(self):
        return f"{self.name} of {self.user_id}"
