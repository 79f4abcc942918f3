"""What cannot be read is answered before anybody tries: 400 instead of an error in the middle of another answer."""

import codecs
from collections.abc import Callable

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.template import loader

LONGEST_LENGTH = 15  # digits of a Content-Length
UTF_8 = "utf-8"


class ReadableMiddleware:
    """Lets through what has a length in figures, is written in UTF-8 and names no more parameters than allowed.

    Stands before whatever reads parameters: the page of a refusal reads them too, and would break in turn.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_readable(request):
            return self.get_response(request)
        request.refusal_code = "unreadable"  # type: ignore[attr-defined]
        return HttpResponse(loader.render_to_string("400.html"), status=400)


def is_readable(request: HttpRequest) -> bool:
    """Whether length, character set and parameters can be read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdecimal() and len(length) <= LONGEST_LENGTH):
        return False
    try:
        charset = (request.content_params or {}).get("charset", UTF_8)
        return codecs.lookup(charset).name == UTF_8 and request.GET is not None
    except (LookupError, ValueError, BadRequest, SuspiciousOperation):
        return False
