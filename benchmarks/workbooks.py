"""A workbook of 50,000 rows opened apart, read and judged: python -m benchmarks.workbooks. Promised: at most 20 seconds.

Needs no database: the ledger has six columns, every tenth row has a fault, and the workbook is made here.
"""

import io
import sys
import time
from datetime import date

import xlsxwriter

from flows.ledgers import rules
from hetang_flow.lib.workbooks import Column, read

ROWS = 50_000
PROMISED_SECONDS = 20.0
COLUMNS = (
    rules.Column("firm", "企业名称", required=True),
    rules.Column("matter", "诉求", required=True),
    rules.Column("asked-on", "受理日期", "date", required=True),
    rules.Column("money", "金额", "number", unit="万元"),
    rules.Column("kind", "类别", "choice", choices=("用地", "用工", "融资")),
    rules.Column("satisfied", "企业是否满意", "yes_no"),
)
ASKED = [
    Column(c.code, c.name, unit=c.unit, kind=c.kind, choices=c.choices, required=c.required) for c in COLUMNS
]


def workbook() -> bytes:
    """The rows, every tenth with a wrong day."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [column.name for column in COLUMNS])
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for number in range(1, ROWS + 1):
            sheet.write_row(number, 0, [f"企业{number}", "水电接入"])
            if number % 10:
                sheet.write_datetime(number, 2, date(2023, 1 + number % 12, 1), day)
            else:
                sheet.write(number, 2, "近期")
            sheet.write_row(number, 3, [number / 4, COLUMNS[4].choices[number % 3], "是"])
    return data.getvalue()


def main() -> int:
    """Print the seconds a look takes; exit 1 when they exceed the promise."""
    data = workbook()
    began = time.perf_counter()
    reading = read(data, ASKED)
    read_in = time.perf_counter() - began
    found = rules.judge_rows(COLUMNS, reading, day="asked-on", today=date(2024, 1, 1))
    seconds = time.perf_counter() - began
    print(
        f"workbooks: {len(reading.rows):,} rows read in {read_in:.2f} s, judged in {seconds - read_in:.2f} s "
        f"({len(found.good):,} good, {len(found.problems):,} problems)"
    )
    return (
        0
        if seconds <= PROMISED_SECONDS
        and (len(found.good), len(found.problems)) == (ROWS * 9 // 10, ROWS // 10)
        else 1
    )


if __name__ == "__main__":
    sys.exit(main())
