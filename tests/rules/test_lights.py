"""Lights: the first rule that holds; the unknown condemns nobody; excuses lift what reads them; a city is data."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.lights import presets, rules
from flows.lights.rules import Earlier, Excuse, Inputs, MonthKnown, as_data, from_data, light, scheme_of

DAY = date(2023, 6, 15)
FIGURES = st.one_of(st.none(), st.decimals(0, 300, places=1, allow_nan=False))


def known(**more) -> Inputs:
    values = {
        "day": DAY,
        "phase": "building",
        "planned": Decimal(12000),
        "invested": Decimal(5000),
        "expected": Decimal(5000),
        "expected_share": Decimal("0.4167"),
    }
    return Inputs(**values | more)


def rule(colour: str, *conditions, unless=(), code: str = "") -> dict:
    return {
        "code": code or colour,
        "colour": colour,
        "name": colour,
        "all": list(conditions),
        "unless": list(unless),
    }


BEHIND = scheme_of(
    "武汉", [rule("red", {"fact": "ratio", "below": 60}), rule("yellow", {"fact": "ratio", "below": 80})]
)


@pytest.mark.parametrize(
    ("invested", "colour"),
    [(5000, "green"), (4000, "green"), (3999, "yellow"), (3000, "yellow"), (2990, "red")],
)
def test_the_first_rule_that_holds_gives_the_light(invested, colour):
    assert light(known(invested=Decimal(invested)), BEHIND).colour == colour


def test_a_light_names_its_rule_and_what_was_read():
    found = light(known(invested=Decimal(3500)), BEHIND)
    assert (found.rule.code, found.readings) == ("yellow", {"ratio": Decimal("70.0")})


def test_what_is_not_known_condemns_nobody():
    nothing = known(expected=Decimal(0), invested=Decimal(0))
    assert light(nothing, BEHIND).colour == "green"


@pytest.mark.parametrize("phase", ["suspended", "completed", "reviewed", "terminated"])
def test_what_is_over_or_stands_still_is_not_judged(phase):
    assert light(known(phase=phase, invested=Decimal(0)), BEHIND).colour == "grey"


def test_an_excuse_said_in_time_lifts_the_rule_that_reads_it_and_no_other():
    node = rule("red", {"fact": "nodes-late", "at_least": 1}, unless=["obstacle"])
    both = scheme_of("节点", [node, rule("yellow", {"fact": "ratio", "below": 80})])
    late = known(nodes_late=1, invested=Decimal(0))
    said = Excuse("obstacle", "用地未批", date(2023, 4, 1))
    assert light(late, both).colour == "red"
    assert light(replace(late, excuses=(said,)), both).colour == "yellow"
    assert light(replace(late, excuses=(replace(said, in_time=False),)), both).colour == "red"


def test_months_in_a_row_end_at_the_first_that_was_reached():
    months = tuple(
        MonthKnown(date(2023, number, 1), Decimal(ratio), Decimal(ratio), Decimal(1))
        for number, ratio in ((1, 10), (2, 90), (3, 50), (4, 59))
    )
    two = scheme_of("连续", [rule("red", {"fact": "months-behind", "of": 60, "at_least": 2})])
    assert light(known(months=months), two).colour == "red"
    assert light(known(months=months[:3]), two).colour == "green"


def test_a_second_yellow_is_counted_from_the_lights_that_were():
    second = scheme_of(
        "再黄",
        [rule("red", {"fact": "ratio", "below": 100}, {"fact": "earlier-yellow", "of": 3, "at_least": 1})],
    )
    behind = known(invested=Decimal(4900))
    assert light(behind, second).colour == "green"
    assert light(replace(behind, earlier=(Earlier(date(2023, 5, 31), "yellow"),)), second).colour == "red"


def test_the_mean_of_all_is_one_more_figure():
    mean = scheme_of("均值", [rule("yellow", {"fact": "ratio-to-mean", "below": 90})])
    assert light(known(mean=Decimal(120)), mean).colour == "yellow"
    assert light(known(mean=Decimal(100)), mean).colour == "green"


@given(
    FIGURES,
    st.lists(st.tuples(FIGURES, FIGURES, FIGURES), max_size=6),
    st.lists(st.sampled_from(rules.COLOURS), max_size=5),
    st.integers(0, 99),
)
def test_what_is_kept_reads_back_as_what_was_judged(progress, months, earlier, late):
    inputs = known(
        progress=progress,
        months=tuple(MonthKnown(date(2023, n + 1, 1), *three) for n, three in enumerate(months)),
        earlier=tuple(Earlier(date(2023, n + 1, 28), colour) for n, colour in enumerate(earlier)),
        nodes_late=late,
        excuses=(Excuse("extension", "汛期", DAY),),
    )
    back = from_data(as_data(inputs))
    assert back == inputs
    for preset in presets.presets():
        scheme = scheme_of(preset.name, preset.body)
        assert light(back, scheme) == light(inputs, scheme)


@given(st.decimals(0, 20000, places=2), st.decimals(0, 20000, places=2))
def test_who_has_invested_more_never_has_a_worse_light(one, more):
    order = {colour: place for place, colour in enumerate(rules.COLOURS)}
    less, most = sorted((one, more))
    assert (
        order[light(known(invested=less), BEHIND).colour] <= order[light(known(invested=most), BEHIND).colour]
    )


def test_every_published_practice_is_sound():
    assert {each.code for each in presets.presets()} >= {
        "wuhan-2022",
        "sanya-2022",
        "xinhuang-2015",
        "ouhai-2020",
    }


def test_a_new_city_needs_data_only():
    (city,) = presets.read(
        """
- code: anywhere
  name: 某市做法
  source: 某市文件
  rules:
    - {code: purple, colour: red, name: 进度落后30个百分点, all: [{fact: progress-gap, at_least: 30}]}
"""
    )
    scheme = scheme_of(city.name, city.body)
    assert light(known(progress=Decimal(5)), scheme).colour == "red"
    assert light(known(progress=Decimal(15)), scheme).colour == "green"


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (rule("purple", {"fact": "ratio", "below": 1}), "light-colour-unknown"),
        (rule("red", {"fact": "mood", "below": 1}), "light-fact-unknown"),
        (rule("red", {"fact": "ratio"}), "light-limit-missing"),
        (rule("red", {"fact": "ratio", "below": 1, "above": 2}), "light-limit-missing"),
        (rule("red", {"fact": "months-behind", "at_least": 1}), "light-of-missing"),
        (rule("red"), "light-conditions"),
        (rule("red", {"fact": "ratio", "below": 1}, unless=["rain"]), "light-excuse-unknown"),
    ],
)
def test_what_is_wrong_with_a_rule_is_named(entry, code):
    assert [fault.code for fault in rules.faults([entry])] == [code]


def test_a_scheme_has_rules_and_no_rule_twice():
    assert [fault.code for fault in rules.faults([])] == ["light-rules-missing"]
    twice = [rule("red", {"fact": "ratio", "below": 1})] * 2
    assert [fault.code for fault in rules.faults(twice)] == ["light-rule-twice"]
