"""The private address at which a person's calendar program fetches their deadlines; only its hash is kept."""

import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Q


class FeedAddress(models.Model):
    """One address of one person; `digest` is the SHA-256 of the secret in it. What has ended never lives again."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey("permissions.User", models.PROTECT, related_name="+", db_index=False)
    digest = models.CharField(max_length=64, unique=True)
    made = models.DateTimeField()
    ended = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-made", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(ended=None), name="one_living_address_a_person"
            ),
            models.CheckConstraint(condition=Q(digest__regex="^[0-9a-f]{64}$"), name="only_a_hash_is_kept"),
            models.CheckConstraint(
                condition=Q(ended=None) | Q(ended__gte=F("made")), name="ended_after_made"
            ),
        ]
        indexes = [models.Index(fields=["user", "-made"], name="feed_addresses_of_person")]
        triggers = [
            pgtrigger.Protect(
                name="what_ended_stays_ended",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended__isnull=False),
            ),
            pgtrigger.Protect(name="address_is_not_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self):
        return str(self.public_id)
