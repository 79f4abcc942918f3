"""The working calendar as data: exceptions to Monday-Friday, the years they are complete for, and a version.

Nothing is overwritten: a row belongs to the versions from `first_version` to `last_version` (null: in force),
so that a day judged under version 3 can be judged again under version 3 after the calendar has changed.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class CalendarState(models.Model):
    """The one row that carries the calendar's version; whoever changes the calendar locks it first."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    version = models.PositiveIntegerField(_("calendar version"), default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="calendar_state_is_one_row")]

    def __str__(self):
        return str(self.version)


class Versioned(models.Model):
    """A row in force over a stretch of calendar versions, both ends included."""

    first_version = models.PositiveIntegerField()
    last_version = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        abstract = True


class PublishedYear(Versioned):
    """A year whose arrangement the State Council has announced: its marked days are complete."""

    year = models.PositiveSmallIntegerField(_("year"))
    source = models.CharField(_("source"), max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["year"],
                condition=Q(last_version=None),
                name="published_year_in_force_once",
            ),
            models.CheckConstraint(
                condition=Q(last_version=None) | Q(last_version__gte=F("first_version")),
                name="published_year_versions_in_order",
            ),
        ]

    def __str__(self):
        return str(self.year)


class CalendarDay(Versioned):
    """A named day off, or a make-up working day; days nobody spoke about have no row."""

    date = models.DateField(_("date"))
    is_workday = models.BooleanField(_("working day"))
    name = models.CharField(_("name"), max_length=60)
    source = models.CharField(_("source"), max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["date"],
                condition=Q(last_version=None),
                name="calendar_day_in_force_once",
            ),
            models.CheckConstraint(
                condition=Q(last_version=None) | Q(last_version__gte=F("first_version")),
                name="calendar_day_versions_in_order",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="calendar_day_is_named"),
        ]

    def __str__(self):
        return f"{self.date} {self.name}"
