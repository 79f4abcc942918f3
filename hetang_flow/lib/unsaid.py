"""What may be written nowhere: a private address is known by its mark, and only the mark is ever logged; a line stays a line."""

import logging
import re

MARK = "hf_"
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_SECRET = re.compile(re.escape(MARK) + r"[\w%.~-]+")


def unsaid(text: str) -> str:
    """The text with every private address in it cut down to its mark: hf_…"""
    return _SECRET.sub(f"{MARK}…", text) if MARK in text else text


def one_line(text: str) -> str:
    """The text with every sign that would begin another line written out: what people send forges no line of a log."""
    return _CONTROL.sub(lambda sign: f"\\x{ord(sign[0]):02x}", text)


class UnsaidFormatter(logging.Formatter):
    """Formats a line and leaves private addresses out of it; a traceback follows indented, so it begins no line either."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is logging's
        """The message on one line, whatever was sent in it."""
        record.message = one_line(record.message)
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        """The line as it is written."""
        first, *more = unsaid(super().format(record)).splitlines() or [""]
        return "\n".join([first, *(f"    {one_line(line)}" for line in more)])
