"""Obstacles and resource needs: what stands in a project's way, at which level it is coordinated, how far it has come."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from flows.obstacles import rules
from flows.projects.lifecycle import Move
from flows.projects.triggers import append_only


class ObstacleLevel(models.Model):
    """A level of coordination; an obstacle stays there for `days` working days, then it goes up. The last has none."""

    class Holder(models.TextChoices):
        UNIT = "unit", _("the unit that deals with it")
        LEAD = "lead_departments", _("the lead departments of the line")
        LEADER = "contact_leaders", _("the contact leaders of the project")
        CONVENER = "convener", _("the convener of the line")

    plan = models.ForeignKey("campaigns.Plan", models.PROTECT, related_name="obstacle_levels")
    code = models.SlugField(max_length=30)
    name = models.CharField(max_length=40)
    holder = models.CharField(max_length=20, choices=Holder.choices)
    days = models.PositiveSmallIntegerField(null=True)
    order = models.PositiveSmallIntegerField()
    clause = models.CharField(max_length=60)

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["plan", "code"], name="level_code_in_plan")]

    def __str__(self):
        return self.name


class ObstacleKind(models.Model):
    """A kind of obstacle with its stages and figures; `parts` tell apart what it can be about (water, road ...)."""

    plan = models.ForeignKey("campaigns.Plan", models.PROTECT, related_name="obstacle_kinds")
    code = models.SlugField(max_length=30)
    name = models.CharField(max_length=40)
    stages = models.JSONField(default=list)
    figures = models.JSONField(default=list)
    parts = models.JSONField(default=list)
    order = models.PositiveSmallIntegerField()
    clause = models.CharField(max_length=60)

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["plan", "code"], name="obstacle_kind_in_plan")]

    def __str__(self):
        return self.name

    @property
    def ladder(self) -> list[rules.Stage]:
        """The stages as the rules see them."""
        return [
            rules.Stage(stage["code"], stage["name"], bool(stage.get("repeats"))) for stage in self.stages
        ]

    def stage_name(self, code: str) -> str:
        """A stage as people read it."""
        return next((stage["name"] for stage in self.stages if stage["code"] == code), code)


class Obstacle(models.Model):
    """An obstacle or a resource need of a project, from the day it was raised to the day it was struck off.

    Who has it is for its run to say; `level_until` is the last day at its level, `due_on` the unit's. `level_from` is
    the day from which the days of its level run: it came there, or went on after a
    standstill; `level_calendar` is the version of the calendar they were reckoned by.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="obstacles")
    run = models.OneToOneField("engine.Run", models.PROTECT, related_name="obstacle")
    kind = models.ForeignKey(ObstacleKind, models.PROTECT, related_name="obstacles")
    part = models.CharField(max_length=20, blank=True)
    is_need = models.BooleanField(default=False)
    title = models.CharField(max_length=rules.LONGEST_TITLE)
    details = models.TextField(blank=True)
    blocks = models.CharField(max_length=10, choices=Move.choices, blank=True)
    stops = models.BooleanField(default=False)
    raised_by_unit = models.ForeignKey("permissions.Organisation", models.PROTECT, related_name="+")
    opened = models.DateTimeField()
    level = models.ForeignKey(ObstacleLevel, models.PROTECT, null=True, related_name="obstacles")
    level_from = models.DateField(null=True)
    level_until = models.DateField(null=True)
    level_calendar = models.PositiveIntegerField(null=True)
    unit = models.ForeignKey("permissions.Organisation", models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(null=True)
    measure = models.TextField(blank=True)
    struck_off = models.DateTimeField(null=True)
    closed = models.DateTimeField(null=True)

    class Meta:
        ordering = ["opened", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(struck_off__isnull=True) | Q(closed__isnull=False), name="struck_off_is_closed"
            ),
            models.CheckConstraint(
                condition=Q(unit__isnull=True) | Q(due_on__isnull=False), name="a_unit_has_a_due_day"
            ),
        ]
        indexes = [
            models.Index(fields=["project"], condition=Q(closed=None), name="open_obstacles_of_project"),
            models.Index(fields=["level_until"], condition=Q(closed=None), name="obstacles_to_raise"),
            models.Index(fields=["unit"], name="obstacles_of_unit"),
        ]

    def __str__(self):
        return self.title


class LevelRaise(models.Model):
    """提级: an obstacle went up, by time or by hand; never twice to one level."""

    obstacle = models.ForeignKey(Obstacle, models.PROTECT, related_name="raises")
    from_level = models.ForeignKey(ObstacleLevel, models.PROTECT, related_name="+")
    to_level = models.ForeignKey(ObstacleLevel, models.PROTECT, related_name="+")
    by_time = models.BooleanField()
    reason = models.TextField(blank=True)
    raised = models.DateTimeField()
    raised_by = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["raised", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["obstacle", "to_level"], name="raised_once_to_a_level"),
            models.CheckConstraint(
                condition=Q(by_time=True, raised_by__isnull=True)
                | Q(by_time=False, raised_by__isnull=False) & ~Q(reason=""),
                name="raised_by_hand_with_a_reason",
            ),
        ]
        triggers = [append_only("level_raise")]


class ObstacleFact(models.Model):
    """A stage that was reached, or a figure that was reported at it: when it happened, when it was recorded."""

    obstacle = models.ForeignKey(Obstacle, models.PROTECT, related_name="facts")
    stage = models.SlugField(max_length=30, blank=True)
    figure = models.SlugField(max_length=40, blank=True)
    value = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    unit = models.CharField(max_length=10, blank=True)
    note = models.TextField(blank=True)
    happened_on = models.DateField()
    recorded = models.DateTimeField()
    recorded_by = models.ForeignKey("permissions.User", models.PROTECT, related_name="+")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")

    class Meta:
        ordering = ["happened_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(figure="") & ~Q(stage="") & Q(value__isnull=True))
                | (Q(stage="") & ~Q(figure="") & Q(value__isnull=False)),
                name="a_stage_or_a_figure",
            )
        ]
        triggers = [append_only("obstacle_fact")]
        indexes = [models.Index(fields=["obstacle", "happened_on"], name="facts_of_obstacle")]


class PermitBaseline(models.Model):
    """What a permit took before the campaign: working days and documents, against which the promise is measured."""

    plan = models.ForeignKey("campaigns.Plan", models.PROTECT, related_name="permit_baselines")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=60)
    days = models.PositiveSmallIntegerField()
    documents = models.PositiveSmallIntegerField()
    order = models.PositiveSmallIntegerField()
    clause = models.CharField(max_length=60)

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["plan", "code"], name="permit_code_in_plan")]

    def __str__(self):
        return self.name


class PermitFact(models.Model):
    """A permit that was granted: the working days and the documents it took, beside the baseline of that day."""

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="permit_facts")
    permit = models.ForeignKey(PermitBaseline, models.PROTECT, related_name="facts")
    days = models.PositiveSmallIntegerField()
    documents = models.PositiveSmallIntegerField()
    baseline_days = models.PositiveSmallIntegerField()
    baseline_documents = models.PositiveSmallIntegerField()
    happened_on = models.DateField()
    recorded = models.DateTimeField()
    recorded_by = models.ForeignKey("permissions.User", models.PROTECT, related_name="+")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")

    class Meta:
        ordering = ["happened_on", "pk"]
        triggers = [append_only("permit_fact")]
        indexes = [models.Index(fields=["permit", "happened_on"], name="facts_of_permit")]
