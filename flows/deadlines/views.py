"""Pages of the working calendar: everybody reads it, the system administrator changes it."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from flows.deadlines import lines, selectors_pages
from flows.deadlines.operations import publish_year
from flows.deadlines.published import SOURCE, published_days
from flows.deadlines.rules import MarkedDay, may_change_calendar
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import NotAllowed, NotFound
from permissions.asking import person

LONGEST_TEXT, LONGEST_SOURCE = 20_000, 120


@login_required
@never_cache
@require_GET
def work_calendar(request: HttpRequest) -> HttpResponse:
    """A year's working days, days off and make-up days."""
    by, now = person(request)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 else district_day(now).year
    year = min(max(year, selectors_pages.FIRST), selectors_pages.LAST)
    context = {"page": selectors_pages.year_page(year, now), "may_change": may_change_calendar(by)}
    return render(request, "deadlines/year.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def work_calendar_change(request: HttpRequest, year: int) -> HttpResponse:
    """A year's arrangement as lines: looked at first, put in force only when everything can be read."""
    by, now = person(request)
    may_change_calendar(by).or_raise(NotAllowed)
    if not selectors_pages.FIRST <= year <= selectors_pages.LAST:
        raise NotFound("no-such-page")
    page = selectors_pages.year_page(year, now)
    if request.method == "GET":
        marks = page.marks or published_days(year)
        source = page.published.source if page.published else SOURCE if marks else ""
        return _form(request, page, {"lines": lines.as_lines(marks), "source": source})
    text, source = request.POST.get("lines", ""), request.POST.get("source", "").strip()
    marks, problems = lines.read_lines(text[:LONGEST_TEXT], year)
    wrong = bool(problems) or not marks or not 0 < len(source) <= LONGEST_SOURCE
    if wrong or "publish" not in request.POST:
        typed = {"lines": text, "source": source}
        return _form(request, page, typed, marks=marks, problems=problems, looked=True, wrong=wrong)
    publish_year(year, marks, source=source, by=by, now=now)
    return redirect(f"{request.path.removesuffix(f'{year}/change/')}?year={year}")


def _form(
    request: HttpRequest,
    page: selectors_pages.YearPage,
    typed: Mapping[str, str],
    *,
    marks: tuple[MarkedDay, ...] = (),
    problems: list[lines.LineProblem] | None = None,
    looked: bool = False,
    wrong: bool = False,
) -> HttpResponse:
    old = {mark.day: mark for mark in page.marks}
    new = {mark.day: mark for mark in marks}
    changes: list[dict[str, Any]] = [
        {"day": day, "was": old.get(day), "now": new.get(day)}
        for day in sorted(old.keys() | new.keys())
        if old.get(day) != new.get(day)
    ]
    context = {
        "page": page,
        "typed": typed,
        "looked": looked,
        "ready": looked and not wrong,
        "problems": problems or [],
        "changes": changes,
        "no_source": looked and not typed["source"],
        "no_days": looked and not marks and not problems,
        "hint": f"{page.year}-10-01~{page.year}-10-07 休 国庆节",
    }
    return render(request, "deadlines/change.html", context, status=422 if wrong else 200)
