"""One time that something recurring is owed, by whom, until when; what was handed in stands in its run."""

import uuid

from django.db import models


class Occurrence(models.Model):
    """An obligation for one period, asked of one post. `ower` says for which part of the campaign it is asked.

    `first_due` never changes; `nominal` is the day before it was moved off a day of rest.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    obligation = models.ForeignKey("campaigns.Obligation", models.PROTECT, related_name="occurrences")
    period = models.CharField(max_length=12)
    ower = models.CharField(max_length=120)
    post = models.ForeignKey("permissions.Post", models.PROTECT, related_name="+")
    line = models.ForeignKey("campaigns.CampaignLine", models.PROTECT, null=True, related_name="+")
    nominal = models.DateField()
    due_on = models.DateField()
    first_due = models.DateField()
    provisional = models.BooleanField(default=False)
    report = models.TextField(blank=True)
    run = models.OneToOneField("engine.Run", models.PROTECT, related_name="occurrence")
    opened = models.DateTimeField()
    delivered = models.DateTimeField(null=True)
    delivered_on = models.DateField(null=True)

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["obligation", "period", "ower"], name="owed_once_a_period")
        ]
        indexes = [
            models.Index(fields=["post", "due_on"], name="owed_by_post"),
            models.Index(fields=["delivered", "due_on"], name="owed_by_day"),
        ]

    def __str__(self):
        return f"{self.obligation} {self.period}"
