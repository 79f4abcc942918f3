"""In which group a deadline stands, and what is never written of a private address."""

import logging
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.agenda import rules
from hetang_flow.lib.unsaid import UnsaidFormatter, unsaid
from permissions.actors import SYSTEM

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
THURSDAY = date(2023, 6, 1)


@pytest.mark.parametrize(
    ("due", "group"),
    [
        (None, "undated"),
        (date(2023, 5, 31), "overdue"),
        (THURSDAY, "today"),
        (date(2023, 6, 2), "week"),
        (date(2023, 6, 4), "week"),
        (date(2023, 6, 5), "later"),
    ],
)
def test_a_deadline_stands_in_its_group(due, group):
    assert rules.group(due, THURSDAY) == group


@given(DAYS, st.integers(-400, 400))
def test_a_later_day_never_stands_in_an_earlier_group(today, away):
    due = today + timedelta(days=away)
    places = [rules.GROUPS.index(rules.group(day, today)) for day in (due, due + timedelta(days=1))]
    assert places == sorted(places)


@given(DAYS)
def test_the_week_ends_on_a_sunday_at_most_six_days_away(day):
    sunday = rules.sunday_of(day)
    assert sunday.isoweekday() == 7
    assert 0 <= (sunday - day).days <= 6


def test_a_flow_that_nobody_named_is_a_task():
    assert rules.kind_of_flow("milestone") == rules.kind_of_flow("") == rules.TASK
    assert {rules.kind_of_flow(code) for code in rules.KIND_OF_FLOW} == set(rules.KINDS) - {rules.TASK}


def test_the_living_address_is_the_one_the_page_spoke_of():
    assert rules.is_the_living("", "")
    assert rules.is_the_living("a", "a")
    assert rules.is_the_living("", "a").code == "address-made-meanwhile"
    assert rules.is_the_living("b", "a").code == "address-made-meanwhile"
    assert rules.is_the_living("a", "").code == "address-gone"


def test_the_system_has_no_address():
    assert rules.may_have_address(SYSTEM).code == "address-needs-post"


def test_what_is_kept_says_nothing_of_the_secret():
    kept = rules.digest("secret")
    assert len(kept) == 64
    assert "secret" not in kept
    assert rules.digest("secret") != rules.digest("Secret")


@given(st.from_regex(r"[A-Za-z0-9_-]{8,60}", fullmatch=True))
def test_nothing_of_a_private_address_is_said(secret):
    said = unsaid(f"Not Found: /agenda/hf_{secret}/deadlines.ics")
    assert said == "Not Found: /agenda/hf_…/deadlines.ics"


def test_a_text_without_one_stays_as_it_is():
    assert unsaid("/agenda/half_done/") == "/agenda/half_done/"


def test_a_line_of_the_log_keeps_its_traceback_and_not_the_address():
    try:
        raise RuntimeError("at /agenda/hf_abcdefgh12345678/deadlines.ics")
    except RuntimeError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.LogRecord(
        "x", logging.ERROR, "", 1, "broke: %s", ("/agenda/hf_abcdefgh12345678/",), info
    )
    line = UnsaidFormatter().format(record)
    assert "abcdefgh" not in line
    assert "RuntimeError: at /agenda/hf_…/deadlines.ics" in line
