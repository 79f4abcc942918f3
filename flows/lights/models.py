"""Schemes of lights as versioned data, and the light of each project on each day; no light is ever repainted."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from flows.policies.models import by_two_persons
from flows.projects.triggers import append_only

from . import rules


class LightScheme(models.Model):
    """A version of a plan's rules for lights; `body` holds the rules in the order in which they are asked.

    One from the plan file is in force when it is loaded; any other is proposed by one office, confirmed by another,
    and in force from the day after.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        PUBLISHED = "published", _("published")
        DECLINED = "declined", _("not taken")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    plan = models.ForeignKey("campaigns.Plan", models.PROTECT, related_name="light_schemes")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    source = models.CharField(max_length=120)
    clause = models.CharField(max_length=60)
    body = models.JSONField()
    reason = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=State.choices)
    from_day = models.DateField(null=True)
    opened = models.DateTimeField()
    proposed_by = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")
    confirmed_by = models.ForeignKey("permissions.User", models.PROTECT, null=True, related_name="+")
    closed = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="light_scheme_number"),
            models.UniqueConstraint(
                fields=["plan"], condition=Q(state="proposed"), name="one_proposed_light_scheme"
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(from_day__isnull=False), name="light_scheme_has_its_day"
            ),
            by_two_persons("light_scheme_by_two_persons"),
        ]

    def __str__(self):
        return f"{self.name} v{self.number}"

    @property
    def scheme(self) -> rules.Scheme:
        """The rules, read."""
        return rules.scheme_of(self.name, self.body)


class StatusLight(models.Model):
    """The light (红黄绿灯) of a project on a day: its colour, the rule and version that gave it, all it was judged on.

    `judged` is when, and so what was known; a day the job slept through is judged later, and says so.
    """

    class Colour(models.TextChoices):
        RED = "red", _("red light")
        YELLOW = "yellow", _("yellow light")
        BLUE = "blue", _("blue light")
        GREEN = "green", _("green light")
        GREY = "grey", _("not judged")

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="lights")
    day = models.DateField()
    colour = models.CharField(max_length=6, choices=Colour.choices)
    rule = models.CharField(max_length=40, blank=True)
    scheme = models.ForeignKey(LightScheme, models.PROTECT, related_name="lights")
    calendar_version = models.PositiveIntegerField()
    inputs = models.JSONField()
    judged = models.DateTimeField()

    class Meta:
        ordering = ["-day", "project_id"]
        triggers = [append_only("status_light")]
        constraints = [models.UniqueConstraint(fields=["project", "day"], name="one_light_a_day")]
        indexes = [models.Index(fields=["day", "colour"], name="lights_of_day")]

    def __str__(self):
        return f"{self.project_id} {self.day} {self.colour}"

    @property
    def known(self) -> rules.Inputs:
        """What it was judged on, read."""
        return rules.from_data(self.inputs)
