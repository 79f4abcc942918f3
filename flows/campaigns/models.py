"""The campaign year: its plan, five lines, work groups, key tasks and the cadence of its obligations."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Plan(models.Model):
    """One year's campaign as the notice orders it; `chain` keeps its record."""

    code = models.SlugField(max_length=60, unique=True)
    year = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    document_number = models.CharField(max_length=60, blank=True)
    effective_from = models.DateField()
    effective_until = models.DateField()
    chain = models.OneToOneField("journal.Chain", models.PROTECT, related_name="+")

    def __str__(self):
        return self.title


class PlanVersion(models.Model):
    """A plan file as it was loaded, whole, with the day from which it holds."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    effective_from = models.DateField()
    loaded = models.DateTimeField()
    sha256 = models.CharField(max_length=64)
    document = models.JSONField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="plan_version_number")]


class CampaignLine(models.Model):
    """One of the five fronts (攻坚): its goal is in the targets, its people and units below."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="lines")
    code = models.SlugField(max_length=30)
    name = models.CharField(max_length=40)
    order = models.PositiveSmallIntegerField()
    clause = models.CharField(max_length=60)

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["plan", "code"], name="line_code_in_plan")]

    def __str__(self):
        return self.name


class LineLeader(models.Model):
    """A lead district leader of a line; exactly one of them is the convener (召集人)."""

    line = models.ForeignKey(CampaignLine, models.CASCADE, related_name="leaders")
    post = models.ForeignKey("permissions.Post", models.PROTECT, related_name="+")
    is_convener = models.BooleanField(default=False)
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["line", "post"], name="line_leader_once"),
            models.UniqueConstraint(
                fields=["line"], condition=models.Q(is_convener=True), name="one_convener_a_line"
            ),
        ]


class LineUnit(models.Model):
    """A department of a line: it leads (牵头部门) or it is responsible (责任单位)."""

    class Role(models.TextChoices):
        LEAD = "lead", _("lead department")
        RESPONSIBLE = "responsible", _("responsible unit")

    line = models.ForeignKey(CampaignLine, models.CASCADE, related_name="units")
    organisation = models.ForeignKey("permissions.Organisation", models.PROTECT, related_name="+")
    role = models.CharField(max_length=12, choices=Role.choices)
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["line", "organisation", "role"], name="line_unit_once")
        ]


class KeyTask(models.Model):
    """A key task (攻坚重点) of a line, by its heading."""

    line = models.ForeignKey(CampaignLine, models.CASCADE, related_name="tasks")
    order = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=60)
    clause = models.CharField(max_length=60)

    class Meta:
        ordering = ["order"]


class WorkGroup(models.Model):
    """The coordination group or the group of a line."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="groups")
    line = models.OneToOneField(CampaignLine, models.PROTECT, null=True, related_name="group")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=60)
    order = models.PositiveSmallIntegerField()
    clause = models.CharField(max_length=60)

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["plan", "code"], name="group_code_in_plan")]

    def __str__(self):
        return self.name


class GroupPost(models.Model):
    """A leader or head of a group; one of several heads may be the executive one (执行)."""

    class Role(models.TextChoices):
        LEADER = "leader", _("lead district leader")
        HEAD = "head", _("group head")

    group = models.ForeignKey(WorkGroup, models.CASCADE, related_name="posts")
    post = models.ForeignKey("permissions.Post", models.PROTECT, related_name="+")
    role = models.CharField(max_length=8, choices=Role.choices)
    is_executive = models.BooleanField(default=False)
    is_convener = models.BooleanField(default=False)
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["group", "post", "role"], name="group_post_once")]


class GroupUnit(models.Model):
    """A unit of a group: it leads or it is a member (成员单位)."""

    class Role(models.TextChoices):
        LEAD = "lead", _("lead unit")
        MEMBER = "member", _("member unit")

    group = models.ForeignKey(WorkGroup, models.CASCADE, related_name="units")
    organisation = models.ForeignKey("permissions.Organisation", models.PROTECT, related_name="+")
    role = models.CharField(max_length=8, choices=Role.choices)
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["group", "organisation", "role"], name="group_unit_once")
        ]


class Obligation(models.Model):
    """What recurs in the campaign (the notice's cadence): who owes what, how often, due when."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="obligations")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    owed_by = models.CharField(max_length=40)
    owed_to = models.CharField(max_length=40, blank=True)
    cadence = models.JSONField()
    roll = models.CharField(max_length=10, blank=True)
    clause = models.CharField(max_length=60)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["plan", "code"], name="obligation_code_in_plan")]

    def __str__(self):
        return self.name
