"""The working calendar's pages: looked at by everybody, changed by its keeper after a look, missed in December."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse

from flows.deadlines.models import PublishedYear
from permissions.models import User
from tests.support.signed import signed_in

pytestmark = pytest.mark.django_db
DAYS = "2027-01-01~2027-01-03 休 元旦\n2027-01-09 班 元旦"


@pytest.fixture
def keeper(client):
    """The system administrator at the desk."""
    made = User.objects.create(username="system", name="system", administrator="system")
    signed_in(made, client)
    return client


def test_a_year_is_looked_at_before_it_is_put_in_force(keeper):
    where = reverse("work-calendar-change", args=[2027])
    looked = keeper.post(where, {"lines": DAYS, "source": "国办发明电"})
    assert looked.status_code == 200
    assert "2027-01-09" in looked.content.decode()
    assert not PublishedYear.objects.filter(year=2027).exists()
    done = keeper.post(where, {"lines": DAYS, "source": "国办发明电", "publish": "1"})
    assert done.status_code == 302
    assert PublishedYear.objects.get(year=2027, last_version=None).source == "国办发明电"
    page = keeper.get(f"{reverse('work-calendar')}?year=2027").content.decode()
    assert "国办发明电" in page


def test_what_cannot_be_read_comes_back_and_nothing_is_put_in_force(keeper):
    where = reverse("work-calendar-change", args=[2027])
    answer = keeper.post(where, {"lines": f"{DAYS}\n国庆七天", "source": "", "publish": "1"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "国庆七天</textarea>" in text
    assert not PublishedYear.objects.filter(year=2027).exists()


@pytest.mark.parametrize(("who", "told"), [("gao", True), ("ma", True), ("chen", False)])
@pytest.mark.parametrize(("day", "december"), [(1, True), (30, False)])
def test_from_december_the_offices_are_told_that_the_next_year_is_missing(
    district, browser, who, told, day, december
):
    cache.clear()
    moment = datetime(2026, 12 if december else 11, day, 2, tzinfo=UTC)
    with time_machine.travel(moment, tick=False):
        text = browser(who).get(reverse("inbox")).content.decode()
    assert ("wc-gap" in text) == (told and december)
    cache.clear()
