"""The source `light`: a project whose last light is of a colour that the plan's ladder lets in (`light-red` ...)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db.models import (
    BigIntegerField,
    DateField,
    ExpressionWrapper,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Concat

from flows.campaigns.models import Plan
from flows.lights.models import StatusLight
from flows.projects.lifecycle import Phase
from flows.projects.models import Project, ProjectUnit

from . import rules, sources
from .models import Ladder

CODE = "light"
COLOURS = (StatusLight.Colour.RED, StatusLight.Colour.YELLOW, StatusLight.Colour.BLUE)
MARKS = {colour: f"{CODE}-{colour}" for colour in COLOURS}
FRESH = timedelta(days=7)  # an older light says nothing of today
ONE_DAY = timedelta(days=1)


def last_lights(day: date) -> QuerySet[StatusLight]:
    """The last light of each project by a day, not older than a week."""
    rows = StatusLight.objects.filter(day__lte=day, day__gt=day - FRESH)
    return rows.order_by("project_id", "-day").distinct("project_id")


def late(plan: Plan, day: date, now: datetime) -> QuerySet:
    """Projects under a colour that enters the ladder, due on the last day they were under another one."""
    last = last_lights(day).filter(project__plan=plan).values("pk")
    other = StatusLight.objects.filter(project_id=OuterRef("project_id"), day__lt=OuterRef("day")).order_by(
        "-day"
    )
    serving = ProjectUnit.objects.filter(
        project_id=OuterRef("project_id"), role=ProjectUnit.Role.SERVICE
    ).order_by("order", "pk")
    before = ExpressionWrapper(F("day") - Value(ONE_DAY), output_field=DateField())
    lights = (
        StatusLight.objects.filter(pk__in=last.order_by("project_id", "-day"), colour__in=_entering(plan))
        .annotate(
            answering=Cast(Subquery(serving.values("organisation_id")[:1]), BigIntegerField()),
            under_another=Subquery(other.exclude(colour=OuterRef("colour")).values("day")[:1]),
        )
        .filter(answering__isnull=False)
        .order_by()
    )
    return sources.rows(
        lights,
        key=sources.key("project_id", "colour"),
        unit=F("answering"),
        project=F("project_id"),
        line=F("project__line_id"),
        title=Concat(F("project__name"), Value("："), F("scheme__name"), Value(" "), F("rule")),
        due_on=Coalesce(F("under_another"), Cast(before, DateField())),
        mark=Concat(Value(f"{CODE}-"), F("colour")),
    )


def _entering(plan: Plan) -> list[str]:
    """The colours that the plan's ladder in force names under `enters` (one statement)."""
    row = Ladder.objects.filter(plan=plan, state=Ladder.State.PUBLISHED).first()
    named = {mark for rung in row.rules.rungs for mark in rung.enters} if row else set()
    return [colour for colour in COLOURS if MARKS[colour] in named]


def why(keys: Sequence[str], day: date, now: datetime) -> dict[str, str]:
    """Why these are under that colour no longer: the project stands still or is over, or it has caught up (two statements)."""
    pairs = [(int(project), colour) for project, _colon, colour in (key.partition(":") for key in keys)]
    projects = Project.objects.in_bulk([project for project, _colour in pairs])
    known = set(last_lights(day).filter(project__in=projects).values_list("project_id", flat=True))
    return {f"{at}:{colour}": _why(projects[at].phase, at in known) for at, colour in pairs}


def _why(phase: str, is_judged: bool) -> str:
    if phase == Phase.SUSPENDED:
        return rules.SUSPENDED
    if phase in (Phase.REVIEWED, Phase.TERMINATED) or not is_judged:
        return rules.ENDED
    return rules.DONE


sources.register(CODE, late, why=why, marks=MARKS.values())
