"""Projects, their parties, the milestones that move them, the evidence and the facts."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from flows.projects.lifecycle import Move, Phase, ProjectLifecycle
from flows.projects.rules import scale_of
from flows.projects.triggers import PHASE_TRIGGERS, append_only


class Project(ProjectLifecycle):
    """A key project of the campaign; money in 万元, exact; it names its line and keeps its record in `chain`."""

    class Scale(models.TextChoices):
        BILLION = "billion", _("at least 1 billion yuan")
        HUNDRED_MILLION = "hundred_million", _("at least 100 million yuan")
        FIFTY_MILLION = "fifty_million", _("at least 50 million yuan")
        SMALLER = "smaller", _("below 50 million yuan")

    class KeyLevel(models.TextChoices):
        PROVINCE = "province", _("provincial key project")
        CITY = "city", _("city key project")
        DISTRICT = "district", _("district key project")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=160)
    plan = models.ForeignKey("campaigns.Plan", models.PROTECT, related_name="projects")
    line = models.ForeignKey("campaigns.CampaignLine", models.PROTECT, related_name="projects")
    row = models.PositiveSmallIntegerField(null=True, blank=True)
    location = models.CharField(max_length=60, blank=True)
    builds_from = models.DateField(null=True, blank=True)
    builds_until = models.DateField(null=True, blank=True)
    total_investment = models.DecimalField(max_digits=14, decimal_places=2)
    invested_before = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    planned_investment = models.DecimalField(max_digits=14, decimal_places=2)
    in_park = models.BooleanField(null=True)
    investor_kind = models.CharField(max_length=30, blank=True)
    chain_name = models.CharField(max_length=60, blank=True)
    is_new = models.BooleanField(default=False)
    key_level = models.CharField(max_length=10, choices=KeyLevel.choices, blank=True)
    remark = models.CharField(max_length=120, blank=True)
    clause = models.CharField(max_length=60, blank=True)
    phase_derived = models.BooleanField(default=False)
    phase_since = models.DateTimeField()
    is_demo = models.BooleanField(default=False)
    chain = models.OneToOneField("journal.Chain", models.PROTECT, related_name="+")

    class Meta:
        ordering = ["code"]
        permissions = [("follow_project", "See this project without an own part in it")]
        triggers = PHASE_TRIGGERS
        indexes = [models.Index(fields=["phase", "code"], name="project_by_phase")]

    def __str__(self):
        return self.name

    @property
    def scale(self) -> str:
        """The size class the targets count by, from the total investment."""
        return scale_of(self.total_investment)


class ProjectUnit(models.Model):
    """An organisation's part in a project: it owns and builds (业主) or it serves (服务责任部门)."""

    class Role(models.TextChoices):
        OWNER = "owner", _("project owner")
        SERVICE = "service", _("service department")

    project = models.ForeignKey(Project, models.CASCADE, related_name="units")
    organisation = models.ForeignKey("permissions.Organisation", models.PROTECT, related_name="+")
    role = models.CharField(max_length=8, choices=Role.choices)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["project", "organisation", "role"], name="project_unit_once")
        ]
        indexes = [models.Index(fields=["organisation", "role"], name="projects_of_unit")]


class ProjectLeader(models.Model):
    """A contact leader (联系领导): a district leader approves, a city leader is copied."""

    class Level(models.TextChoices):
        CITY = "city", _("city leader")
        DISTRICT = "district", _("district leader")

    project = models.ForeignKey(Project, models.CASCADE, related_name="leaders")
    post = models.ForeignKey("permissions.Post", models.PROTECT, related_name="+")
    level = models.CharField(max_length=8, choices=Level.choices)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["project", "post"], name="project_leader_once")]


class ProjectUserPermission(UserObjectPermissionBase):
    """An exceptional grant on one project (seconded staff, auditors)."""

    content_object = models.ForeignKey(Project, models.CASCADE)


class ProjectGroupPermission(GroupObjectPermissionBase):
    """An exceptional grant on one project to a role group."""

    content_object = models.ForeignKey(Project, models.CASCADE)


