"""What may be written nowhere: a private address is known by its mark, and only the mark is ever logged."""

import logging
import re

MARK = "hf_"
_SECRET = re.compile(re.escape(MARK) + r"[\w%.~-]+")


def unsaid(text: str) -> str:
    """The text with every private address in it cut down to its mark: hf_…"""
    return _SECRET.sub(f"{MARK}…", text) if MARK in text else text


class UnsaidFormatter(logging.Formatter):
    """Formats a line, its traceback with it, and leaves private addresses out of the whole."""

    def format(self, record: logging.LogRecord) -> str:
        """The line as it is written."""
        return unsaid(super().format(record))
