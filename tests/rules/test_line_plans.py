"""What is shared out must add up; a rest is filled evenly; what a day expects grows to the whole."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from flows.targets.rules.line_plans import TEXTS, texts_missing
from flows.targets.rules.shares import (
    QUARTERS,
    Goal,
    Row,
    Share,
    Span,
    bounds,
    by_quarter,
    expected_by,
    fill,
    fill_evenly,
    owed,
    read,
)

STARTED = Goal("started", "新开工项目", "count", "at_least", Decimal(37), "个")
LAND = Goal("land", "集体土地征拆", "amount", "exactly", Decimal(1368), "亩")
VISITS = Goal("visits", "跑省进厅访市", "count", "at_least", Decimal(2), "次/季")
GROWTH = Goal("growth", "工业投资增长", "growth", "at_least", Decimal(13), "%")
UNITS = {"zone": "开发区", "finance": "财政局"}
YEAR = Span(2023, date(2023, 1, 1), date(2023, 12, 31))


def typed(**rows):
    return [Row(unit, UNITS.get(unit, unit), cells) for unit, cells in rows.items()]


def codes(goal, **rows):
    return [fault.code for fault in read(goal, typed(**rows), UNITS)[1]]


def test_at_least_may_be_exceeded_and_exactly_must_be_met():
    assert codes(STARTED, zone=("10", "10", "10", "7")) == []
    assert codes(STARTED, zone=("10", "10", "10", "9")) == []
    assert codes(STARTED, zone=("10", "10", "10", "6")) == ["shares-below-target"]
    assert codes(LAND, zone=("1000", "", "", "368")) == []
    assert codes(LAND, zone=("1000", "", "", "369")) == ["shares-above-target"]


def test_a_figure_owed_a_quarter_is_met_in_every_quarter():
    assert codes(VISITS, zone=("1", "1", "1", "2"), finance=("1", "1", "1", "")) == []
    _shares, faults = read(VISITS, typed(zone=("2", "1", "2", "2")), UNITS)
    assert [(fault.code, fault.facts["quarter"], fault.facts["total"]) for fault in faults] == [
        ("quarter-misses-target", 2, "1")
    ]


def test_each_fault_names_its_row_and_column():
    _shares, faults = read(STARTED, typed(zone=("abc", "2.5", "", "37"), park=("", "", "1", "")), UNITS)
    assert [(f.code, f.facts["row"], f.facts.get("quarter")) for f in faults] == [
        ("unit-not-of-the-plan-line", "park", None),
        ("share-not-a-figure", "开发区", 1),
        ("share-not-whole", "开发区", 2),
    ]
    assert codes(STARTED, zone=("37", "", "", ""), finance=("", "", "", "")) == ["unit-without-figure"]
    assert codes(LAND, zone=("-5", "", "", "")) == ["share-not-a-figure"]
    assert codes(LAND, zone=("1,368", "", "", "")) == ["share-not-a-figure"]


def test_growth_names_units_without_a_split():
    shares, faults = read(GROWTH, typed(zone=(), finance=("3", "", "", "")), UNITS)
    assert (shares, faults) == ([Share("zone"), Share("finance")], [])
    assert codes(GROWTH) == ["target-without-units"]


def test_what_is_not_written_is_named():
    assert texts_missing(dict.fromkeys(TEXTS, "完成全年目标，分季度推进。")) == []
    assert texts_missing({"goals": "好", "measures": "十个字以上的一段措施。"}) == [
        "goals",
        "duties",
        "safeguards",
    ]


cells = st.lists(st.one_of(st.none(), st.integers(0, 50).map(Decimal)), min_size=1, max_size=24)


@given(st.integers(0, 2000).map(Decimal), cells)
def test_filled_evenly_makes_the_value_and_changes_nothing_typed(value, given_cells):
    filled = fill_evenly(value, given_cells, step=Decimal(1))
    assert all(new == old for new, old in zip(filled, given_cells, strict=True) if old is not None)
    fresh = [new for new, old in zip(filled, given_cells, strict=True) if old is None]
    typed_sum = sum((cell for cell in given_cells if cell is not None), Decimal())
    if fresh:
        assert sum(fresh) == max(value - typed_sum, 0)
        assert max(fresh) - min(fresh) <= 1
        assert fresh == sorted(fresh, reverse=True), "the earlier cells get the step more"


@given(st.decimals("0.01", "2000", places=2), st.integers(1, 4))
def test_an_amount_filled_evenly_adds_up(value, units):
    goal = Goal("money", "完成投资", "amount", "exactly", value, "亿元")
    rows = [Row(f"u{n}", f"单位{n}", ("", "", "", "")) for n in range(units)]
    _shares, faults = read(goal, fill(goal, rows), {row.unit for row in rows})
    assert faults == []


def test_what_is_owed_a_quarter_is_filled_a_quarter():
    filled = fill(VISITS, typed(zone=("", "", "", ""), finance=("", "1", "", "")))
    assert [list(row.cells) for row in filled] == [["1", "1", "1", "1"], ["1", "1", "1", "1"]]


def test_a_cell_that_cannot_be_read_stays_as_typed():
    (row,) = fill(STARTED, typed(zone=("x", "", "", "")))
    assert list(row.cells) == ["x", "13", "12", "12"]


# --- what a day expects ---

figures = st.decimals(0, 9999, places=2)
by_quarters = st.one_of(st.just({}), st.dictionaries(st.sampled_from(QUARTERS), figures, min_size=1))
spans = st.tuples(st.integers(0, 300), st.integers(10, 364)).map(
    lambda ends: Span(2023, date(2023, 1, 1) + timedelta(min(ends)), date(2023, 1, 1) + timedelta(max(ends)))
)


@given(figures, by_quarters, spans, st.booleans())
def test_what_is_expected_never_falls_and_ends_at_the_whole(value, shares, span, quarterly):
    days = [span.first + timedelta(n) for n in range(-2, (span.last - span.first).days + 3, 7)]
    expected = [expected_by(value, shares, day, span, quarterly=quarterly) for day in [*days, span.last]]
    assert all(figure >= 0 for figure in expected)
    assert all(earlier <= later for earlier, later in pairwise(expected[:-1]))
    assert expected[-1] == owed(value, shares, span, quarterly=quarterly)
    assert expected_by(value, shares, span.first - timedelta(1), span, quarterly=quarterly) == 0


def test_finished_quarters_count_in_full_and_the_running_one_by_its_days():
    shares = {1: Decimal(10), 2: Decimal(9), 3: Decimal(9), 4: Decimal(9)}
    assert expected_by(Decimal(37), shares, date(2023, 3, 31), YEAR) == 10
    assert expected_by(Decimal(37), shares, date(2023, 5, 15), YEAR) == Decimal("14.4505")  # 45 of 91 days
    assert expected_by(Decimal(37), shares, date(2024, 5, 1), YEAR) == 37


def test_without_shares_it_is_spread_over_the_plans_days_or_owed_anew_each_quarter():
    assert expected_by(Decimal(365), {}, date(2023, 1, 10), YEAR) == 10
    assert expected_by(Decimal(2), {}, date(2023, 6, 30), YEAR, quarterly=True) == 4
    late = Span(2023, date(2023, 7, 1), date(2023, 12, 31))
    assert owed(Decimal(2), {}, late, quarterly=True) == 4, "a quarter before the plan is not owed"


def test_a_share_of_a_quarter_outside_the_plan_falls_on_its_first_or_last_day():
    middle = Span(2023, date(2023, 4, 1), date(2023, 9, 30))
    shares = {1: Decimal(4), 4: Decimal(6)}
    assert expected_by(Decimal(10), shares, date(2023, 4, 1), middle) == 4
    assert expected_by(Decimal(10), shares, date(2023, 9, 29), middle) == 4
    assert expected_by(Decimal(10), shares, date(2023, 9, 30), middle) == 10


def test_quarters_end_where_the_next_begins():
    days = [bounds(2024, quarter) for quarter in QUARTERS]
    assert days[0] == (date(2024, 1, 1), date(2024, 3, 31))
    assert all(ends + timedelta(1) == begins for (_first, ends), (begins, _last) in pairwise(days))
    assert by_quarter([Share("zone", 2, Decimal(3))]) == {1: 0, 2: 3, 3: 0, 4: 0}