class Gate(models.Model):
    """What a move asks for in one plan; a changed gate is a new version, milestones keep theirs."""

    plan = models.ForeignKey("campaigns.Plan", models.PROTECT, related_name="gates")
    move = models.CharField(max_length=10, choices=Move.choices)
    version = models.PositiveSmallIntegerField(default=1)
    name = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "move", "version"], name="gate_version")]

    def __str__(self):
        return self.name


class Requirement(models.Model):
    """One line of a gate's checklist: a document, a figure or a date."""

    class Kind(models.TextChoices):
        DOCUMENT = "document", _("document")
        FIGURE = "figure", _("figure")
        DATE = "date", _("date")

    gate = models.ForeignKey(Gate, models.CASCADE, related_name="requirements")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    unit = models.CharField(max_length=10, blank=True)
    required = models.BooleanField(default=True)
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["gate", "code"], name="requirement_once")]

    def __str__(self):
        return self.name


class Milestone(models.Model):
    """One request to move a project a phase further, from first draft to its end; rounds live in its Run."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        CONFIRMED = "confirmed", _("confirmed")
        CLOSED = "closed", _("closed without a move")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, models.PROTECT, related_name="milestones")
    gate = models.ForeignKey(Gate, models.PROTECT, related_name="+")
    move = models.CharField(max_length=10, choices=Move.choices)
    from_phase = models.CharField(max_length=12, choices=Phase.choices)
    run = models.OneToOneField("engine.Run", models.PROTECT, related_name="milestone")
    service_unit = models.ForeignKey("permissions.Organisation", models.PROTECT, related_name="+")
    note = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    opened = models.DateTimeField()
    closed = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-opened"]
        constraints = [
            models.UniqueConstraint(
                fields=["project"], condition=Q(state="open"), name="one_open_milestone_a_project"
            )
        ]


class Evidence(models.Model):
    """A file laid before the approvers; a later file replaces it, nothing is overwritten."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    milestone = models.ForeignKey(Milestone, models.PROTECT, related_name="evidence")
    requirement = models.ForeignKey(Requirement, models.PROTECT, related_name="+")
    stored_as = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=160)
    content_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    pages = models.PositiveSmallIntegerField(default=1)
    round = models.PositiveSmallIntegerField()
    uploaded = models.DateTimeField()
    uploaded_by = models.ForeignKey("permissions.User", models.PROTECT, related_name="+")
    withdrawn_round = models.PositiveSmallIntegerField(null=True)

    class Meta:
        ordering = ["requirement__order", "id"]


class Fact(models.Model):
    """A reported figure, date or text: when it happened, when it was recorded, which one it replaces. Append-only.

    One of a `milestone` counts when that is confirmed; one of a `month` at once, and a month has one of a kind.
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="facts")
    kind = models.SlugField(max_length=40)
    milestone = models.ForeignKey(Milestone, models.PROTECT, null=True, related_name="facts")
    round = models.PositiveSmallIntegerField(default=1)
    value = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    day = models.DateField(null=True)
    text = models.CharField(max_length=200, blank=True)
    unit = models.CharField(max_length=10, blank=True)
    month = models.DateField(null=True)
    word = models.CharField(max_length=200, blank=True)
    happened_on = models.DateField()
    recorded = models.DateTimeField()
    recorded_by = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")

    class Meta:
        triggers = [append_only("fact")]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "kind", "month"],
                condition=Q(replaces__isnull=True, month__isnull=False),
                name="first_fact_of_a_month_once",
            )
        ]
        indexes = [models.Index(fields=["project", "kind", "-happened_on"], name="fact_of_project")]


class PhaseCorrection(models.Model):
    """A phase moved by mistake, put right by two persons with a reason; the old entry stays."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="corrections")
    run = models.OneToOneField("engine.Run", models.PROTECT, related_name="correction")
    from_phase = models.CharField(max_length=12, choices=Phase.choices)
    to_phase = models.CharField(max_length=12, choices=Phase.choices)
    reason = models.TextField()
    proposed_by = models.ForeignKey("permissions.User", models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")
    opened = models.DateTimeField()
    applied = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=models.F("proposed_by")),
                name="correction_by_two_persons",
            )
        ]
