"""Targets as the notice sets them: headline ones of the plan and those of each line."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Target(models.Model):
    """A figure to reach: its kind, unit and comparison decide how an actual is held against it."""

    class Kind(models.TextChoices):
        COUNT = "count", _("count")
        AMOUNT = "amount", _("amount")
        GROWTH = "growth", _("growth")
        SHARE = "share", _("share")
        RANK = "rank", _("rank or comparison with the city")
        DONE = "done", _("done or not")

    class Comparison(models.TextChoices):
        AT_LEAST = "at_least", _("at least")
        ABOUT = "about", _("about")
        EXACTLY = "exactly", _("exactly")
        ABOVE_CITY = "above_city", _("above the city's average")
        TOP_TIER = "top_tier", _("in the city's first tier")

    plan = models.ForeignKey("campaigns.Plan", models.PROTECT, related_name="targets")
    line = models.ForeignKey("campaigns.CampaignLine", models.PROTECT, null=True, related_name="targets")
    code = models.SlugField(max_length=60)
    indicator = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    comparison = models.CharField(max_length=12, choices=Comparison.choices)
    value = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    unit = models.CharField(max_length=10, blank=True)
    order = models.PositiveSmallIntegerField()
    clause = models.CharField(max_length=60)

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["plan", "code"], name="target_code_in_plan")]

    def __str__(self):
        return self.name
