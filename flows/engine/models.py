"""Run, Step, Assignment: one concept of human work in two records, and the policy by which a step passes."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from viewflow.workflow.models import AbstractProcess, AbstractTask

from . import rules


class Policy(models.Model):
    """How a step is signed. A version never changes; a Run keeps the versions it started with."""

    class Mode(models.TextChoices):
        ANY_OF = "any_of", _("any one signs")
        ALL_OF = "all_of", _("everyone signs")
        SEQUENTIAL = "sequential", _("one after another")
        VOTE = "vote", _("by vote")

    class OnNo(models.TextChoices):
        VETO = "veto", _("one no ends it")
        COUNT = "count", _("every opinion is collected, then counted")

    class OnEmpty(models.TextChoices):
        BLOCK = "block", _("the step waits and names the empty post")
        ADMIN = "admin", _("the campaign office signs instead")
        NAMED = "named", _("a named post signs instead")
        PARENT_UNIT = "parent_unit", _("the desk of the parent unit signs instead")

    class OnSelf(models.TextChoices):
        FORBID = "forbid", _("the initiator never signs; the alternate does")
        TO_HEAD = "to_head", _("the head of the unit signs instead of the initiator")
        SKIP = "skip", _("the initiator's own level is marked and passed by the system")
        ALLOW = "allow", _("the initiator may sign")

    class OnRepeat(models.TextChoices):
        NONE = "none", _("everybody signs each time")
        CONSECUTIVE = "consecutive", _("who signed the step before is not asked again")
        ALL = "all", _("who signed any step of this duty is not asked again")

    class OnTimeout(models.TextChoices):
        REMIND = "remind", _("the signers are reminded")
        ESCALATE = "escalate", _("the heads of their units and the campaign office are told")
        TRANSFER = "transfer", _("it passes to the alternate")
        APPROVE = "approve", _("the system passes it")
        REJECT = "reject", _("the system returns it")

    key = models.SlugField(max_length=60)
    version = models.PositiveSmallIntegerField(default=1)
    name = models.CharField(max_length=60)
    mode = models.CharField(max_length=10, choices=Mode.choices)
    on_no = models.CharField(max_length=5, choices=OnNo.choices, default=OnNo.VETO)
    threshold = models.PositiveSmallIntegerField(default=50)
    weights = models.JSONField(default=dict, blank=True)
    resolver = models.CharField(max_length=60)
    duty = models.CharField(max_length=60, blank=True)
    gate = models.BooleanField(default=False)
    limit_days = models.PositiveSmallIntegerField(null=True, blank=True)
    on_empty = models.CharField(max_length=12, choices=OnEmpty.choices, default=OnEmpty.BLOCK)
    stand_in = models.ForeignKey("permissions.Post", models.PROTECT, null=True, blank=True, related_name="+")
    on_self = models.CharField(max_length=8, choices=OnSelf.choices, default=OnSelf.FORBID)
    on_repeat = models.CharField(max_length=12, choices=OnRepeat.choices, default=OnRepeat.NONE)
    alternate = models.ForeignKey("permissions.Post", models.PROTECT, null=True, blank=True, related_name="+")
    recuse = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    on_timeout = models.CharField(max_length=8, choices=OnTimeout.choices, default=OnTimeout.REMIND)
    forbids = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    urge_hours = models.PositiveSmallIntegerField(default=4)
    field_access = models.JSONField(default=dict, blank=True)
    clause = models.CharField(max_length=60, blank=True)
    published = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="policy_version"),
            models.CheckConstraint(
                condition=~Q(on_empty="named") | Q(stand_in__isnull=False), name="named_policy_names_a_post"
            ),
            models.CheckConstraint(
                condition=~Q(on_timeout="transfer") | Q(alternate__isnull=False),
                name="transfer_on_timeout_names_an_alternate",
            ),
            models.CheckConstraint(
                condition=Q(threshold__gte=50, threshold__lte=100), name="a_vote_needs_half_or_more"
            ),
            models.CheckConstraint(
                condition=Q(gate=False)
                | Q(on_self__in=["forbid", "to_head"], on_timeout__in=["remind", "escalate", "transfer"]),
                name="a_gate_is_never_passed_over",
            ),
        ]

    def __str__(self):
        return f"{self.key} v{self.version}"

    @property
    def terms(self) -> rules.Terms:
        """By what rule the step passes."""
        return rules.Terms(self.mode, self.on_no, self.threshold)

    @property
    def level(self) -> str:
        """The duty that signing here means; its own when none is named."""
        return self.duty or self.key


class Run(AbstractProcess):
    """One piece of work moving through one flow; every operation locks this row first and alone.

    It was started by a person in a post, or by the system: then it has no initiator.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    label = models.CharField(max_length=60)
    chain = models.ForeignKey("journal.Chain", models.PROTECT, related_name="+")
    initiator = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")
    initiator_post = models.ForeignKey("permissions.Post", models.PROTECT, null=True, related_name="+")
    round = models.PositiveSmallIntegerField(default=1)
    outcome = models.CharField(max_length=12, blank=True)
    suspended_at = models.DateTimeField(null=True)
    policies = models.JSONField(default=dict)
    appended = models.JSONField(default=dict)
    parent_step = models.ForeignKey("Step", models.PROTECT, null=True, related_name="children")
    # Of a flow that is: no list, count or page but its own room's knows of such a run.
    confidential = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(initiator__isnull=True, initiator_post__isnull=True)
                | Q(initiator__isnull=False, initiator_post__isnull=False),
                name="a_person_in_a_post_or_the_system_starts_a_run",
            )
        ]
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
    first_due_on = models.DateField(null=True)
    due_provisional = models.BooleanField(default=False)
    # By which version of the calendar its days were reckoned; unknown of steps from before it was kept.
    calendar_version = models.PositiveIntegerField(null=True)
    waits_for = models.CharField(max_length=160, blank=True)
    resume = models.JSONField(default=list)
    timed_out = models.DateTimeField(null=True)
    urged = models.PositiveSmallIntegerField(default=0)
    urged_at = models.DateTimeField(null=True)
    wakes_on = models.DateField(null=True)
    binding = models.BooleanField(default=False)

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
        indexes = [
            models.Index(fields=["due_on"], condition=Q(status="NEW", timed_out=None), name="step_due"),
            models.Index(fields=["wakes_on"], condition=Q(status="NEW"), name="step_asleep"),
        ]


