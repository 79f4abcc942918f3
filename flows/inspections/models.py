"""Inspection rounds: which projects are visited by whom and when, what was found there, and what came of it."""

import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from flows.inspections import rules
from flows.projects.triggers import append_only


class Round(models.Model):
    """督查轮次: announced by the headquarters office; its days hold for every visit, `wanted` says what to hand in."""

    class Kind(models.TextChoices):
        INSPECTION = "inspection", _("inspection")
        REVIEW = "review", _("evaluation and guidance")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    plan = models.ForeignKey("campaigns.Plan", models.PROTECT, related_name="inspection_rounds")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(max_length=rules.LONGEST_NAME)
    wanted = models.TextField(blank=True)
    materials_due = models.DateField()
    first_day = models.DateField()
    last_day = models.DateField()
    announced = models.DateTimeField()
    announced_by = models.ForeignKey("permissions.User", models.PROTECT, related_name="+")
    called_off = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-announced", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="inspection_round_number"),
            models.CheckConstraint(
                condition=Q(materials_due__lte=F("first_day"), first_day__lte=F("last_day")),
                name="materials_then_visits",
            ),
        ]

    def __str__(self):
        return self.name


class RoundInspector(models.Model):
    """A post that inspects in a round; at a project its own unit serves or owns it stands aside."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="inspectors")
    post = models.ForeignKey("permissions.Post", models.PROTECT, related_name="+")
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["round", "post"], name="inspector_once_a_round")]


class Visit(models.Model):
    """One project of a round; its run is opened after the announcement, and says what it waits for."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    round = models.ForeignKey(Round, models.PROTECT, related_name="visits")
    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="inspections")
    run = models.OneToOneField("engine.Run", models.PROTECT, null=True, related_name="inspection")
    materials = models.TextField(blank=True)
    materials_in = models.DateTimeField(null=True)
    visited_on = models.DateField(null=True)
    nothing_found = models.BooleanField(default=False)
    handed_in = models.DateTimeField(null=True)
    handed_in_by = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")
    closed = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["round", "project"], name="project_once_a_round"),
            models.CheckConstraint(
                condition=Q(handed_in__isnull=True)
                | Q(visited_on__isnull=False, handed_in_by__isnull=False, run__isnull=False),
                name="a_visit_has_a_day_and_a_person",
            ),
        ]
        indexes = [models.Index(fields=["round"], condition=Q(run=None), name="visits_to_open")]

    def __str__(self):
        return f"{self.round} {self.project}"


def _with_its_visit(name: str, visit: str) -> pgtrigger.Trigger:
    """Refuse every change of a row once its visit is handed in; `visit` finds the key of the visit as SQL."""
    return pgtrigger.Trigger(
        name=f"{name}_stands_with_its_visit",
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        when=pgtrigger.Before,
        func=f"""
            IF TG_OP = 'DELETE' OR EXISTS (
                SELECT 1 FROM inspections_visit v WHERE v.handed_in IS NOT NULL AND v.id = {visit}
            ) THEN
                RAISE EXCEPTION 'inspections: what was handed in stays as it is'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        """,  # noqa: S608 - both parts are this module's own words
    )


class Finding(models.Model):
    """Something found on site; until the visit is handed in it may be taken back, afterwards nothing changes it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="findings")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    is_serious = models.BooleanField(default=False)
    unit = models.ForeignKey("permissions.Organisation", models.PROTECT, related_name="+")
    noted = models.DateTimeField()
    noted_by = models.ForeignKey("permissions.User", models.PROTECT, related_name="+")
    taken_back = models.DateTimeField(null=True)

    class Meta:
        ordering = ["visit", "number"]
        constraints = [models.UniqueConstraint(fields=["visit", "number"], name="finding_number_of_visit")]
        triggers = [_with_its_visit("finding", "NEW.visit_id")]

    def __str__(self):
        return self.text


class FindingPhoto(models.Model):
    """A photograph of a finding: a file of the visit's run."""

    finding = models.ForeignKey(Finding, models.PROTECT, related_name="photographs")
    attachment = models.OneToOneField("files.Attachment", models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        triggers = [
            _with_its_visit(
                "photograph",
                "(SELECT f.visit_id FROM inspections_finding f WHERE f.id = NEW.finding_id)",
            )
        ]


class Opened(models.Model):
    """What a finding opened, once of each kind; `key` names it in its own room."""

    finding = models.ForeignKey(Finding, models.PROTECT, related_name="opened")
    code = models.SlugField(max_length=20)
    key = models.UUIDField()
    opened = models.DateTimeField()
    opened_by = models.ForeignKey("permissions.User", models.PROTECT, related_name="+")

    class Meta:
        ordering = ["opened", "pk"]
        constraints = [models.UniqueConstraint(fields=["finding", "code"], name="a_finding_opens_each_once")]
        triggers = [append_only("opened_of_finding")]
        indexes = [models.Index(fields=["code", "key"], name="opened_by_a_finding")]


class Seen(models.Model):
    """A unit has seen what was found there; `objection` is what it says against it, if anything."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="seen_by")
    unit = models.ForeignKey("permissions.Organisation", models.PROTECT, related_name="+")
    objection = models.TextField(blank=True)
    seen = models.DateTimeField()
    signed_by = models.ForeignKey("permissions.User", models.PROTECT, related_name="+")

    class Meta:
        ordering = ["seen", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["visit", "unit", "signed_by"], name="a_visit_is_seen_once")
        ]
        triggers = [append_only("seen_of_visit")]
