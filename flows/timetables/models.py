"""Timetables (节点计划): versions of a project's nodes, each accepted by a flow, and the days nodes were done."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from flows.projects.triggers import append_only


class NodeKind(models.Model):
    """A node that a first timetable begins with, as the plan file says it, and how many working days it takes."""

    plan = models.ForeignKey("campaigns.Plan", models.PROTECT, related_name="node_kinds")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    days = models.PositiveSmallIntegerField()
    order = models.PositiveSmallIntegerField()
    clause = models.CharField(max_length=60)

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["plan", "code"], name="node_kind_in_plan")]

    def __str__(self):
        return self.name


class Timetable(models.Model):
    """One version of a project's timetable, from its draft to its end; `draft` is what is being written."""

    class Kind(models.TextChoices):
        LAY = "lay", _("first timetable")
        CHANGE = "change", _("change of the timetable")
        EXTEND = "extend", _("extension")

    class State(models.TextChoices):
        OPEN = "open", _("under way")
        ADOPTED = "adopted", _("in force")
        CLOSED = "closed", _("ended without effect")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="timetables")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    reason = models.CharField(max_length=500, blank=True)
    base = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey("permissions.Organisation", models.PROTECT, related_name="+")
    run = models.OneToOneField("engine.Run", models.PROTECT, related_name="timetable")
    draft = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    opened = models.DateTimeField()
    adopted = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="timetable_number"),
            models.UniqueConstraint(
                fields=["project"], condition=Q(state="open"), name="one_open_timetable_a_project"
            ),
        ]

    def __str__(self):
        return f"{self.project} {self.number}"


class Node(models.Model):
    """A node of a version that is in force or was: when it is planned, when it was planned first, who answers."""

    timetable = models.ForeignKey(Timetable, models.PROTECT, related_name="nodes")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    days = models.PositiveSmallIntegerField()
    planned = models.DateField()
    first_planned = models.DateField()
    post = models.ForeignKey("permissions.Post", models.PROTECT, null=True, related_name="+")
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]
        triggers = [append_only("node")]
        constraints = [models.UniqueConstraint(fields=["timetable", "code"], name="node_of_timetable")]


class NodeFact(models.Model):
    """The day a node was done, as it was reported; a later version replaces it, none is ever changed."""

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="node_facts")
    code = models.SlugField(max_length=40)
    version = models.PositiveSmallIntegerField()
    done_on = models.DateField(null=True)
    words = models.CharField(max_length=200, blank=True)
    recorded = models.DateTimeField()
    recorded_by = models.ForeignKey("permissions.User", models.PROTECT, related_name="+")

    class Meta:
        triggers = [append_only("node_fact")]
        constraints = [
            models.UniqueConstraint(fields=["project", "code", "version"], name="node_fact_version")
        ]