# A generic key cannot be left out by setting it to None, so it is taken off the finished class.
Step._meta.private_fields = [f for f in Step._meta.private_fields if f.name != "owner_permission_obj"]
Step._meta._expire_cache()
del Step.owner_permission_obj


class Assignment(models.Model):
    """One post's share of a step: THE to-do. Inbox, workload and lateness all read it."""

    class Status(models.TextChoices):
        OPEN = rules.OPEN, _("to do")
        WAITING = rules.WAITING, _("waits for its turn")
        APPROVED = rules.APPROVED, _("approved")
        DONE = rules.DONE, _("done")
        REJECTED = rules.REJECTED, _("not approved")
        RETURNED = rules.RETURNED, _("returned")
        ADVISED = rules.ADVISED, _("advised")
        TRANSFERRED = rules.TRANSFERRED, _("passed on")
        REMOVED = rules.REMOVED, _("taken off")
        MOOT = rules.MOOT, _("done by other")
        VOID = rules.VOID, _("void")

    class Role(models.TextChoices):
        SIGN = rules.SIGN, _("signs")
        ADVISE = rules.ADVISE, _("is asked for an opinion")

    class Auto(models.TextChoices):
        """Why the system, not the person, wrote this."""

        SAME_PERSON = "same_person", _("same person, same duty")
        OWN_MATTER = "own_matter", _("the initiator's own level")
        TIMEOUT = "timeout", _("time ran out")

    run = models.ForeignKey(Run, models.PROTECT, related_name="assignments")
    step = models.ForeignKey(Step, models.PROTECT, related_name="assignments")
    post = models.ForeignKey("permissions.Post", models.PROTECT, related_name="+")
    handed_to = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")
    order = models.PositiveSmallIntegerField(default=0)
    role = models.CharField(max_length=6, choices=Role.choices, default=Role.SIGN)
    root = models.ForeignKey("self", models.PROTECT, null=True, related_name="added")
    turn = models.SmallIntegerField(default=0)
    group = models.PositiveSmallIntegerField(default=0)
    group_mode = models.CharField(max_length=10, default=rules.ALL_OF)
    weight = models.PositiveSmallIntegerField(default=1)
    blocks = models.BooleanField(default=False)
    asked_by = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")
    why = models.TextField(blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.OPEN)
    auto = models.CharField(max_length=12, choices=Auto.choices, blank=True)
    opened = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    decided = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")
    decided_for = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")
    opinion = models.TextField(blank=True)

    class Meta:
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["step", "post", "role"],
                condition=~Q(status__in=[rules.VOID, rules.TRANSFERRED, rules.REMOVED, rules.ADVISED]),
                name="post_asked_once_a_step",
            ),
        ]
        indexes = [
            models.Index(fields=["post"], condition=Q(status="open"), name="todo_of_post"),
            models.Index(fields=["handed_to"], condition=Q(status="open"), name="todo_handed_to"),
            models.Index(fields=["decided_by", "-decided"], name="done_by_person"),
            models.Index(fields=["run", "status"], name="shares_of_run"),
        ]

    def as_share(self) -> rules.Share:
        """What the rules see of it."""
        return rules.Share(
            self.pk, self.status, self.order, self.root_id, self.turn, self.group, self.group_mode, self.weight,
            self.role, self.blocks,
        )  # fmt: skip


class Copy(models.Model):
    """抄送: a run sent to a person for information, once; `acknowledged` is when they confirmed it (已阅)."""

    run = models.ForeignKey(Run, models.PROTECT, related_name="copies")
    user = models.ForeignKey("permissions.User", models.PROTECT, related_name="+")
    sent_by = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")
    sent = models.DateTimeField()
    acknowledged = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "user"], name="copied_once_a_run")]
        indexes = [models.Index(fields=["user", "-sent"], name="copies_of_person")]


class Opinion(models.Model):
    """暂存: an opinion as it is being written; a secretary's lies before the leader, who alone decides."""

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="opinions")
    author = models.ForeignKey("permissions.User", models.PROTECT, related_name="+")
    prepared = models.BooleanField(default=False)
    text = models.TextField(blank=True)
    saved = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["assignment", "author"], name="one_opinion_an_author")]


class Phrase(models.Model):
    """常用语: a sentence that a person keeps at hand."""

    user = models.ForeignKey("permissions.User", models.CASCADE, related_name="phrases")
    text = models.CharField(max_length=120)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "id"]
        constraints = [models.UniqueConstraint(fields=["user", "text"], name="phrase_once")]
