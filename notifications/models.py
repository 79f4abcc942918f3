"""Notices, the number each person has reached, and the attempts to carry a notice outside."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from notifications import catalogue


class NoticeCounter(models.Model):
    """The number of a person's newest notice; locked last, in order of the person's key."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, primary_key=True, related_name="+")
    last = models.PositiveIntegerField(default=0)

    def __str__(self):
        return f"{self.user_id}: {self.last}"


class Notice(models.Model):
    """One thing told to one person. The sentence is put together when it is read, in the reader's language.

    `about` is the public id of the run it concerns; `copied` puts it into "for information".
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


class Delivery(models.Model):
    """A notice on its way out over one channel; the state decides whether it is still to be sent.

    `not_before` is a lease while an attempt is under way and the hour of the next one after a failure.
    failed: refused for good; parked: gave up after many attempts; restored: left alone after a restore.
    """

    class Channel(models.TextChoices):
        MAIL = "mail"

    class State(models.TextChoices):
        TODO = "todo"
        SENT = "sent"
        FAILED = "failed"
        PARKED = "parked"
        RESTORED = "restored"

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="deliveries", db_index=False)
    channel = models.CharField(max_length=12, choices=Channel.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.TODO)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()
    last_error = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["notice", "channel"], name="delivery_once_a_channel"),
            models.CheckConstraint(
                condition=Q(state__in=["todo", "sent", "failed", "parked", "restored"]),
                name="delivery_state_known",
            ),
        ]
        indexes = [models.Index(fields=["not_before"], condition=Q(state="todo"), name="delivery_to_do")]

    def __str__(self):
        return f"{self.notice_id} {self.channel} {self.state}"
