"""Targets as the notice sets them, and what each unit takes on of them in a line's plan."""

import uuid

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from flows.projects.triggers import append_only


class Target(models.Model):
    """A figure to reach: its kind, unit and comparison decide how an actual is held against it.

    `definition` says what counts (口径), `base` is last year's amount of a growth, in the unit its facts are in.
    """

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
    definition = models.CharField(max_length=300, blank=True)
    base = models.DecimalField(max_digits=16, decimal_places=4, null=True)
    order = models.PositiveSmallIntegerField()
    clause = models.CharField(max_length=60)

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["plan", "code"], name="target_code_in_plan")]

    def __str__(self):
        return self.name


class LinePlan(models.Model):
    """A line's plan (攻坚方案) as its lead department files it; accepted, it is a version that holds from a day.

    `breakdown` is what was typed: units and quarters by the target's code. Shares are written from it on acceptance.
    """

    class State(models.TextChoices):
        OPEN = "open", _("being filed")
        ADOPTED = "adopted", _("in force")
        CLOSED = "closed", _("withdrawn or ended")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    plan = models.ForeignKey("campaigns.Plan", models.PROTECT, related_name="line_plans")
    line = models.ForeignKey("campaigns.CampaignLine", models.PROTECT, related_name="line_plans")
    unit = models.ForeignKey("permissions.Organisation", models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    goals = models.TextField(blank=True)
    measures = models.TextField(blank=True)
    duties = models.TextField(blank=True)
    safeguards = models.TextField(blank=True)
    breakdown = models.JSONField(default=dict)
    reason = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    holds_from = models.DateField(null=True)
    run = models.OneToOneField("engine.Run", models.PROTECT, related_name="line_plan")
    is_demo = models.BooleanField(default=False)
    opened = models.DateTimeField()
    changed = models.DateTimeField()

    class Meta:
        ordering = ["line__order", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["line", "number"], name="line_plan_number"),
            models.UniqueConstraint(
                fields=["line", "is_demo"], condition=models.Q(state="open"), name="one_open_plan_a_line"
            ),
            models.CheckConstraint(
                condition=models.Q(state="adopted", holds_from__isnull=False)
                | ~models.Q(state="adopted") & models.Q(holds_from__isnull=True),
                name="adopted_holds_from_a_day",
            ),
        ]

    def __str__(self):
        return f"{self.line} {self.number}"


class TargetShare(models.Model):
    """What a unit takes on of a target in an accepted line plan; without quarter and value it is responsible only.

    Append-only: a later version brings its own rows.
    """

    line_plan = models.ForeignKey(LinePlan, models.PROTECT, related_name="shares")
    target = models.ForeignKey(Target, models.PROTECT, related_name="shares")
    organisation = models.ForeignKey("permissions.Organisation", models.PROTECT, related_name="+")
    quarter = models.PositiveSmallIntegerField(null=True)
    value = models.DecimalField(max_digits=14, decimal_places=4, null=True)

    class Meta:
        ordering = ["target__order", "pk"]
        triggers = [append_only("target_share")]
        constraints = [
            models.UniqueConstraint(
                fields=["line_plan", "target", "organisation", "quarter"], name="share_once_a_quarter"
            ),
            models.UniqueConstraint(
                fields=["line_plan", "target", "organisation"],
                condition=models.Q(quarter__isnull=True),
                name="responsible_once",
            ),
            models.CheckConstraint(
                condition=models.Q(quarter__isnull=True, value__isnull=True)
                | models.Q(quarter__range=(1, 4), value__gte=0),
                name="share_of_a_quarter",
            ),
        ]


class TargetReport(models.Model):
    """What no fact tells is reported once for an indicator, with its day and source; a later version replaces it.

    One of a kind: a growth and a share of the same indicator are reported apart.
    """

    plan = models.ForeignKey("campaigns.Plan", models.PROTECT, related_name="+")
    indicator = models.SlugField(max_length=60)
    kind = models.CharField(max_length=8, choices=Target.Kind.choices)
    version = models.PositiveIntegerField()
    value = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    reached = models.BooleanField(null=True)
    words = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=120)
    happened_on = models.DateField()
    unit = models.ForeignKey("permissions.Organisation", models.PROTECT, related_name="+")
    recorded = models.DateTimeField()
    recorded_by = models.ForeignKey("permissions.User", models.PROTECT, related_name="+")
    is_demo = models.BooleanField(default=False)

    class Meta:
        ordering = ["version"]
        triggers = [append_only("target_report")]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "indicator", "kind", "version"], name="target_report_version"
            )
        ]


