"""Pages of obstacles: every view reads the clock once, makes the actor once and calls one selector or operation."""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from flows.campaigns.selectors import newest_plan
from flows.files import serving
from flows.files.handing_out import download, hand_out
from flows.files.operations import keeping
from flows.projects.lifecycle import Move
from flows.projects.selectors_project import project_for
from hetang_flow.lib import clock
from hetang_flow.lib.errors import Invalid, NotFound
from permissions.actors import Actor
from permissions.asking import person

from . import climbing, forms, operations, reporting, rules, selectors, selectors_figures, selectors_pages
from .models import Obstacle

# --- the board and the form ---


@login_required
@never_cache
@require_GET
def obstacles(request: HttpRequest) -> HttpResponse:
    """The board by level; alone, for a page that is already open, when htmx asks."""
    by, now = person(request)
    filters = selectors.Filters.read(request.GET)
    context: dict[str, Any] = {"filters": filters, "board": selectors.board(by, now, filters)}
    if request.headers.get("HX-Request"):
        return render(request, "obstacles/board.html", context)
    context |= {"choices": selectors.choices(by, now), "sees_figures": rules.sees_figures(by)}
    return render(request, "obstacles/obstacles.html", context)


@login_required
@require_POST
@transaction.atomic
def obstacles_export(request: HttpRequest) -> HttpResponse:
    """The board as a workbook, the rows the page shows."""
    by, now = person(request)
    plan = newest_plan()
    if plan is None or not by.has_business:
        raise NotFound("no-such-page")
    board = selectors.board(by, now, selectors.Filters.read(request.POST))
    title = _("Obstacles and needs")
    rows = selectors_pages.board_rows(board)
    return download(
        title, hand_out(title, selectors_pages.board_fields(), rows, chain_id=plan.chain_id, by=by, now=now)
    )


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def obstacle_new(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Say what stands in the way of a project; whoever may not reads why not."""
    by, now = person(request)
    project = project_for(project_id, by, now)
    if request.method == "POST":
        said = operations.Raised(**forms.given(forms.RaiseForm(request.POST)))
        with keeping(serving.uploads(request, required=False)) as kept:
            obstacle = operations.raise_obstacle(project_id, said, by=by, now=now, kept=kept)
        return redirect("sheet", obstacle.run.public_id)
    context = {
        "project": project,
        "verdict": selectors_pages.may_raise(project, by),
        "kinds": selectors_pages.kinds_of(project.plan_id),
        "moves": Move.choices,
        "longest_title": rules.LONGEST_TITLE,
        "longest_text": rules.LONGEST_TEXT,
        **serving.LIMITS,
    }
    return render(request, "obstacles/obstacle_new.html", context)


# --- acts on one, from its sheet ---


def _act(request: HttpRequest, obstacle_id: UUID, do: Callable[..., Any]) -> HttpResponse:
    """Do something with an obstacle this person sees, and show its sheet again."""
    by, now = person(request)
    obstacle = selectors.obstacle_for(obstacle_id, by, now)
    do(obstacle, by=by, now=now)
    return redirect("sheet", obstacle.run.public_id)


@login_required
@require_POST
def obstacle_sort(request: HttpRequest, obstacle_id: UUID) -> HttpResponse:
    """分类定级."""

    def do(obstacle: Obstacle, *, by: Actor, now: datetime) -> None:
        typed = forms.given(forms.SortForm(request.POST))
        operations.sort_obstacle(obstacle.public_id, **typed, by=by, now=now)

    return _act(request, obstacle_id, do)


@login_required
@require_POST
def obstacle_assign(request: HttpRequest, obstacle_id: UUID) -> HttpResponse:
    """交办."""

    def do(obstacle: Obstacle, *, by: Actor, now: datetime) -> None:
        typed = forms.given(forms.AssignForm(request.POST))
        operations.assign_obstacle(obstacle.public_id, **typed, by=by, now=now)

    return _act(request, obstacle_id, do)


@login_required
@require_POST
def obstacle_answer(request: HttpRequest, obstacle_id: UUID) -> HttpResponse:
    """反馈."""

    def do(obstacle: Obstacle, *, by: Actor, now: datetime) -> None:
        typed = forms.given(forms.AnswerForm(request.POST))
        operations.answer_obstacle(obstacle.public_id, **typed, by=by, now=now)

    return _act(request, obstacle_id, do)


@login_required
@require_POST
def obstacle_level(request: HttpRequest, obstacle_id: UUID) -> HttpResponse:
    """提级."""

    def do(obstacle: Obstacle, *, by: Actor, now: datetime) -> None:
        typed = forms.given(forms.LevelForm(request.POST))
        climbing.raise_level(obstacle.public_id, **typed, by=by, now=now)

    return _act(request, obstacle_id, do)


@login_required
@require_POST
def obstacle_report(request: HttpRequest, obstacle_id: UUID) -> HttpResponse:
    """A stage, a figure, or what puts an earlier one right."""

    def do(obstacle: Obstacle, *, by: Actor, now: datetime) -> None:
        typed = forms.given(forms.ReportForm(request.POST))
        about = {"happened_on": typed["happened_on"], "by": by, "now": now}
        if typed["replaces"]:
            selectors_pages.fact_of(obstacle, typed["replaces"])
            reporting.correct_fact(typed["replaces"], value=typed["value"], note=typed["note"], **about)
        elif typed["figure"]:
            if typed["value"] is None:
                raise Invalid("figure-unreadable", {"name": typed["figure"]})
            reporting.report_figure(obstacle.public_id, figure=typed["figure"], value=typed["value"], **about)
        else:
            reporting.report_stage(obstacle.public_id, stage=typed["stage"], note=typed["note"], **about)

    return _act(request, obstacle_id, do)


# --- figures, as they were known on a day ---


@dataclass(frozen=True, slots=True)
class AsOf:
    """The day a page of figures speaks of; `known_at` is None for today, else the end of that day."""

    day: date
    today: date
    known_at: datetime | None

    @property
    def is_past(self) -> bool:
        """Whether it is not today that is shown."""
        return self.known_at is not None


def as_of(request: HttpRequest, now: datetime) -> AsOf:
    """The day the address names, today if it names none or one to come."""
    today = clock.district_day(now)
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        day = today
    if day >= today:
        return AsOf(today, today, None)
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=clock.DISTRICT)
    return AsOf(day, today, end - timedelta(microseconds=1))


@login_required
@never_cache
@require_GET
def obstacle_financing(request: HttpRequest) -> HttpResponse:
    """The month's list of the financing loop: what fails its conditions, and what is arranged for each."""
    by, now = person(request)
    today = clock.district_day(now)
    try:
        first = date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        first = today.replace(day=1)
    first = min(first, today.replace(day=1))
    last = first.replace(day=monthrange(first.year, first.month)[1])
    end = datetime.combine(last + timedelta(days=1), time(), tzinfo=clock.DISTRICT)
    context = {
        "found": selectors_figures.financing(by, now, until=min(last, today), known_at=min(end, now)),
        "first": first,
        "before": (first - timedelta(days=1)).replace(day=1)
        if first.year > selectors_pages.FIRST_YEAR
        else None,
        "after": last + timedelta(days=1) if last < today else None,
        "sees_figures": rules.sees_figures(by),
    }
    return render(request, "obstacles/financing.html", context)


@login_required
@never_cache
@require_GET
def obstacle_land(request: HttpRequest) -> HttpResponse:
    """Land acquired against its targets."""
    by, now = person(request)
    plan, when = selectors_pages.plan_for(by), as_of(request, now)
    found = selectors_figures.land(plan, until=when.day, known_at=when.known_at or now)
    context = {"plan": plan, "figures": found, "when": when, "sees_figures": True}
    return render(request, "obstacles/land.html", context)


@login_required
@never_cache
@require_GET
def obstacle_permits(request: HttpRequest) -> HttpResponse:
    """Durations and documents of permits against the baseline: what was promised, and what came of it."""
    by, now = person(request)
    plan, when = selectors_pages.plan_for(by), as_of(request, now)
    found = selectors_figures.permits(plan.pk, until=when.day, known_at=when.known_at)
    promised = selectors_figures.promises(plan.pk)
    context = {"plan": plan, "found": found, "promised": promised, "when": when, "sees_figures": True}
    return render(request, "obstacles/permits.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def permit_new(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Report a permit that a project was granted; what was reported stands below."""
    by, now = person(request)
    project = project_for(project_id, by, now)
    if request.method == "POST":
        typed = forms.given(forms.PermitForm(request.POST))
        reporting.record_permit(project_id, **typed, by=by, now=now)
        return redirect("permit-new", project_id)
    context = {
        "project": project,
        "verdict": selectors_pages.may_report(project, by),
        "permits": selectors_pages.permits_of(project.plan_id),
        "facts": selectors_pages.permit_facts(project.pk),
        "today": clock.district_day(now),
    }
    return render(request, "obstacles/permit_new.html", context)
