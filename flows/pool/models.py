"""The project pool (项目库): proposals, what was checked of each, their tiers, and the way into the year's list."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from flows.projects.triggers import append_only


class Tier(models.TextChoices):
    """How near a proposal is to being started (梯度推进); the order is the order of the ladder."""

    RESERVE = "reserve", _("in reserve")
    EARLY = "early", _("early work")
    READY = "ready", _("ready to start")


class Proposal(models.Model):
    """A project that is not one yet; money in 万元, exact. Its record is its own chain, its screening a run."""

    class State(models.TextChoices):
        OPEN = "open", _("being screened")
        POOLED = "pooled", _("in the pool")
        PROMOTED = "promoted", _("in the year's list")
        CLOSED = "closed", _("not taken in")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(max_length=30, unique=True)
    plan = models.ForeignKey("campaigns.Plan", models.PROTECT, related_name="proposals")
    line = models.ForeignKey("campaigns.CampaignLine", models.PROTECT, related_name="proposals")
    unit = models.ForeignKey("permissions.Organisation", models.PROTECT, related_name="+")
    name = models.CharField(max_length=160)
    location = models.CharField(max_length=60, blank=True)
    owner = models.CharField(max_length=120)
    content = models.TextField()
    total_investment = models.DecimalField(max_digits=14, decimal_places=2)
    builds_from = models.DateField()
    builds_until = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    tier = models.CharField(max_length=10, choices=Tier.choices, blank=True)
    run = models.OneToOneField("engine.Run", models.PROTECT, related_name="proposal")
    project = models.OneToOneField("projects.Project", models.PROTECT, null=True, related_name="proposal")
    is_demo = models.BooleanField(default=False)
    chain = models.OneToOneField("journal.Chain", models.PROTECT, related_name="+")
    opened = models.DateTimeField()
    changed = models.DateTimeField()

    class Meta:
        ordering = ["-opened", "-pk"]
        indexes = [models.Index(fields=["plan", "state", "tier"], name="pool_by_tier")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["pooled", "promoted"]) | ~Q(tier=""), name="pooled_has_a_tier"
            )
        ]

    def __str__(self):
        return self.name


class Check(models.Model):
    """One question of the compliance check (合规性初审) or of the reasonableness screening (合理性筛选), as data."""

    class Stage(models.TextChoices):
        COMPLIANCE = "compliance", _("compliance check")
        SCREENING = "screening", _("reasonableness screening")

    plan = models.ForeignKey("campaigns.Plan", models.PROTECT, related_name="pool_checks")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    stage = models.CharField(max_length=10, choices=Stage.choices)
    order = models.PositiveSmallIntegerField()
    clause = models.CharField(max_length=60)

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["plan", "code"], name="pool_check_once")]

    def __str__(self):
        return self.name


class Finding(models.Model):
    """What the screening institute found on one question in one round; a later one replaces it. Append-only."""

    class Answer(models.TextChoices):
        PASS = "pass", _("meets it")
        CONDITION = "condition", _("on a condition")
        FAIL = "fail", _("does not meet it")

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="findings")
    check_asked = models.ForeignKey(Check, models.PROTECT, related_name="+")
    answer = models.CharField(max_length=10, choices=Answer.choices)
    remark = models.CharField(max_length=200, blank=True)
    round = models.PositiveSmallIntegerField()
    recorded = models.DateTimeField()
    recorded_by = models.ForeignKey("permissions.User", models.PROTECT, related_name="+")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")

    class Meta:
        ordering = ["check_asked__order", "pk"]
        triggers = [append_only("finding")]


class TierChange(models.Model):
    """A step up or down the ladder, with its reason. Append-only."""

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="tiers")
    tier = models.CharField(max_length=10, choices=Tier.choices)
    reason = models.CharField(max_length=500)
    recorded = models.DateTimeField()
    recorded_by = models.ForeignKey("permissions.User", models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        triggers = [append_only("tier_change")]


class Promotion(models.Model):
    """A proposal that is to become one of the year's projects: who serves it, who leads it, what is planned."""

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="promotions")
    run = models.OneToOneField("engine.Run", models.PROTECT, related_name="promotion")
    service = models.ForeignKey("permissions.Organisation", models.PROTECT, related_name="+")
    leaders = models.ManyToManyField("permissions.Post", related_name="+")
    planned_investment = models.DecimalField(max_digits=14, decimal_places=2)
    reason = models.TextField()
    opened = models.DateTimeField()
    applied = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