class ContestComponent(models.Model):
    """One line of the building contest's published formula."""

    plan = models.ForeignKey("campaigns.Plan", models.PROTECT, related_name="contest")
    code = models.SlugField(max_length=60)
    name = models.CharField(max_length=80)
    figure = models.SlugField(max_length=30)
    weight = models.DecimalField(max_digits=6, decimal_places=2)
    cap = models.DecimalField(max_digits=6, decimal_places=2)
    order = models.PositiveSmallIntegerField()
    clause = models.CharField(max_length=60)

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["plan", "code"], name="contest_component_once")]

    def __str__(self):
        return self.name


class AssessmentScheme(models.Model):
    """How a plan's units are assessed at the year's end: criteria whose weights make a hundred, as the plan file says.

    `criteria` is a list of {code, name, weight, kind, source, clause}.
    """

    plan = models.ForeignKey("campaigns.Plan", models.PROTECT, related_name="assessment_schemes")
    code = models.SlugField(max_length=20)
    objection_days = models.PositiveSmallIntegerField()
    criteria = models.JSONField()
    clause = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan"], name="one_scheme_a_plan")]

    def __str__(self):
        return f"{self.plan}"


class Assessment(models.Model):
    """One year-end assessment (考核) of a plan's units, from the gathered facts to its publication."""

    class State(models.TextChoices):
        SCORING = "scoring", _("being scored")
        NOTIFIED = "notified", _("told to the units")
        PUBLISHED = "published", _("published")
        CLOSED = "closed", _("withdrawn or ended")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    plan = models.ForeignKey("campaigns.Plan", models.PROTECT, related_name="assessments")
    run = models.OneToOneField("engine.Run", models.PROTECT, related_name="assessment")
    state = models.CharField(max_length=10, choices=State.choices, default=State.SCORING)
    objection_days = models.PositiveSmallIntegerField()
    gathered_on = models.DateField()
    objections_until = models.DateField(null=True)
    published_on = models.DateField(null=True)
    is_demo = models.BooleanField(default=False)
    opened = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "is_demo"],
                condition=~models.Q(state="closed"),
                name="one_assessment_a_plan",
            )
        ]


class AssessmentRow(models.Model):
    """A unit on one criterion: the facts as they were gathered, never changed; the score as people decide it.

    It names an organisation of the kinds that are units, and nothing in it could name a person who is scored.
    """

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="rows")
    organisation = models.ForeignKey("permissions.Organisation", models.PROTECT, related_name="+")
    unit_kind = models.CharField(max_length=12)
    criterion = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=8)
    weight = models.PositiveSmallIntegerField()
    order = models.PositiveSmallIntegerField()
    facts = models.JSONField(default=list)
    computed = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    score = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    reason = models.CharField(max_length=500, blank=True)
    scored_by = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")
    scored = models.DateTimeField(null=True)

    class Meta:
        ordering = ["organisation_id", "order"]
        triggers = [
            pgtrigger.Protect(
                name="gathered_facts_are_frozen",
                operation=pgtrigger.UpdateOf("facts", "computed", "weight", "organisation_id", "unit_kind")
                | pgtrigger.Delete,
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "organisation", "criterion"], name="assessed_once_a_criterion"
            ),
            models.CheckConstraint(
                condition=models.Q(unit_kind__in=["bureau", "town", "company"]), name="units_alone_are_scored"
            ),
            models.CheckConstraint(
                condition=models.Q(score__isnull=True, scored_by__isnull=True, scored__isnull=True)
                | models.Q(score__range=(0, 100), scored_by__isnull=False, scored__isnull=False),
                name="a_score_has_its_scorer",
            ),
        ]


class AssessmentObjection(models.Model):
    """What a unit objects to (申诉), and the answer of somebody who did not score it."""

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="objections")
    organisation = models.ForeignKey("permissions.Organisation", models.PROTECT, related_name="+")
    round = models.PositiveSmallIntegerField()
    text = models.TextField()
    raised = models.DateTimeField()
    raised_by = models.ForeignKey("permissions.User", models.PROTECT, related_name="+")
    upheld = models.BooleanField(null=True)
    answer = models.TextField(blank=True)
    answered = models.DateTimeField(null=True)
    answered_by = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "organisation", "round"], name="one_objection_a_round"
            ),
            models.CheckConstraint(
                condition=models.Q(answered__isnull=True, answered_by__isnull=True, upheld__isnull=True)
                | models.Q(answered__isnull=False, answered_by__isnull=False, upheld__isnull=False),
                name="an_answer_has_its_author",
            ),
        ]
