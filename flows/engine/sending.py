"""Sending a paper to a browser, to be read in it."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

# The reader built into a browser is an object with a style of its own; nothing else may run.
PAPER_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def sent(paper: bytes, name: str) -> HttpResponse:
    """A PDF under the name it is kept by."""
    response = HttpResponse(paper, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(False, name)
    response["Content-Security-Policy"] = PAPER_POLICY
    return response
