"""Awkward workbooks, each with what comes of it; what is handed out comes back as it was and cannot run."""

import io
import random
import zipfile
from datetime import date
from decimal import Decimal

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from hetang_flow.lib.workbooks import Column, Field, Page, Problem, export, read, report, template
from hetang_flow.lib.workbooks.reading import letters, plain
from tests.support.workbooks import HEAD, bomb, changed, ods, xls, xlsx, zipped

COLUMNS = (
    Column("name", "项目名称", aliases=("项目",)),
    Column("day", "走访日期"),
    Column("money", "金额", unit="万元"),
)
TWO = [("甲项目", "2023-05-09", "1200.5"), ("乙项目", "2023-05-10", "80")]
SHEET = "xl/worksheets/sheet1.xml"


def text(mark: str = ",", head=HEAD) -> str:
    return "\r\n".join(mark.join(row) for row in (head, *TWO))


def merged_title(book, sheet):
    sheet.merge_range(0, 0, 0, 2, "2023 年“跑省进厅访市”台账", book.add_format({"bold": True}))
    sheet.write(1, 0, "填报单位：区发展改革局")


def two_heads(_book, sheet):
    sheet.merge_range(0, 1, 0, 2, "走访情况")
    sheet.merge_range(0, 0, 1, 0, "项目名称")
    sheet.write_row(1, 1, ["走访日期", "金额（万元）"])
    sheet.write_row(2, 0, ["甲项目", "2023-05-09", 1200.5])


def hidden_first(book, sheet):
    sheet.hide()
    other = book.add_worksheet("正式")
    other.activate()
    sheet.write(1, 0, "旧项目")
    other.write_row(0, 0, HEAD)
    other.write_row(1, 0, TWO[0])


def instructions_first(book, sheet):
    other = book.add_worksheet("填表说明")
    other.write_row(0, 0, ["列名", "说明"])
    other.set_first_sheet()


def merged_down(_book, sheet):
    sheet.merge_range(1, 0, 2, 0, "甲项目")
    sheet.write_row(1, 1, ["2023-05-09", 1])
    sheet.write_row(2, 1, ["2023-05-10", 2])


def totals(_book, sheet):
    sheet.write_row(3, 0, ["合 计", None, 1280.5])
    sheet.write_row(4, 0, ["备注：金额含配套资金"])
    sheet.write_row(5, 0, ["填表人：综合岗"])


def head_again(_book, sheet):
    sheet.write_row(3, 0, HEAD)
    sheet.write_row(4, 0, ["丙项目", "2023-05-11", 1])


def formulas(_book, sheet):
    sheet.write_formula(3, 0, '="丙"&"项目"', None, "丙项目")
    sheet.write_row(3, 1, ["2023-05-11"])
    sheet.write_formula(3, 2, "=C2*2", None, 2401)


def errors(_book, sheet):
    sheet.write_row(3, 0, ["丙项目", "2023-05-11"])
    sheet.write_formula(3, 2, "=1/0", None, "#DIV/0!")


def blanks(_book, sheet):
    sheet.write_row(6, 0, ["丙项目", "2023-05-11", 1])


def hidden_row(_book, sheet):
    sheet.set_row(2, None, None, {"hidden": True})


def gaps(_book, sheet):
    sheet.write(0, 4, "备注（内部）")
    sheet.write(1, 4, "不要")


uncalculated = changed(
    xlsx(lambda _b, s: s.write_formula(1, 2, "=1+1")), SHEET, b"<f>1+1</f><v>0</v>", b"<f>1+1</f>"
)
locked = (
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    + b"\x00" * 600
    + "EncryptedPackage".encode("utf-16-le")
    + b"\x00" * 900
)

