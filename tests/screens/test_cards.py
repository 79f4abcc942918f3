"""A project's card, on the page and on paper, and the page of task forces."""

from pathlib import Path

import pytest
from django.urls import reverse

from tests.support.carded import carded

pytestmark = pytest.mark.django_db


def test_scratch(district, browser):
    project = carded(district)
    page = browser("zhao", "zh-hans").get(reverse("project-card", args=[project.public_id]))
    assert page.status_code == 200
    Path("/tmp/timetables/card.html").write_text(page.content.decode())
    paper = browser("zhao", "zh-hans").get(reverse("project-card-pdf", args=[project.public_id]))
    Path("/tmp/timetables/card.pdf").write_bytes(paper.content)
