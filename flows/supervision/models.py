"""Supervision: the ladder in versions, what is supervised, each rung that was told, the slips and what people weigh."""

import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from flows.supervision import rules


class Ladder(models.Model):
    """A version of a plan's ladder; a matter keeps the version it was opened under.

    A version of the plan file is published by the load; any other is proposed by one person and published by another.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("proposed")
        PUBLISHED = "published", _("in force")
        REPLACED = "replaced", _("replaced by another")
        DROPPED = "dropped", _("not taken up")

    plan = models.ForeignKey("campaigns.Plan", models.PROTECT, related_name="ladders")
    version = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    body = models.JSONField()
    clause = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=State.choices)
    from_day = models.DateField(null=True)
    reason = models.TextField(blank=True)
    proposed = models.DateTimeField()
    proposed_by = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")
    published = models.DateTimeField(null=True)
    published_by = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["plan", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "version"], name="ladder_version"),
            models.UniqueConstraint(
                fields=["plan"], condition=Q(state="published"), name="one_ladder_in_force_a_plan"
            ),
            models.UniqueConstraint(
                fields=["plan"], condition=Q(state="draft"), name="one_ladder_proposed_a_plan"
            ),
            models.CheckConstraint(
                condition=Q(proposed_by__isnull=True)
                | Q(published_by__isnull=True)
                | ~Q(proposed_by=F("published_by")),
                name="a_ladder_is_published_by_another_person",
            ),
        ]

    def __str__(self):
        return f"{self.name} v{self.version}"

    @property
    def rules(self) -> rules.Ladder:
        """The ladder as the rules see it."""
        return rules.ladder_of(self.body, self.version)


class Item(models.Model):
    """督办事项: a matter that is late, or that a person entered with reasons; `rung` is the last one told of, 0 none.

    `began` says on which rung it was opened: the rungs up to there are none of its own. The wait for the next rung
    counts from `counts_from`, or it comes `at_once`; `next_on` is the day on which the sweep looks at it again, and none where it waits for
    a person or stands at the top. `post` is where the matter lies; `person` is the subject only where a person
    named one.
    """

    class Ground(models.TextChoices):
        OVERDUE = rules.OVERDUE, _("not done by its day")
        WEAK = rules.WEAK, _("work without effect")
        PERFUNCTORY = rules.PERFUNCTORY, _("perfunctory or slack")

    class How(models.TextChoices):
        BOTTOM = rules.BOTTOM, _("from the bottom")
        ENTERED = rules.ENTERED, _("entered at a rung")
        CARRIED = rules.CARRIED, _("carried on")

    class Closing(models.TextChoices):
        DONE = rules.DONE, _("done")
        EXTENDED = rules.EXTENDED, _("extended by approval")
        SUSPENDED = rules.SUSPENDED, _("its clock is suspended")
        ENDED = rules.ENDED, _("no longer owed")
        SETTLED = rules.SETTLED, _("settled")
        WITHDRAWN = rules.WITHDRAWN, _("withdrawn")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    plan = models.ForeignKey("campaigns.Plan", models.PROTECT, related_name="supervised")
    ladder = models.ForeignKey(Ladder, models.PROTECT, related_name="items", db_index=False)
    ground = models.CharField(max_length=12, choices=Ground.choices)
    source = models.CharField(max_length=20)
    source_key = models.CharField(max_length=80)
    unit = models.ForeignKey("permissions.Organisation", models.PROTECT, related_name="+", db_index=False)
    post = models.ForeignKey("permissions.Post", models.PROTECT, null=True, related_name="+", db_index=False)
    person = models.ForeignKey(
        "permissions.User", models.PROTECT, null=True, related_name="+", db_index=False
    )
    project = models.ForeignKey(
        "projects.Project", models.PROTECT, null=True, related_name="supervised", db_index=False
    )
    line = models.ForeignKey(
        "campaigns.CampaignLine", models.PROTECT, null=True, related_name="+", db_index=False
    )
    run = models.ForeignKey(
        "engine.Run", models.PROTECT, null=True, related_name="supervised", db_index=False
    )
    title = models.CharField(max_length=rules.LONGEST_TITLE)
    reason = models.TextField(blank=True)
    due_on = models.DateField()
    first_due_on = models.DateField(null=True)
    since = models.DateField()
    how = models.CharField(max_length=8, choices=How.choices)
    began = models.PositiveSmallIntegerField(default=0)
    follows = models.ForeignKey("self", models.PROTECT, null=True, related_name="followed_by", db_index=False)
    spared = models.BooleanField(default=False)
    rung = models.PositiveSmallIntegerField(default=0)
    counts_from = models.DateField()
    next_on = models.DateField(null=True)
    at_once = models.BooleanField(default=False)
    held = models.BooleanField(default=False)
    opened = models.DateTimeField()
    opened_by = models.ForeignKey(
        "permissions.User", models.PROTECT, null=True, related_name="+", db_index=False
    )
    moved = models.DateTimeField(null=True)
    closed = models.DateTimeField(null=True)
    closed_why = models.CharField(max_length=10, choices=Closing.choices, blank=True)

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "source", "source_key"],
                condition=Q(closed=None),
                name="supervised_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(closed__isnull=True, closed_why="") | Q(closed__isnull=False) & ~Q(closed_why=""),
                name="closed_for_a_reason",
            ),
            models.CheckConstraint(condition=Q(rung__gte=F("began")), name="never_below_where_it_began"),
            models.CheckConstraint(
                condition=Q(ground="overdue", opened_by__isnull=True, person__isnull=True)
                | Q(ground__in=rules.BY_HAND, opened_by__isnull=False) & ~Q(reason=""),
                name="a_ground_by_hand_has_a_person_and_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=True) | Q(post__isnull=False), name="a_named_person_has_a_post"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_on", "id"],
                condition=Q(closed=None, next_on__isnull=False),
                name="supervised_due",
            ),
            models.Index(fields=["unit"], condition=Q(closed=None), name="supervised_of_unit"),
            models.Index(fields=["project"], condition=Q(project__isnull=False), name="supervised_project"),
            models.Index(fields=["run"], condition=Q(run__isnull=False), name="supervised_run"),
            models.Index(fields=["plan", "source", "source_key", "-id"], name="supervised_before"),
        ]

    def __str__(self):
        return self.title

    @property
    def matter(self) -> rules.Matter:
        """Where it stands, as the rules see it."""
        return rules.Matter(self.rung, self.counts_from, at_once=self.at_once, spared=self.spared)


# A climb is what was told: only a person's word about a proposal may still be written, once.
CLIMB_TRIGGERS = [
    pgtrigger.Protect(name="climb_is_not_deleted", operation=pgtrigger.Delete),
    pgtrigger.Trigger(
        name="climb_changes_by_decision_only",
        operation=pgtrigger.Update,
        when=pgtrigger.Before,
        func="""
            IF OLD.state = 'proposed' AND NEW.state IN ('confirmed', 'declined')
               AND NEW.decided_by_id IS NOT NULL AND NEW.reason <> ''
               AND (NEW.id, NEW.item_id, NEW.rung, NEW.code, NEW.name, NEW.measure, NEW.due_on, NEW.told, NEW.inputs)
                   IS NOT DISTINCT FROM
                   (OLD.id, OLD.item_id, OLD.rung, OLD.code, OLD.name, OLD.measure, OLD.due_on, OLD.told, OLD.inputs)
            THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'supervision: climb % stays as it was told', OLD.id
                USING ERRCODE = 'integrity_constraint_violation';
        """,
    ),
]


class Climb(models.Model):
    """One rung of one matter, told or proposed once; `due_on` is the day its wait was over, `inputs` why, as known then."""

    class State(models.TextChoices):
        DONE = "done", _("told")
        PROPOSED = "proposed", _("waits for a person")
        CONFIRMED = "confirmed", _("confirmed")
        DECLINED = "declined", _("declined")

    class Measure(models.TextChoices):
        REMIND = "remind", _("reminder")
        SLIP = "slip", _("supervision slip")
        AGENDA = "agenda", _("on the dispatch's agenda")
        INTERVIEW = "interview", _("interview")
        CRITICISM = "criticism", _("circular criticism")
        REFERRAL = "referral", _("referral to discipline")

    item = models.ForeignKey(Item, models.PROTECT, related_name="climbs", db_index=False)
    rung = models.PositiveSmallIntegerField()
    code = models.SlugField(max_length=30, db_index=False)
    name = models.CharField(max_length=40)
    measure = models.CharField(max_length=10, choices=Measure.choices)
    due_on = models.DateField()
    told = models.DateTimeField()
    inputs = models.JSONField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DONE)
    decided = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        "permissions.User", models.PROTECT, null=True, related_name="+", db_index=False
    )
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["item", "rung"]
        constraints = [
            models.UniqueConstraint(fields=["item", "rung"], name="a_rung_once_an_item"),
            models.CheckConstraint(
                condition=Q(state__in=["done", "proposed"], decided__isnull=True, decided_by__isnull=True)
                | Q(state__in=["confirmed", "declined"], decided__isnull=False, decided_by__isnull=False)
                & ~Q(reason=""),
                name="a_proposal_is_decided_by_a_person_with_a_reason",
            ),
        ]
        triggers = CLIMB_TRIGGERS
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(measure="slip") | Q(state="proposed"),
                name="climbs_that_need_a_run",
            ),
            models.Index(fields=["told"], name="climbs_by_day"),
        ]

    def __str__(self):
        return f"{self.item_id} {self.name}"


class SlipCounter(models.Model):
    """The number of the last slip of a plan in a year; its lock is why the numbers have no gaps."""

    plan = models.ForeignKey("campaigns.Plan", models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "year"], name="one_slip_counter_a_year")]


class Slip(models.Model):
    """督办单: a numbered slip with its own day, signed for, answered, re-checked and struck off in its run."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    climb = models.OneToOneField(Climb, models.PROTECT, related_name="slip")
    plan = models.ForeignKey("campaigns.Plan", models.PROTECT, related_name="slips")
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    code = models.CharField(max_length=40)
    colour = models.CharField(max_length=8)
    unit = models.ForeignKey("permissions.Organisation", models.PROTECT, related_name="+")
    run = models.OneToOneField("engine.Run", models.PROTECT, related_name="slip")
    due_on = models.DateField()
    issued = models.DateTimeField()
    signed_for = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)
    struck_off = models.DateTimeField(null=True)
    closed = models.DateTimeField(null=True)

    class Meta:
        ordering = ["plan", "year", "number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "year", "number"], name="slip_number_of_year"),
            models.CheckConstraint(condition=Q(number__gte=1), name="slips_are_counted_from_one"),
            models.CheckConstraint(
                condition=Q(struck_off__isnull=True) | Q(closed__isnull=False),
                name="struck_off_slip_is_closed",
            ),
        ]
        indexes = [models.Index(fields=["unit", "due_on"], condition=Q(closed=None), name="open_slips")]

    def __str__(self):
        return self.code


