"""Levels, kinds and baselines in a plan file: a ladder that ends, figures that count into targets there are."""

import pytest

from tests.support.plans import NOTICE, changed, document, refused


def ladder(*days):
    """Levels with these days before they go up."""
    return [
        {"code": f"level-{place}", "name": f"第{place}级", "holder": "unit", "days": each}
        for place, each in enumerate(days)
    ]


def with_levels(levels):
    return lambda value: value.update(obstacle_levels=levels)


def land_figure(value):
    return value["obstacle_kinds"][0]["figures"][0]


def test_the_notice_has_four_levels_and_land_counts_into_its_targets():
    plan = document(NOTICE)
    assert [level.holder for level in plan.obstacle_levels] == [
        "unit",
        "lead_departments",
        "contact_leaders",
        "convener",
    ]
    wanted = {target.indicator: target.value for target in plan.targets}
    figures = [figure for kind in plan.obstacle_kinds for figure in kind.figures if figure.indicator]
    assert {figure.code: wanted[figure.indicator] for figure in figures} == {
        "collective-land": 1368,
        "state-land": 13270,
    }


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (with_levels(ladder(5, None, None)), "level-without-days"),
        (with_levels(ladder(5, 5)), "last-level-with-days"),
        (with_levels([*ladder(5, None), *ladder(5, None)]), "code-twice"),
        (lambda value: land_figure(value).update(indicator="collective-lend"), "indicator-unknown"),
        (with_levels(ladder(0, None)), "greater_than_equal"),
    ],
)
def test_what_cannot_be_is_said(change, code):
    assert code in {finding.code for finding in refused(changed(NOTICE, change))}
