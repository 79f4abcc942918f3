"""The annex's cells as offices type them: names kept apart or broken, periods in every manner, one spelling of a name."""

from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from flows.projects.annex import people_in, period, same, tidy, units_in
from tests.support.plans import NOTICE

SAID = yaml.safe_load(NOTICE.read_text())
UNITS = [unit["name"] for unit in SAID["organisations"] if "“" not in unit["name"]]
PEOPLE = sorted({post["holder"] for post in SAID["posts"] if post.get("holder")})
KNOWN_UNITS, KNOWN_PEOPLE = {same(name) for name in UNITS}, {same(name) for name in PEOPLE}
apart = st.sampled_from(["、", "，", ",", "；", "/", "\n", " ", "　", "\r\n", " 、 "])


@given(st.data())
def test_known_units_come_back_however_they_are_kept_apart_and_broken(data):
    names = data.draw(st.lists(st.sampled_from(UNITS), min_size=1, max_size=5, unique=True))
    broken = []
    for name in names:
        place = data.draw(st.integers(0, len(name) - 1))
        blank = data.draw(st.sampled_from(["", "\n", "　", " "]))
        head = name[:place]
        broken.append(name if same(head) in KNOWN_UNITS else head + blank + name[place:])
    cell = broken[0] + "".join(data.draw(apart) + name for name in broken[1:])
    assert units_in(cell, KNOWN_UNITS) == names


@given(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=4, unique=True), apart, st.booleans())
def test_leaders_of_two_signs_are_spaced_out_in_tables(names, mark, spaced):
    cell = mark.join("　".join(name) if spaced and len(name) == 2 else name for name in names)
    assert people_in(cell, KNOWN_PEOPLE) == names


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("株洲某某新材料\n有限公司", ["株洲某某新材料有限公司"]),
        ("株洲某某新材料有限公司 湖南某某集团", ["株洲某某新材料有限公司", "湖南某某集团"]),
        ("株洲 某某 公司　区科工信局", ["株洲某某公司", "区科工信局"]),
        ("区发展改革局（牵头）、区科工信局（配合）", ["区发展改革局", "区科工信局"]),
        ("区发展改革局、区发展改革局", ["区发展改革局"]),
        ("三一集团(中国)有限公司", ["三一集团（中国）有限公司"]),
        ("", []),
        (" 、\n", []),
    ],
)
def test_units_nobody_knows_are_kept_apart_by_how_they_end(cell, names):
    assert units_in(cell, KNOWN_UNITS) == names


def test_people_nobody_knows_stay_whole():
    assert people_in("某　人 某某人", set()) == ["某人", "某某人"]


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        ("2021.10-2026.10", (2021, 10, 1), (2026, 10, 31)),
        ("２０２１．１０－２０２６．１０", (2021, 10, 1), (2026, 10, 31)),
        ("2021.10——2026.10", (2021, 10, 1), (2026, 10, 31)),
        ("2021年10月-2026年10月", (2021, 10, 1), (2026, 10, 31)),
        ("2021年10月 至 2026年10月（60个月）", (2021, 10, 1), (2026, 10, 31)),
        ("2021/10～2026/2", (2021, 10, 1), (2026, 2, 28)),
        ("2021-10-2026-10", (2021, 10, 1), (2026, 10, 31)),
        ("2021-10至2026-10", (2021, 10, 1), (2026, 10, 31)),
        ("202110-202610", (2021, 10, 1), (2026, 10, 31)),
        ("2021.10.1-2026.10.31", (2021, 10, 1), (2026, 10, 31)),
        ("2021.10\n-2026.10", (2021, 10, 1), (2026, 10, 31)),
        ("2021-2026", (2021, 1, 1), (2026, 12, 31)),
        ("2021年-2026年", (2021, 1, 1), (2026, 12, 31)),
        ("2021.10-2026", (2021, 10, 1), (2026, 12, 31)),
        ("2023年", (2023, 1, 1), (2023, 12, 31)),
    ],
)
def test_a_period_in_every_manner(said, first, last):
    found = period(said)
    assert (found.first, found.last) == (date(*first), date(*last))


@pytest.mark.parametrize(
    "said", ["", "近期", "2021.10", "2026.10-2021.10", "2021.13-2026.10", "21.10-26.10", "2021.10-", "5年", "2021.10-2026.10.2028.1"]
)  # fmt: skip
def test_what_is_no_period_is_none(said):
    assert period(said) is None


@given(
    st.dates(date(1990, 1, 1), date(2098, 12, 31)),
    st.integers(0, 240),
    st.sampled_from(["-", "—", "－", "至", "~"]),
)
def test_every_period_written_by_months_is_read(first, months, mark):
    last = first.year * 12 + first.month - 1 + months
    found = period(f"{first.year}.{first.month}{mark}{last // 12}.{last % 12 + 1}")
    assert (found.first, found.last.year * 12 + found.last.month - 1) == (first.replace(day=1), last)


def test_a_name_is_kept_in_one_spelling():
    assert (
        tidy("铁东路（规划 26 路—新华路）")
        == tidy("铁东路(规划２６路－新华路)")
        == "铁东路（规划26路—新华路）"
    )
    assert tidy("10000吨 高性能　碳纤维") == "10000吨高性能碳纤维"
    assert tidy("SANY Heavy-Industry  (China)") == "SANY Heavy-Industry (China)"
    assert same("铁东路（规划26路—新华路）") == same("铁东路 规划２６路-新华路")