# What it is: the file, the rows as text, the problems as (cell, code).
CORPUS = {
    "plain": (xlsx(), TWO, []),
    "xls of 1997": (xls(), TWO, []),
    "ods": (ods([HEAD, *TWO]), TWO, []),
    "csv in utf-8": (text().encode(), TWO, []),
    "csv in utf-8 with a mark": (text().encode("utf-8-sig"), TWO, []),
    "csv in gbk": (text().encode("gbk"), TWO, []),
    "csv in utf-16 by tabs": (text("\t").encode("utf-16"), TWO, []),
    "csv by semicolons": (text(";").encode(), TWO, []),
    "csv by Chinese commas": (text("，").encode("gb18030"), TWO, []),
    "csv with a line break in a cell": (
        '项目名称,走访日期,金额\n"甲\n项目",2023-05-09,1\n'.encode(), [("甲\n项目", "2023-05-09", "1")], []
    ),
    "merged title and a line above the head": (xlsx(merged_title, at=2), TWO, []),
    "head in two rows": (xlsx(two_heads, head=(), rows=()), TWO[:1], []),
    "line breaks and blanks in the head": (xlsx(head=("项目\n名称", " 走访 日期 ", "金　额")), TWO, []),
    "another name for a column": (xlsx(head=("项目", "走访日期", "金额")), TWO, []),
    "columns in another order": (
        xlsx(head=("金额", "项目名称", "走访日期"), rows=[(1, "甲项目", date(2023, 5, 9))]),
        [("甲项目", "2023-05-09", "1")], [],
    ),
    "in 亿元": (xlsx(head=("项目名称", "走访日期", "金额（亿元）"), rows=[("甲", None, 1.26)]), [("甲", None, "12600")], []),
    "in 元 by full-width brackets": (
        xlsx(head=("项目名称", "走访日期", "金额(单位：元)"), rows=[("甲", None, "12,600")]), [("甲", None, "1.26")], []
    ),
    "in a unit of another kind": (
        xlsx(head=("项目名称", "走访日期", "金额（亩）"), rows=[("甲", None, 3)]), [("甲", None, "3")], [("C1", "unit-differs")]
    ),
    "columns nobody asked for": (xlsx(gaps), TWO, []),
    "a column is missing": (xlsx(head=("项目名称", "走访日期"), rows=[("甲", None)]), [("甲", None, None)], []),
    "hidden sheet before the real one": (xlsx(hidden_first), TWO[:1], []),
    "instructions on another sheet": (xlsx(instructions_first), TWO, []),
    "merged down": (
        xlsx(merged_down, rows=()), [("甲项目", "2023-05-09", "1"), ("甲项目", "2023-05-10", "2")], []
    ),
    "totals and notes below": (xlsx(totals), TWO, []),
    "the head again on the second page": (xlsx(head_again), [*TWO, ("丙项目", "2023-05-11", "1")], []),
    "formulas with their values": (xlsx(formulas), [*TWO, ("丙项目", "2023-05-11", "2401")], []),
    "a formula nobody calculated": (uncalculated, [("甲项目", "2023-05-09", None), TWO[1]], [("C2", "formula-uncalculated")]),
    "an error in a cell": (xlsx(errors), [*TWO, ("丙项目", "2023-05-11", None)], [("C4", "cell-is-error")]),
    "an error in a text file": (f"{text()}\r\n丙,2023-05-11,#REF!".encode(), [*TWO, ("丙", "2023-05-11", None)], [("C4", "cell-is-error")]),
    "empty rows in between": (xlsx(blanks), [*TWO, ("丙项目", "2023-05-11", "1")], []),
    "hidden rows are read": (xlsx(hidden_row), TWO, []),
    "dates as text": (xlsx(rows=[("甲", "2023.5.9", 1), ("乙", "2023年5月9日", 1)]), [("甲", "2023.5.9", "1"), ("乙", "2023年5月9日", "1")], []),
    "figures as text": (xlsx(rows=[("甲", None, "1,200.50"), ("乙", None, "１２")]), [("甲", None, "1200.5"), ("乙", None, "12")], []),
    "a long number that lost its digits": (
        xlsx(rows=[(430204199001010000000.0, None, 1)]), [(None, None, "1")], [("A2", "digits-lost")]
    ),
    "no long tails": (xlsx(rows=[("甲", None, 0.1 + 0.2), ("乙", None, 1e-05)]), [("甲", None, "0.3"), ("乙", None, "0.00001")], []),
    "yes and no": (xlsx(rows=[("甲", None, True)]), [("甲", None, "是")], []),
    "formula-like text stays text": (xlsx(rows=[("=1+1x", None, 1)], strings_to_formulas=False), [("=1+1x", None, "1")], []),
    "no head at all": (xlsx(head=("甲", "乙", "丙")), [], [("", "header-not-found")]),
    "empty workbook": (xlsx(head=(), rows=()), [], [("", "workbook-empty")]),
    "empty file": (b" \n", [], [("", "workbook-empty")]),
    "a web page called xls": (b"\xef\xbb\xbf<html><table><tr><td>x</td></tr></table></html>", [], [("", "workbook-is-web-page")]),
    "a Word document": (zipped({"word/document.xml": "<x/>"}), [], [("", "workbook-unknown")]),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", [], [("", "workbook-unknown")]),
    "a sentence": ("请查收附件".encode(), [], [("", "workbook-unknown")]),
    "cut off": (xlsx()[:900], [], [("", "workbook-broken")]),
    "no workbook inside": (changed(xlsx(), "xl/workbook.xml", b"<sheets>", b"<sheet"), [], [("", "workbook-broken")]),
    "locked by a password": (locked, [], [("", "workbook-locked")]),
    "a bomb": (bomb(401), [], [("", "workbook-too-large")]),
    "too many rows": ("项目名称,走访日期\n".encode() + "甲,2023-05-09\n".encode() * 100_200, [], [("", "workbook-too-many-rows")]),
}  # fmt: skip


