"""Files of a matter: handed in, read, given out; every view reads the clock once and makes the actor once."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from hetang_flow.lib.errors import Invalid
from permissions.asking import person

from . import operations, selectors, serving


@login_required
@require_POST
def files_add(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Add files to a matter; each one is looked at by itself, a refused one does not stop the others."""
    uploads = serving.uploads(request)
    by, now = person(request)
    found = selectors.files_of(run_id, by, now)
    refused = []
    for upload in uploads:
        try:
            operations.attach(run_id, upload, by=by, now=now)
        except Invalid as error:
            refused.append(error)
    if not request.headers.get("HX-Request"):
        if refused:
            raise refused[0]
        return redirect("sheet", run_id)
    found = selectors.files_of(run_id, by, now)
    found.errors = refused
    return render(request, "files/files.html", {"files": found}, status=422 if refused else 200)


@login_required
@require_POST
def file_withdraw(request: HttpRequest, attachment_id: UUID) -> HttpResponse:
    """Take one's own file away."""
    by, now = person(request)
    run_id = selectors.file_for(attachment_id, by, now).run.public_id
    operations.withdraw(attachment_id, by=by, now=now)
    if not request.headers.get("HX-Request"):
        return redirect("sheet", run_id)
    return render(request, "files/files.html", {"files": selectors.files_of(run_id, by, now)})


@login_required
@serving.kept_private
@require_GET
def file_read(request: HttpRequest, attachment_id: UUID) -> HttpResponse:
    """The pages of a file as pictures, to be read on a phone."""
    by, now = person(request)
    file = selectors.file_for(attachment_id, by, now)
    context = {"file": file, "pages": selectors.pages_of(file)}
    context["is_pdf"] = file.content_type == serving.PDF
    return render(request, "files/file.html", context)


@login_required
@serving.kept_private
@require_GET
def file_page(request: HttpRequest, attachment_id: UUID, page: int) -> HttpResponse:
    """One page as a picture; `w` is the width in pixels that would do."""
    by, now = person(request)
    return serving.page(request, selectors.file_for(attachment_id, by, now), page)


@login_required
@serving.kept_private
@require_GET
def file_download(request: HttpRequest, attachment_id: UUID) -> Any:
    """The file itself, as it came in, always as a download."""
    by, now = person(request)
    return serving.download(selectors.file_for(attachment_id, by, now))
