"""The page of task forces."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from permissions.asking import person

from . import selectors


@login_required
@never_cache
@require_GET
def task_forces(request: HttpRequest) -> HttpResponse:
    """The task forces of the campaign, line by line."""
    by, now = person(request)
    return render(request, "taskforces/task_forces.html", {"lines": selectors.by_line(by, now)})
