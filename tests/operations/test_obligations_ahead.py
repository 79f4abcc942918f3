"""What is owed by month, and what comes due before anybody was asked: from the cadence, for whom it concerns."""

from datetime import UTC, date, datetime

from django.db import connection
from django.test.utils import CaptureQueriesContext

from flows.campaigns.models import PlanVersion
from flows.engine import operations as engine
from flows.engine.models import Assignment
from flows.obligations import operations as obligations
from flows.obligations.models import Occurrence
from flows.obligations.selectors_month import coming, month
from tests.support.owing import owe

TEXT = "本月完成征拆二十亩，存在的问题已交办。"


def at(month_, day):
    return datetime(2023, month_, day, 1, 0, tzinfo=UTC)


def ahead(district, name="ma", *, mine=False):
    days = coming(district.actor(name), district.now, mine=mine)
    return [(line.due_on, line.period, list(line.whom)) for day in days for line in day.lines]


def of_month(district, name="ma", number=6, *, mine=False):
    return month(district.actor(name), district.now, date(2023, number, 1), mine=mine)


def lines(found):
    return [line for day in found.days for line in day.lines]


def deliver(district, name, day):
    share = Assignment.objects.get(post=district.posts[name], status="open")
    occurrence = Occurrence.objects.get(run=share.run)
    by = district.actor(name)
    obligations.write_report(occurrence.public_id, TEXT, by=by, now=day)
    engine.complete(share.run.public_id, share.pk, by=by, now=day)


def only_june(district):
    """The plan was loaded on 25 May: nothing that was due before is owed."""
    PlanVersion.objects.create(
        plan=district.plan,
        number=1,
        effective_from=date(2023, 1, 1),
        loaded=at(5, 25),
        document={},
        sha256="0" * 64,
    )


def test_the_next_quarter_is_told_before_a_row_exists_and_no_longer_once_it_is_asked_for(district):
    owe(district)
    district.now = at(6, 1)
    due = [row[0] for row in ahead(district)]
    assert due == [date(2023, 6, 2), date(2023, 7, 3), date(2023, 8, 2)]
    assert not Occurrence.objects.exists()
    obligations.open_due(now=district.now)
    assert [row[1] for row in ahead(district)] == ["2023-06", "2023-07"]


def test_each_person_sees_what_concerns_them_and_their_own_when_they_ask(district):
    owe(district)
    district.now = at(6, 1)
    obligations.open_due(now=district.now)
    both = [district.posts["lin"].name, district.posts["bai"].name]
    assert {tuple(whom) for _due, _period, whom in ahead(district, "ma")} == {tuple(both)}
    assert {tuple(whom) for _due, _period, whom in ahead(district, "lin")} == {tuple(both)}
    assert {tuple(whom) for _due, _period, whom in ahead(district, "lin", mine=True)} == {(both[0],)}
    assert ahead(district, "ma", mine=True) == []
    assert ahead(district, "wang") == []


def test_a_month_shows_when_it_was_handed_in_and_how_many_working_days_late(district):
    owe(district)
    district.now = at(5, 30)
    obligations.open_due(now=district.now, since=date(2023, 5, 25))
    Occurrence.objects.exclude(period="2023-05").delete()
    deliver(district, "lin", at(6, 2))
    deliver(district, "bai", at(6, 6))  # a Tuesday; due on Friday the 2nd
    district.now = at(6, 7)
    told = {line.whom[0]: (line.state, line.days, line.delivered_on) for line in lines(of_month(district))}
    assert told == {
        district.posts["lin"].name: ("done", 0, date(2023, 6, 2)),
        district.posts["bai"].name: ("late", 2, date(2023, 6, 6)),
    }
    own = lines(of_month(district, "lin", mine=True))
    assert [line.whom for line in own] == [[district.posts["lin"].name]]


def test_a_month_to_come_shows_what_will_be_asked_and_from_when(district):
    owe(district)
    district.now = at(6, 5)
    obligations.open_due(now=district.now)
    found = of_month(district, number=7)
    (line,) = lines(found)
    assert (line.state, line.period, line.run_id) == ("ahead", "2023-06", None)
    assert line.opens_on < line.due_on == date(2023, 7, 3), "the 2nd is a Sunday"
    assert found.counts["ahead"] == 2, "both lead departments"
    assert (found.before, found.after) == (date(2023, 6, 1), date(2023, 8, 1))


def test_what_was_due_before_the_plan_was_loaded_is_never_coming(district):
    owe(district)
    only_june(district)
    district.now = at(3, 29)
    assert [due for due, _period, _whom in ahead(district)] == [date(2023, 6, 2)]


def test_reading_costs_the_same_for_one_obligation_and_for_many(district):
    owe(district)
    district.now = at(6, 1)

    def spent():
        actor = district.actor("lin")
        with CaptureQueriesContext(connection) as seen:
            month(actor, district.now, date(2023, 6, 1), mine=False)
        return len(seen.captured_queries)

    first = spent()
    for number in range(8):
        owe(district, f"more-{number}", "contact_leaders" if number % 2 else "lead_leaders")
    assert spent() == first <= 7
