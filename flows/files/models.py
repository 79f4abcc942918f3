"""A file that was handed in with a piece of work: what it is, where it lies, who brought it; nothing is overwritten."""

import uuid

from django.db import models
from django.db.models import F, Q


class Attachment(models.Model):
    """A photograph or a paper of a run, brought at one of its steps; one that is withdrawn stays in the list.

    `assignment` is the share of the work it was handed in with; none when whoever started the run added it.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    run = models.ForeignKey("engine.Run", models.PROTECT, related_name="attachments")
    step = models.ForeignKey("engine.Step", models.PROTECT, related_name="attachments")
    assignment = models.ForeignKey("engine.Assignment", models.PROTECT, null=True, related_name="attachments")
    name = models.CharField(max_length=160)
    stored_as = models.CharField(max_length=80, unique=True)
    content_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    pages = models.PositiveSmallIntegerField(default=1)
    uploaded = models.DateTimeField()
    uploaded_by = models.ForeignKey("permissions.User", models.PROTECT, related_name="+")
    withdrawn = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["run"], name="attachments_of_run")]
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn=None) | Q(withdrawn__gte=F("uploaded")),
                name="withdrawn_after_it_came",
            )
        ]

    def __str__(self):
        return self.name