@pytest.mark.parametrize("name", CORPUS)
def test_an_awkward_workbook(name):
    data, rows, problems = CORPUS[name]
    found = read(data, COLUMNS)
    assert [tuple(row.cells.get(column.code) for column in COLUMNS) for row in found.rows] == rows
    assert [(problem.cell, problem.code) for problem in found.problems] == problems


def test_the_corpus_is_large_enough():
    assert len(CORPUS) >= 30


def test_rows_keep_the_number_the_office_sees():
    assert [row.number for row in read(xlsx(merged_title, at=2), COLUMNS).rows] == [4, 5]
    assert [row.number for row in read(xlsx(blanks), COLUMNS).rows] == [2, 3, 7]


def test_what_was_left_out_hidden_or_not_asked_for_is_told():
    assert read(xlsx(totals), COLUMNS).left_out == 3
    assert read(xlsx(hidden_row), COLUMNS).hidden == 1
    assert read(xlsx(gaps), COLUMNS).ignored == ["备注（内部）"]


def test_one_bad_cell_hides_no_other():
    data = "项目名称,走访日期,金额\n甲,#N/A,#REF!\n乙,2023-05-09,#VALUE!".encode()
    found = read(data, COLUMNS)
    assert [(p.row, p.cell, p.column) for p in found.problems] == [
        (2, "B2", "走访日期"), (2, "C2", "金额"), (3, "C3", "金额")
    ]  # fmt: skip


def test_fifty_thousand_rows_are_read_and_progress_only_grows():
    rows = "".join(f"项目{n},2023-05-09,{n}\n" for n in range(50_000))
    told = []
    found = read(
        f"项目名称,走访日期,金额\n{rows}".encode(),
        COLUMNS,
        on_progress=lambda done, of: told.append((done, of)),
    )
    assert len(found.rows) == 50_000
    assert told == sorted(told)
    assert told[-1] == (50_000, 50_000)
    assert len(told) == 50


