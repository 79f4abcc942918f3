"""A target counts what happened and nothing else; what no fact tells is reported once, with its source."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from flows.campaigns.models import LineUnit
from flows.engine import operations as engine
from flows.figures.operations import report_month
from flows.figures.rules import Month
from flows.journal.models import Entry
from flows.obstacles.reporting import report_figure
from flows.targets.models import ContestComponent, Target, TargetReport
from flows.targets.operations_reports import report_target
from flows.targets.selectors_board import Filters, board, standings, target_page
from flows.targets.selectors_contest import contest_page
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from tests.support import obstructed
from tests.support.keeping import visited

pytestmark = pytest.mark.django_db
MAY = date(2023, 5, 1)
YEAR_END = date(2023, 12, 31)
SAID = {"value": Decimal("9.5"), "reached": None, "day": date(2023, 5, 31), "source": "区统计局", "words": ""}


def target(district, code, indicator, kind="count", value=10, unit="个", line=True, **more):
    return Target.objects.create(
        plan=district.plan, line=district.line if line else None, code=code, indicator=indicator, name=code, kind=kind,
        comparison=more.pop("comparison", "at_least"), value=value, unit=unit, order=Target.objects.count(),
        clause="三（四）1", **more,
    )  # fmt: skip


def stands(district, code, until=YEAR_END, known_at=None):
    every = standings(district.plan, until=until, known_at=known_at or district.now + timedelta(days=900))
    return next(each for each in every if each.target.code == code)


def report(district, code, by="lin", seen=0, **said):
    words = SAID | said | {"seen": seen, "by": district.actor(by), "now": district.now}
    return report_target(district.plan.pk, code, **words)


def month(district, project, invested, month=MAY):
    typed = Month(month, Decimal(invested), Decimal(30))
    report_month(project.public_id, typed, seen={}, by=district.actor("chen"), now=district.now)


def moved(district, project, move="start"):
    run = district.submitted(project, move=move).run
    for name in ("lin", "zhao", "qian"):
        engine.approve(run.public_id, district.share(run, name).pk, by=district.actor(name), now=district.now)


def test_investment_adds_up_from_the_months(district):
    target(district, "invested", "invested", "amount", Decimal("106.7"), "亿元")
    month(district, district.project(phase="building"), 9000)
    month(district, district.project(phase="building"), 1000)
    found = stands(district, "invested")
    assert (found.actual, found.derived, len(found.parts)) == (1, True, 2)
    assert stands(district, "invested", until=date(2023, 4, 30)).actual == 0
    assert stands(district, "invested", known_at=district.now - timedelta(seconds=1)).actual == 0


def test_moves_count_with_their_evidence_and_open_the_project(district):
    target(district, "fulfilled", "fulfilled", value=15)
    project = district.project()
    moved(district, project, "fulfil")
    (part,) = stands(district, "fulfilled").parts
    assert str(project.public_id) in part.url
    assert part.units == (district.units["serving"].pk,)
    assert part.day == date(2023, 5, 30)


def test_ledgers_and_obstacles_count_too(district):
    target(district, "visits", "visits", value=2)
    target(district, "land", "state-land", "amount", 13270, "平方米")
    visited(district)
    obstructed.prepare(district, tag=district.plan.code[-1])
    land = obstructed.sorted_(district, obstructed.raised(district, district.project(), kind="land", part=""))
    answering = obstructed.assigned(district, land, unit="coordinating")
    words = {"happened_on": date(2023, 5, 31), "by": district.actor("chen"), "now": district.now}
    report_figure(answering.public_id, figure="state-land", value=Decimal(12), **words)
    assert stands(district, "visits").actual == 1
    assert stands(district, "land").actual == 12


def test_expected_by_now_follows_the_year(district):
    target(district, "signed", "signed-hundred-million", value=365)
    found = stands(district, "signed", until=date(2023, 1, 31))
    assert (found.expected, found.actual, found.state) == (31, 0, "behind")
    district.project()
    assert stands(district, "signed").actual == 1


def test_one_indicator_shows_one_figure_everywhere(district):
    target(district, "headline", "invested", "amount", 100, "亿元", line=False)
    target(district, "line", "invested", "amount", 50, "亿元")
    month(district, district.project(phase="building"), 9000)
    assert stands(district, "headline").actual == stands(district, "line").actual == Decimal("0.9")


def test_what_no_fact_tells_is_reported_with_its_source(district):
    target(district, "fixed", "fixed-assets", "growth", 9, "%")
    assert stands(district, "fixed").state == "unknown"
    report(district, "fixed")
    found = stands(district, "fixed")
    assert (found.actual, found.state, found.report.source) == (Decimal("9.5"), "reached", "区统计局")
    assert stands(district, "fixed", until=date(2023, 5, 30)).actual is None
    assert Entry.objects.filter(chain=district.plan.chain_id).latest("pk").kind == "target.reported"


def test_a_yes_or_no_is_reported_as_one(district):
    target(district, "map", "one-map", "done", None, "", comparison="exactly")
    with pytest.raises(Invalid):
        report(district, "map")
    report(district, "map", reached=True)
    assert stands(district, "map").state == "reached"
    assert TargetReport.objects.get().value is None


def test_a_later_report_replaces_and_names_who_was_faster(district):
    target(district, "fixed", "fixed-assets", "growth", 9, "%")
    report(district, "fixed")
    with pytest.raises(WrongState) as refused:
        report(district, "fixed", by="luo", value=Decimal(1))
    assert refused.value.facts["who"] == district.users["lin"].name
    report(district, "fixed", by="luo", value=Decimal(8), seen=1)
    assert stands(district, "fixed").actual == 8
    assert TargetReport.objects.count() == 2


def test_what_is_counted_is_not_reported(district):
    target(district, "invested", "invested", "amount", 100, "亿元")
    with pytest.raises(Invalid) as refused:
        report(district, "invested")
    assert refused.value.code == "target-is-derived"
    assert not TargetReport.objects.exists()


def test_a_growth_with_a_base_is_reckoned(district):
    target(district, "funds", "money", "growth", 10, "%", base=Decimal(1000))
    visited(district)
    assert stands(district, "funds").actual == Decimal("20.05")


@pytest.mark.parametrize("who", ["wang", "zhao", "sun", "ke"])
def test_only_who_leads_the_line_or_the_campaign_office_reports(district, who):
    target(district, "fixed", "fixed-assets", "growth", 9, "%")
    with pytest.raises(NotAllowed):
        report(district, "fixed", by=who)
    assert report(district, "fixed", by="gao").version == 1


def test_an_unknown_target(district):
    with pytest.raises(NotFound):
        report(district, "no-such")


def test_a_page_shows_the_facts_and_the_units_behind_a_figure(district):
    target(district, "invested", "invested", "amount", 100, "亿元")
    month(district, district.project(phase="building"), 9000)
    page = target_page("invested", district.actor("zhao"), district.now, Filters())
    assert [unit.name for unit in page.units] == [district.units["serving"].name]
    assert page.units[0].actual == Decimal("0.9")
    assert page.may_report.code


def test_the_board_is_nobodys_without_a_post(district):
    target(district, "invested", "invested", "amount", 100, "亿元")
    assert board(district.actor("zhao"), district.now, Filters()).counts[""] == 1
    LineUnit.objects.all()
    jobless = district.actor("zhao", district.now.replace(year=2022))
    assert board(jobless, district.now, Filters()).plan is None


def test_the_contest_ranks_by_the_published_formula(district):
    for order, (figure, weight) in enumerate((("plan-done", 60), ("months-reported", 40))):
        ContestComponent.objects.create(
            plan=district.plan,
            code=figure,
            name=figure,
            figure=figure,
            weight=weight,
            cap=1,
            order=order,
            clause="preset",
        )
    first, second = district.project(phase="building"), district.project(phase="building")
    month(district, first, 42000)
    month(district, second, 21000)
    page = contest_page(district.actor("zhao"), district.now, Filters())
    assert [(entry.place, entry.figures.pk) for entry in page.entries] == [(1, first.pk), (2, second.pk)]
    assert page.entries[0].score == 60 + 8, "one month of five"
