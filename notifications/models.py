"""Notices, the number each person has reached, how a person wishes to be told, and the attempts to carry notices out."""

from datetime import time

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from notifications import catalogue, rules


class NoticeCounter(models.Model):
    """The number of a person's newest notice; locked last, in order of the person's key."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, primary_key=True, related_name="+")
    last = models.PositiveIntegerField(default=0)

    def __str__(self):
        return f"{self.user_id}: {self.last}"


class Notice(models.Model):
    """One thing told to one person. The sentence is put together when it is read, in the reader's language.

    `about` is the public id of the run it concerns; `copied` puts it into "for information"; of what is
    `confidential` nothing but "a new task" leaves the house.
    Written only by the database function behind `notifications.notices.put`.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notices", db_index=False)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    facts = models.JSONField(default=dict)
    url = models.CharField(max_length=300, blank=True)
    about = models.UUIDField(null=True, blank=True)
    copied = models.BooleanField(default=False)
    confidential = models.BooleanField(default=False, db_default=False)
    created = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["user", "number"], name="notice_number_once"),
            models.UniqueConstraint(fields=["user", "key"], name="notice_told_once"),
        ]
        indexes = [
            models.Index(fields=["user", "-number"], condition=Q(read_at=None), name="notice_unread"),
            models.Index(fields=["user", "-number"], condition=Q(copied=True), name="notice_copied"),
            models.Index(fields=["about", "user"], condition=Q(read_at=None), name="notice_unread_about"),
        ]

    def __str__(self):
        return f"{self.user_id} #{self.number} {self.kind}"

    @cached_property
    def title(self) -> str:
        """The sentence, in the language now active."""
        return catalogue.title(self.kind, self.facts)

    @property
    def urgency(self) -> str:
        """low, normal or high."""
        return catalogue.urgency(self.kind)

    @property
    def said_outside(self) -> str:
        """What mail and chat may say of it, in the language now active."""
        return catalogue.said_outside(self.kind, self.facts, confidential=self.confidential)


class Bot(models.TextChoices):
    """The chat bots there are adapters for; each is a channel of its own."""

    DINGTALK = "dingtalk", _("DingTalk")
    WECOM = "wecom", _("WeCom")
    FEISHU = "feishu", _("Feishu")


class Preference(models.Model):
    """How a person wishes to be told outside the house; who has none is told by the defaults of `rules.Wishes`."""

    FROM = [
        ("low", _("everything")),
        ("normal", _("all but what is for information")),
        ("high", _("only what is urgent")),
        ("off", _("nothing")),
    ]

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, primary_key=True, related_name="notice_preference"
    )
    mail_from = models.CharField(max_length=6, choices=FROM, default="normal")
    mail_daily = models.BooleanField(default=False)
    chat_from = models.CharField(max_length=6, choices=FROM, default="high")
    chat_daily = models.BooleanField(default=False)
    daily_at = models.TimeField(default=time(8, 30))
    urgent_apart = models.BooleanField(default=True)
    quiet_from = models.TimeField(null=True, blank=True, default=time(22))
    quiet_until = models.TimeField(null=True, blank=True, default=time(7))
    urgent_passes = models.BooleanField(default=False)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(mail_from__in=["low", "normal", "high", "off"])
                & Q(chat_from__in=["low", "normal", "high", "off"]),
                name="preference_urgencies_known",
            ),
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_have_both_ends",
            ),
        ]

    def __str__(self):
        return f"{self.user_id}"

    @property
    def wishes(self) -> rules.Wishes:
        """The same as the rules read it."""
        return rules.Wishes(**{name: getattr(self, name) for name in rules.Wishes.__dataclass_fields__})


class ChatAddress(models.Model):
    """Where a person's bot speaks. The address is a secret: sealed as it is kept, and never shown again."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, primary_key=True, related_name="chat_address"
    )
    bot = models.CharField(max_length=12, choices=Bot.choices)
    sealed = models.TextField()
    saved_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "chat addresses"
        constraints = [models.CheckConstraint(condition=Q(bot__in=Bot.values), name="bot_known")]

    def __str__(self):
        return f"{self.user_id} {self.bot}"


class Delivery(models.Model):
    """A notice on its way out over one channel; the state decides whether it is still to be sent.

    `not_before` is a lease while an attempt is under way and the hour of the next one after a failure or a quiet night.
    `letter` is the key of the letter it first went in: every attempt repeats that letter, with all that it held.
    failed: refused for good; parked: gave up after many attempts; both until the system administrator says retry or
    dropped. spare: not wanted any more, or read before the message of the day; restored: left alone after a restore.
    """

    class Channel(models.TextChoices):
        MAIL = "mail", _("E-mail")
        DINGTALK = "dingtalk", _("DingTalk")
        WECOM = "wecom", _("WeCom")
        FEISHU = "feishu", _("Feishu")

    class State(models.TextChoices):
        TODO = "todo"
        SENT = "sent"
        SPARE = "spare"
        FAILED = "failed"
        PARKED = "parked"
        DROPPED = "dropped"
        RESTORED = "restored"

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="deliveries", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(max_length=12, choices=Channel.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.TODO)
    daily = models.BooleanField(default=False)
    letter = models.UUIDField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()
    last_error = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["notice", "channel"], name="delivery_once_a_channel"),
            models.CheckConstraint(
                condition=Q(state__in=["todo", "sent", "spare", "failed", "parked", "dropped", "restored"]),
                name="delivery_state_known",
            ),
        ]
        indexes = [
            models.Index(fields=["not_before"], condition=Q(state="todo"), name="delivery_to_do"),
            models.Index(fields=["user", "channel"], condition=Q(state="todo"), name="delivery_to_do_of"),
            models.Index(
                fields=["letter"],
                condition=Q(state__in=["todo", "failed", "parked"]),
                name="delivery_in_a_letter",
            ),
        ]

    def __str__(self):
        return f"{self.notice_id} {self.channel} {self.state}"
