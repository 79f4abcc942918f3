"""What the campaign office proposes about the rules of approval: a new version of a policy, the move of a token."""

from django.db import models
from django.db.models import F, Q


def by_two_persons(name: str) -> models.CheckConstraint:
    """Whoever proposes never confirms, not even by a mistake of ours."""
    return models.CheckConstraint(
        condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by")), name=name
    )


class PolicyChange(models.Model):
    """A version of a policy that is to be, and the runs that are to go on under it; its own run decides about it.

    `values` are written as in the plan file, posts by code; `runs` are public ids. `skipped` were over by then.
    """

    key = models.CharField(max_length=60)
    values = models.JSONField()
    base = models.ForeignKey("engine.Policy", models.PROTECT, related_name="+")
    reason = models.TextField()
    run = models.OneToOneField("engine.Run", models.PROTECT, related_name="policy_change")
    runs = models.JSONField(default=list)
    skipped = models.JSONField(default=list)
    version = models.ForeignKey("engine.Policy", models.PROTECT, null=True, related_name="+")
    proposed_by = models.ForeignKey("permissions.User", models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")
    opened = models.DateTimeField()
    applied = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-opened", "-pk"]
        constraints = [by_two_persons("policy_change_by_two_persons")]
        indexes = [models.Index(fields=["key"], name="changes_of_policy")]

    def __str__(self):
        return f"{self.key} after v{self.base.version}"


class TokenMove(models.Model):
    """跳转: a run is to go on at another step than the one it stands at; a run of its own decides about it."""

    run = models.OneToOneField("engine.Run", models.PROTECT, related_name="token_move")
    moved = models.ForeignKey("engine.Run", models.PROTECT, related_name="token_moves")
    from_step = models.ForeignKey("engine.Step", models.PROTECT, related_name="+")
    to_node = models.CharField(max_length=60)
    reason = models.TextField()
    proposed_by = models.ForeignKey("permissions.User", models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")
    opened = models.DateTimeField()
    applied = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-opened", "-pk"]
        constraints = [by_two_persons("token_move_by_two_persons")]

    def __str__(self):
        return f"{self.moved_id}: {self.from_step_id} to {self.to_node}"