class Measure(models.Model):
    """A rung that a named person weighs: how grave it is (情节严重), and whether it is done at all, with reasons."""

    class Gravity(models.TextChoices):
        ORDINARY = rules.ORDINARY, _("not grave")
        GRAVE = rules.GRAVE, _("grave")

    class Verdict(models.TextChoices):
        CONFIRMED = rules.CONFIRMED, _("confirmed")
        DECLINED = rules.DECLINED, _("declined")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    climb = models.OneToOneField(Climb, models.PROTECT, related_name="weighed")
    run = models.OneToOneField("engine.Run", models.PROTECT, related_name="measure")
    opened = models.DateTimeField()
    gravity = models.CharField(max_length=10, choices=Gravity.choices, blank=True)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True)
    reason = models.TextField(blank=True)
    weighed = models.DateTimeField(null=True)
    weighed_by = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")
    closed = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-opened", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict="", gravity="")
                | ~Q(verdict="") & ~Q(gravity="") & ~Q(reason="") & Q(weighed_by__isnull=False),
                name="weighed_by_a_person_with_reasons",
            )
        ]

    def __str__(self):
        return str(self.climb)


class Sweep(models.Model):
    """A sweep that ran: the moment it took for now, and what it found; no later one goes back before it."""

    at = models.DateTimeField()
    day = models.DateField()
    calendar_version = models.PositiveIntegerField()
    opened = models.PositiveIntegerField(default=0)
    closed = models.PositiveIntegerField(default=0)
    climbed = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-at", "-pk"]
        triggers = [pgtrigger.Protect(name="sweep_is_not_deleted", operation=pgtrigger.Delete)]
        indexes = [models.Index(fields=["-at"], name="sweeps_by_moment")]