@pytest.mark.parametrize(("row", "column"), [(1_048_575, 16_383), (90_000, 1_900)])
def test_a_cell_far_out_ends_no_process_but_the_one_that_looked(row, column):
    """A file of a few kilobytes, and a reader that wants gigabytes for it."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "项目名称")
        sheet.write(row, column, "远")
    assert len(data.getvalue()) < 20_000
    assert [problem.code for problem in read(data.getvalue(), ASKED).problems] == ["workbook-overflows"]


def test_whatever_happens_to_a_file_on_its_way_is_one_sentence():
    lot, whole = random.Random(11), xlsx(head=("项目名称", "金额"), rows=[("甲", 1)] * 5)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for _ in range(25):
        name = lot.choice(list(parts))
        part = bytearray(parts[name])
        place = lot.randrange(len(part))
        part[place : place + lot.randint(1, 30)] = lot.choice(
            [b"", b"<", b"9999999999", b'r="XFD1048576"', b"\xff"]
        )
        broken = io.BytesIO()
        with zipfile.ZipFile(broken, "w") as archive:
            for each, kept in (parts | {name: bytes(part)}).items():
                archive.writestr(each, kept)
        reading = read(broken.getvalue(), ASKED)
        assert reading.rows or reading.problems


def test_columns_are_lettered_as_the_office_sees_them():
    assert [letters(place) for place in (0, 25, 26, 51, 52, 701, 702)] == [
        "A",
        "Z",
        "AA",
        "AZ",
        "BA",
        "ZZ",
        "AAA",
    ]


def test_names_are_compared_without_what_does_not_matter():
    assert plain("总 投资\n（亿元）*") == plain("总投资") == plain("總投资".replace("總", "总"))
    assert plain("２０２３年计划") == "2023年计划"


# --- what is handed out ---

FIELDS = (
    Field("name", "项目名称", required=True),
    Field("money", "金额", "number", unit="万元"),
    Field("day", "日期", "date"),
    Field("kind", "类别", "choice", choices=("国家", "省")),
    Field("head", "带队", "yes_no"),
)
PAGE = Page("台账", FIELDS, ("导出人：甲，第 7 号",))
ASKED = [Column(field.code, field.name, unit=field.unit) for field in FIELDS]
words = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x9FFF, blacklist_categories=("Cs", "Cc", "Cf", "Zs")),
    min_size=1,
    max_size=20,
)
dangerous = st.sampled_from(
    ["=1+1", "+1", "-2+3", "@SUM(A1)", "=cmd|'/c calc'!A1", "http://example.org", '=HYPERLINK("x")']
)


@given(
    st.lists(
        st.tuples(dangerous | words.map(lambda text: f"项{text}"), st.decimals(0, 10**9, places=2)),
        min_size=1,
        max_size=5,
    )
)
def test_what_goes_out_comes_back_and_nothing_of_it_can_run(rows):
    data = export(
        PAGE, [{"name": name, "money": money, "day": date(2023, 5, 9), "head": True} for name, money in rows]
    )
    found = read(data, ASKED)
    assert found.problems == []
    assert [(row.cells["name"], Decimal(row.cells["money"])) for row in found.rows] == rows
    assert all((row.cells["day"], row.cells["head"]) == ("2023-05-09", "是") for row in found.rows)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b"<f" not in archive.read(SHEET).replace(b"<fonts", b"")
        assert not any("hyperlink" in name.lower() for name in archive.namelist())


def test_a_template_explains_itself_and_is_empty():
    data = template(PAGE)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read(SHEET).decode()
        shared = archive.read("xl/sharedStrings.xml").decode()
    assert sheet.count("<dataValidation ") == 4
    assert "国家,省" in sheet
    assert "必填" in shared
    assert read(data, ASKED).rows == []


def test_a_report_names_every_problem():
    problem = Problem(4, "C4", "金额", "cell-is-error")
    data = report([problem], ["=不能执行"], ("行", "单元格", "列", "问题"))
    (row,) = read(data, [Column("row", "行"), Column("cell", "单元格"), Column("said", "问题")]).rows
    assert row.cells == {"row": "4", "cell": "C4", "said": "=不能执行"}
