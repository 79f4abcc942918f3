"""A project's card: one page and one sheet of paper."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from flows.engine.sending import sent
from permissions.asking import person

from . import papers, selectors


@login_required
@never_cache
@require_GET
def project_card(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Everything about one project on one page."""
    by, now = person(request)
    found = selectors.card(project_id, by, now)
    return render(request, "cards/card.html", {"card": found, "project": found.project})


@login_required
@never_cache
@require_GET
def project_card_pdf(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """The same as a paper, for whoever sees the project."""
    by, now = person(request)
    found = selectors.card(project_id, by, now)
    return sent(papers.card_pdf(found, by=by, at=now), papers.file_name(found))
