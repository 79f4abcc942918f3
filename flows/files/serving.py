"""Taking files in from a page and giving them out: as pictures of their pages, or as a download; never run."""

from typing import Any, Protocol

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control

from hetang_flow.lib.errors import Invalid, NotFound

from . import rules, storage
from .storage import WIDTHS

PDF = rules.TYPES["pdf"]
MOST_UPLOADED = 4 * rules.LARGEST_FILE
LIMITS = {"most_files": rules.MOST_FILES, "largest_file": rules.LARGEST_FILE // rules.MEGABYTE}
kept_private = cache_control(private=True, no_store=True)

__all__ = ["LIMITS", "PDF", "WIDTHS", "Stored", "download", "kept_private", "page", "uploads"]


class Stored(Protocol):
    """A row that names a file this room keeps."""

    name: str
    stored_as: str
    content_type: str
    pages: int


def uploads(request: HttpRequest, *, required: bool = True) -> list[UploadedFile]:
    """The files of a form. Raises Invalid for more than can be read at a time, and for none where one is required."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_UPLOADED:
        raise Invalid("upload-too-large", {"most": MOST_UPLOADED // rules.MEGABYTE})
    found = request.FILES.getlist("file")
    if required and not found:
        raise Invalid("file-missing", {"field": "file"})
    return found


def page(request: HttpRequest, file: Stored, number: int) -> HttpResponse:
    """One page as a picture; `w` of the address is the width in pixels that would do."""
    asked = request.GET.get("w", "")
    width = int(asked) if asked.isdecimal() and asked.isascii() and len(asked) < 6 else WIDTHS[1]
    if number > file.pages:
        raise NotFound("no-such-page")
    path, kind = storage.page_picture(file.stored_as, file.content_type, number, width)
    return _sent(HttpResponse(path.read_bytes(), content_type=kind))


def download(file: Stored) -> Any:
    """The file itself, as it came in, always as a download."""
    opened = storage.path_of(file.stored_as).open("rb")
    return _sent(FileResponse(opened, as_attachment=True, filename=file.name, content_type=file.content_type))


def _sent(response: Any) -> Any:
    """Nothing in the file may run, and nobody guesses what it is."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
