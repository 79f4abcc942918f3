"""Run, Step, Assignment: one concept of human work in two records, and the policy by which a step passes."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from viewflow.workflow.models import AbstractProcess, AbstractTask


class Policy(models.Model):
    """How a step is signed. A version never changes; a Run keeps the versions it started with."""

    class Mode(models.TextChoices):
        ANY_OF = "any_of", _("any one signs")
        ALL_OF = "all_of", _("everyone signs")

    class OnEmpty(models.TextChoices):
        BLOCK = "block", _("the step waits and names the empty post")
        NAMED = "named", _("a named post signs instead")
        PARENT_UNIT = "parent_unit", _("the desk of the parent unit signs instead")

    key = models.SlugField(max_length=60)
    version = models.PositiveSmallIntegerField(default=1)
    name = models.CharField(max_length=60)
    mode = models.CharField(max_length=10, choices=Mode.choices)
    resolver = models.CharField(max_length=60)
    limit_days = models.PositiveSmallIntegerField(null=True, blank=True)
    on_empty = models.CharField(max_length=12, choices=OnEmpty.choices, default=OnEmpty.BLOCK)
    stand_in = models.ForeignKey("permissions.Post", models.PROTECT, null=True, blank=True, related_name="+")
    clause = models.CharField(max_length=60, blank=True)
    published = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="policy_version"),
            models.CheckConstraint(
                condition=~Q(on_empty="named") | Q(stand_in__isnull=False), name="named_policy_names_a_post"
            ),
        ]

    def __str__(self):
        return f"{self.key} v{self.version}"


class Run(AbstractProcess):
    """One piece of work moving through one flow; every operation locks this row first and alone."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    label = models.CharField(max_length=60)
    chain = models.ForeignKey("journal.Chain", models.PROTECT, related_name="+")
    initiator = models.ForeignKey("permissions.User", models.PROTECT, related_name="+")
    initiator_post = models.ForeignKey("permissions.Post", models.PROTECT, related_name="+")
    round = models.PositiveSmallIntegerField(default=1)
    outcome = models.CharField(max_length=12, blank=True)
    suspended_at = models.DateTimeField(null=True)
    policies = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["initiator", "-created"], name="run_started_by")]

    def __str__(self):
        return f"{self.code} {self.title}"


class Step(AbstractTask):
    """One node entered once; a return enters it again as a new step in a new round."""

    process = models.ForeignKey(Run, models.PROTECT, related_name="task_set")
    policy = models.ForeignKey(Policy, models.PROTECT, null=True)
    previous_step = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    round = models.PositiveSmallIntegerField(default=1)
    outcome = models.CharField(max_length=12, blank=True)
    due_on = models.DateField(null=True)
    due_provisional = models.BooleanField(default=False)
    waits_for = models.CharField(max_length=160, blank=True)

    # Columns of the library's task that the Assignment replaces.
    owner = owner_permission = owner_permission_content_type = owner_permission_obj_pk = None
    assigned = scheduled = external_task_id = None

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["process", "token"],
                condition=Q(status="NEW", policy__isnull=False),
                name="one_open_step_a_branch",
            )
        ]


# A generic key cannot be left out by setting it to None, so it is taken off the finished class.
Step._meta.private_fields = [f for f in Step._meta.private_fields if f.name != "owner_permission_obj"]
Step._meta._expire_cache()
del Step.owner_permission_obj


class Assignment(models.Model):
    """One post's share of a step: THE to-do. Inbox, workload and lateness all read it."""

    class Status(models.TextChoices):
        OPEN = "open", _("to do")
        APPROVED = "approved", _("approved")
        DONE = "done", _("done")
        RETURNED = "returned", _("returned")
        MOOT = "moot", _("done by other")
        VOID = "void", _("void")

    run = models.ForeignKey(Run, models.PROTECT, related_name="assignments")
    step = models.ForeignKey(Step, models.PROTECT, related_name="assignments")
    post = models.ForeignKey("permissions.Post", models.PROTECT, related_name="+")
    handed_to = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")
    order = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    opened = models.DateTimeField()
    decided = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")
    opinion = models.TextField(blank=True)

    class Meta:
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["step", "post"], name="post_asked_once_a_step"),
        ]
        indexes = [
            models.Index(fields=["post"], condition=Q(status="open"), name="todo_of_post"),
            models.Index(fields=["handed_to"], condition=Q(status="open"), name="todo_handed_to"),
            models.Index(fields=["decided_by", "-decided"], name="done_by_person"),
        ]
