"""Workbooks as offices keep them: read forgivingly, reported cell by cell, written so that nothing in them can run."""

from hetang_flow.lib.workbooks.found import NotAWorkbook
from hetang_flow.lib.workbooks.reading import Column, Problem, Reading, Row, read
from hetang_flow.lib.workbooks.writing import Field, Page, export, report, template

__all__ = [
    "Column",
    "Field",
    "NotAWorkbook",
    "Page",
    "Problem",
    "Reading",
    "Row",
    "export",
    "read",
    "report",
    "template",
]
