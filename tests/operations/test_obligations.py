"""What recurs becomes work by itself: once, whoever runs the job and however late; handed in, and late is shown."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from flows.campaigns.models import Plan
from flows.engine import operations as engine
from flows.engine.models import Assignment, Run
from flows.journal.models import Entry
from flows.obligations import operations as obligations
from flows.obligations.models import Occurrence
from flows.obligations.selectors import Filters, listed
from flows.plan.operations import load_plan
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from hetang_flow.refusal_texts import TEXTS
from permissions.actors import SYSTEM
from permissions.models import Post
from tests.support.owing import owe
from tests.support.plans import NOTICE, document

TEXT = "本月完成征拆二十亩，存在的问题已交办。"


def opened(district, day):
    district.now = datetime(day.year, day.month, day.day, 1, 0, tzinfo=UTC)
    return obligations.open_due(now=district.now)


def share(district, name):
    return Assignment.objects.get(post=district.posts[name], status="open")


def deliver(district, name):
    asked = share(district, name)
    return engine.complete(asked.run.public_id, asked.pk, by=district.actor(name), now=district.now)


def write(district, name, text=TEXT):
    occurrence = Occurrence.objects.get(post=district.posts["lin"])
    return obligations.write_report(occurrence.public_id, text, by=district.actor(name), now=district.now)


# --- opening ---


def test_it_is_asked_of_whoever_owes_it_some_working_days_before_and_the_day_is_its_own(district):
    owe(district)
    assert opened(district, date(2023, 5, 29)) == 2 * 4, "January to April, by both lead departments"
    assert opened(district, date(2023, 5, 29)) == 0
    assert opened(district, date(2023, 5, 30)) == 2, "three working days before 2 June"
    may = Occurrence.objects.filter(period="2023-05")
    assert {each.post for each in may} == {district.posts["lin"], district.posts["bai"]}
    (step,) = {each.run.task_set.exclude(flow_task_type="START").get().due_on for each in may}
    assert step == date(2023, 6, 2)
    assert may[0].run.initiator is None
    assert Entry.objects.filter(run_id=may[0].run_id, kind="run.started").count() == 1


def test_conveners_contact_leaders_and_offices_owe_as_well(district):
    district.line.leaders.create(post=district.posts["zhao"], is_convener=True, order=0)
    district.project(is_demo=False)
    owe(district, "half", "lead_leaders", every="half_monthly", day=None, covers=None)
    owe(district, "contact", "contact_leaders", day=None, covers=None)
    owe(district, "round", "line:construction", day=None, covers=None)
    owe(district, "circular", "hq-office", every="quarterly", day=None, covers=None)
    opened(district, date(2023, 3, 31))
    asked = Counter((each.obligation.code, each.post.code.split("-")[0]) for each in Occurrence.objects.all())
    assert asked == {
        ("half", "zhao"): 6,
        ("contact", "zhao"): 3,
        ("contact", "qian"): 3,
        ("round", "lin"): 3,
        ("circular", "ma"): 1,
    }


def test_a_plan_that_is_loaded_late_asks_for_nothing_that_was_due_before(db):
    load_plan(document(NOTICE), by=SYSTEM, now=datetime(2023, 6, 15, 1, tzinfo=UTC))
    assert obligations.open_due(now=datetime(2023, 6, 15, 2, tzinfo=UTC)) > 0
    assert min(Occurrence.objects.values_list("due_on", flat=True)) >= date(2023, 6, 15)
    assert not Occurrence.objects.filter(obligation__code="line-plans").exists()
    found = obligations.missing(date(2023, 6, 15), since=date(2023, 1, 1))
    assert "line-plans" in {each.obligation.code for each in found}, "unless it is asked for by name"


def test_whoever_comes_to_owe_a_period_later_is_not_asked_for_what_others_were(district):
    owe(district)
    opened(district, date(2023, 2, 1))
    district.line.units.create(organisation=district.units["stranger"], role="lead", order=2)
    Post.objects.create(
        code="new-desk", organisation=district.units["stranger"], name="new desk", duty="desk"
    )
    assert opened(district, date(2023, 2, 2)) == 0
    assert opened(district, date(2023, 3, 1)) == 3


# --- handing in ---


def test_it_is_written_as_one_types_handed_in_and_the_day_is_kept(district):
    owe(district)
    opened(district, date(2023, 2, 1))
    with pytest.raises(WrongState) as refusal:
        deliver(district, "lin")
    assert refusal.value.code == "report-not-written"
    write(district, "lin")
    deliver(district, "lin")
    found = Occurrence.objects.get(post=district.posts["lin"])
    assert (found.delivered_on, found.run.outcome) == (date(2023, 2, 1), "completed")
    (entry,) = Entry.objects.filter(run_id=found.run_id, kind="work.done")
    assert TEXT not in str(entry.facts), "words are personal: they can be taken out of the record"


def test_late_is_shown_as_late_for_ever_and_never_blocked(district):
    owe(district)
    opened(district, date(2023, 2, 1))
    district.now = datetime(2023, 2, 6, 1, tzinfo=UTC)
    gao = district.actor("gao")
    assert listed(gao, district.now, Filters("overdue")).counts["overdue"] == 2
    write(district, "lin")
    deliver(district, "lin")
    page = listed(gao, district.now + timedelta(days=90), Filters("late"))
    assert [(row.state, row.days) for row in page.rows] == [("late", 4)]


def test_only_whoever_is_asked_writes_and_only_until_it_is_handed_in(district):
    owe(district)
    opened(district, date(2023, 2, 1))
    for name in ("bai", "zhao", "gao"):
        with pytest.raises(NotAllowed):
            write(district, name)
    with pytest.raises(Invalid) as refusal:
        write(district, "lin", "好" * 4001)
    assert refusal.value.code in TEXTS
    with pytest.raises(NotFound):
        obligations.write_report(
            Run.objects.first().public_id, TEXT, by=district.actor("lin"), now=district.now
        )
    write(district, "lin")
    deliver(district, "lin")
    with pytest.raises(WrongState):
        write(district, "lin", TEXT + "补充。")


def test_who_sees_what(district):
    owe(district)
    opened(district, date(2023, 2, 1))
    sees = {
        name: sum(listed(district.actor(name), district.now, Filters("open")).counts.values())
        for name in ("lin", "chen", "zhao", "gao", "ke", "wang", "sun")
    }
    assert sees == {"lin": 2, "chen": 2, "zhao": 2, "gao": 2, "ke": 2, "wang": 0, "sun": 0}


# --- three years, with the job stopped, doubled, moved back and across midnight ---


def hours(year):
    """When the job runs: every twenty-three hours, so across midnight, not for three days in May, doubled in June, an hour back."""
    now = datetime(year, 1, 1, 0, 30, tzinfo=UTC)
    while now.year == year or (now.year == year + 1 and now.month == 1 and now.day < 5):
        if not (now.month == 5 and now.day in (15, 16, 17)):
            yield now
            if now.month == 6:
                yield now
            if now.day == 1:
                yield now - timedelta(hours=1)
        now += timedelta(hours=23)


YEARS = [2023, *(pytest.param(year, marks=pytest.mark.deep) for year in (2024, 2025))]


@pytest.mark.parametrize("year", YEARS)
def test_in_a_simulated_year_every_obligation_is_asked_for_exactly_once(db, year):
    load_plan(document(NOTICE), by=SYSTEM, now=datetime(year, 1, 1, tzinfo=UTC) - timedelta(days=1))
    Plan.objects.update(effective_from=date(year, 1, 1), effective_until=date(year, 12, 31))
    for now in hours(year):
        obligations.open_due(now=now)
    asked = Counter(Occurrence.objects.values_list("obligation__code", "ower", "period"))
    assert set(asked.values()) == {1}
    months = [f"{year}-{month:02}" for month in range(1, 13)]
    reports = Occurrence.objects.filter(obligation__code="monthly-report")
    for ower in set(reports.values_list("ower", flat=True)):
        assert sorted(reports.filter(ower=ower).values_list("period", flat=True)) == months
    per_ower = Counter(code for code, ower, _period in asked if ower == min(
        o for c, o, _p in asked if c == code
    ))  # fmt: skip
    assert per_ower == {
        "line-plans": 1, "half-month-dispatch": 24, "monthly-report": 12, "contact-leader-dispatch": 12,
        "financing-round": 12, "quarterly-circular": 4, "visits-to-ministries": 4, "investment-trips": 4,
    }  # fmt: skip
    assert all(district_day(each.opened) <= each.due_on for each in Occurrence.objects.all()), (
        "nobody is asked for something when it is late already"
    )
