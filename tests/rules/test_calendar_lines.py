"""A year's arrangement pasted as lines: read forgivingly, every fault named by its line, written back the same."""

from datetime import date

import pytest

from flows.deadlines.lines import as_lines, read_lines
from flows.deadlines.published import published_days
from flows.deadlines.rules import MarkedDay


@pytest.mark.parametrize("year", range(2020, 2027))
def test_every_published_year_reads_back_as_it_was_written(year):
    assert read_lines(as_lines(published_days(year)), year) == (published_days(year), [])


@pytest.mark.parametrize(
    "line",
    [
        "2027-02-05~2027-02-07 休 春节",
        "2027年2月5日至2027年2月7日，放假，春节",
        "2027/2/5—2027/2/7\toff\t春节",
    ],
)
def test_a_stretch_may_be_written_as_offices_do(line):
    found, problems = read_lines(line, 2027)
    assert not problems
    assert found == tuple(MarkedDay(date(2027, 2, day), False, "春节") for day in (5, 6, 7))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("国庆节放假七天", "calendar-line-unreadable"),
        ("2027-10-01 玩 国庆节", "calendar-line-kind"),
        ("2027-02-30 休 春节", "calendar-line-no-day"),
        ("2027-02-07~2027-02-05 休 春节", "calendar-line-backwards"),
        ("2027-01-01~2027-12-31 休 全年", "calendar-line-backwards"),
        ("2026-10-01 休 国庆节", "calendar-line-other-year"),
        ("2027-10-11 班 国庆节", "calendar-line-work"),
        ("2027-10-01 休 国庆节\n2027-10-01 休 中秋节", "calendar-line-twice"),
    ],
)
def test_what_is_wrong_is_named_by_its_line(line, code):
    _found, problems = read_lines("\n" + line, 2027)
    assert [problem.code for problem in problems] == [code]
    assert problems[0].line == 1 + len(line.splitlines())
