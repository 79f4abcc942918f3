"""Task forces (工作专班): who works together on one project or one campaign line, at what, and how long."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class TaskForce(models.Model):
    """A task force as the plan file has it: of a project, or of a line; its head is unknown until a file names one."""

    plan = models.ForeignKey("campaigns.Plan", models.PROTECT, related_name="task_forces")
    code = models.SlugField(max_length=60)
    name = models.CharField(max_length=80)
    line = models.ForeignKey("campaigns.CampaignLine", models.PROTECT, null=True, related_name="task_forces")
    project = models.ForeignKey("projects.Project", models.PROTECT, null=True, related_name="task_forces")
    head = models.ForeignKey("permissions.Post", models.PROTECT, null=True, related_name="+")
    tasks = models.CharField(max_length=300)
    from_day = models.DateField()
    until_day = models.DateField(null=True)
    order = models.PositiveSmallIntegerField()
    clause = models.CharField(max_length=60)

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "code"], name="task_force_code_in_plan"),
            models.CheckConstraint(
                condition=Q(line__isnull=True) ^ Q(project__isnull=True), name="task_force_of_one_thing"
            ),
        ]

    def __str__(self):
        return self.name


class TaskForceUnit(models.Model):
    """A unit of a task force: it leads (牵头单位) or it is a member."""

    class Role(models.TextChoices):
        LEAD = "lead", _("lead unit")
        MEMBER = "member", _("member unit")

    force = models.ForeignKey(TaskForce, models.CASCADE, related_name="units")
    organisation = models.ForeignKey("permissions.Organisation", models.PROTECT, related_name="+")
    role = models.CharField(max_length=8, choices=Role.choices)
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["force", "organisation"], name="task_force_unit_once")]


class TaskForcePost(models.Model):
    """A post whose holder works in a task force."""

    force = models.ForeignKey(TaskForce, models.CASCADE, related_name="posts")
    post = models.ForeignKey("permissions.Post", models.PROTECT, related_name="+")
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["force", "post"], name="task_force_post_once")]
