"""A target's page: what is refused comes back as it was typed, and whose figures these are not."""

import pytest
from django.urls import reverse

from flows.targets.models import TargetReport
from tests.support import obstructed
from tests.support.aiming import aimed

pytestmark = pytest.mark.django_db


def test_what_is_refused_comes_back_as_it_was_typed(district, browser):
    code = aimed(district).code
    typed = {
        "value": "12",
        "reached": "yes",
        "day": "2999-01-01",
        "source": "区统计局年报",
        "words": "说明",
        "seen": "0",
    }
    answer = browser("lin").post(reverse("target-report", args=[code]), typed)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'role="alert"' in text
    for words in ("2999-01-01", "区统计局年报", "说明"):
        assert f'value="{words}"' in text
    assert not TargetReport.objects.exists()


@pytest.mark.parametrize("name", ["targets", "contest", "line-plans", "assessments"])
def test_the_districts_figures_are_not_an_owners_contacts(district, browser, name):
    code = aimed(district)
    obstructed.prepare(district)
    seen = browser("lin").get(reverse(name)).content.decode()
    assert browser("lin").get(reverse("target", args=[code.code])).status_code == 200
    found = browser("yu").get(reverse(name)).content.decode()
    assert browser("yu").get(reverse("target", args=[code.code])).status_code == 404
    assert len(found) < len(seen)
    assert code.name not in found
    assert district.line.name not in found
