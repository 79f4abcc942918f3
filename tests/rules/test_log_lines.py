"""A line of the log is one line, whatever people send."""

import logging

from hypothesis import given
from hypothesis import strategies as st

from hetang_flow.lib.unsaid import UnsaidFormatter, one_line

LINE = UnsaidFormatter("{asctime} {levelname:<7} {name}: {message}", "%Y-%m-%dT%H:%M:%S%z", style="{")
FORGED = "2023-06-01T09:30:00+0800 WARNING permissions.access: forged"


def written(message, *args, error=None):
    """What stands in the log after this."""
    info = (type(error), error, error.__traceback__) if error else None
    return LINE.format(logging.LogRecord("x", logging.WARNING, "x.py", 1, message, args, info))


@given(st.text())
def test_a4_35_no_text_begins_a_line_of_its_own(text):
    assert len(written("path %s", text).splitlines()) == 1
    assert one_line(one_line(text)) == one_line(text)


def test_a4_35_an_error_that_repeats_what_was_sent_forges_no_line():
    try:
        raise ValueError(f"bad\r\n{FORGED}\u2028{FORGED}")
    except ValueError as error:
        lines = written("it broke", error=error).split("\n")
    assert lines[0].endswith("x: it broke")
    assert all(line.startswith("    ") for line in lines[1:])
    assert not [line for line in "\n".join(lines).splitlines() if line.startswith("2023")]


def test_a4_35_each_line_says_its_hour_with_the_zone():
    assert written("x")[19] in "+-"
