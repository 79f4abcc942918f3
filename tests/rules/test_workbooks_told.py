"""What a workbook hides is told and never guessed: units, per cent, errors, lost digits, rows that look like notes."""

import subprocess
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hetang_flow.lib.units import UNITS, factor, unit_of
from hetang_flow.lib.workbooks import Column, Field, NotAWorkbook, Page, export, read, template
from hetang_flow.lib.workbooks.apart import opened
from hetang_flow.lib.workbooks.cells import day, figure
from hetang_flow.lib.workbooks.writing import Words
from tests.support.workbooks import changed, xlsx
from tests.support.workbooks_odd import (
    old,
    old_document,
    old_locked,
    open_in_error,
    open_percent,
    parts_of,
    without,
    xlsb,
)

HEAD = ("项目名称", "走访日期", "金额", "完成率", "类别", "是否满意")
COLUMNS = (
    Column("name", "项目名称"),
    Column("day", "走访日期", kind="date"),
    Column("money", "金额", unit="万元", kind="number"),
    Column("rate", "完成率", unit="%", kind="number"),
    Column("kind", "类别", kind="choice", choices=("用地", "“四首”产品")),
    Column("glad", "是否满意", kind="yes_no"),
)
SHEET = "xl/worksheets/sheet1.xml"
D = date(2023, 5, 9)


def table(*rows, head=HEAD, build=None, **more):
    return xlsx(build, head=head, rows=rows, **more)


def shown(number_format, *rows):
    """The first cell of money or rate in a format of its own."""

    def build(book, sheet):
        sheet.write_number(1, 3, 0.5, book.add_format({"num_format": number_format}))

    return table(("甲", D), *rows, build=build)


def uncalculated_rows(_book, sheet):
    for number in (1, 2):
        sheet.write_formula(number, 0, "=Z1", None, "kept")
        sheet.write_formula(number, 2, "=Z1", None, 987)


nothing_calculated = without(table(build=uncalculated_rows), SHEET, b"<v>987</v>")
nothing_calculated = without(nothing_calculated, SHEET, b"<v>kept</v>")


def empty_text(_book, sheet):
    sheet.write_formula(1, 2, '=IF(1=1,"",1)', None, 987)


calculated_to_nothing = changed(
    changed(table(("甲", D), build=empty_text), SHEET, b"<v>987</v>", b"<v></v>"), SHEET, b'<c r="C2">', b'<c r="C2" t="str">'
)  # fmt: skip


def only_errors(_book, sheet):
    sheet.write_formula(1, 0, "=1/0", None, "#DIV/0!")
    sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")


def merged_money(_book, sheet):
    sheet.merge_range(1, 2, 2, 2, 100)
    sheet.write_row(1, 0, ["甲", "2023-05-09"])
    sheet.write_row(2, 0, ["乙", "2023-05-09"])


def section(_book, sheet):
    sheet.merge_range(2, 0, 2, 5, "续建项目")
    sheet.write_row(3, 0, ["二、新开工项目（3个）", None, 1200.5, "12.5%"])
    sheet.write_row(4, 0, ["乙", "2023-05-10"])


def prefixed(data):
    """The same as another program writes it, every element with a prefix."""
    part = parts_of(data)[SHEET].decode()
    for name in (
        "worksheet",
        "sheetData",
        "row",
        "c",
        "v",
        "f",
        "dimension",
        "sheetViews",
        "sheetView",
        "sheetFormatPr",
        "pageMargins",
    ):
        part = (
            part.replace(f"<{name} ", f"<x:{name} ")
            .replace(f"<{name}>", f"<x:{name}>")
            .replace(f"</{name}>", f"</x:{name}>")
        )
        part = part.replace(f"<{name}/>", f"<x:{name}/>")
    part = part.replace("<x:worksheet xmlns=", "<x:worksheet xmlns:x=")
    return changed(data, SHEET, parts_of(data)[SHEET], part.encode())


text = "项目名称,走访日期,类别\n"
one = {"name": "甲", "day": "2023-05-09"}

# What it is: the file, the rows, the problems as (cell, code).
CORPUS = {
    # days
    "eight digits": (table(("甲", "20230509")), [one], []),
    "eight digits as a figure": (table(("甲", 20230509)), [one], []),
    "a serial number": (table(("甲", 45055)), [one], []),
    "a day with a time": (table(("甲", datetime(2023, 5, 9, 14, 30))), [one], []),
    "a day with a time as text": (table(("甲", "2023/5/9 0:00:00")), [one], []),
    "full width and dashes": (table(("甲", "２０２３—５—９")), [one], []),
    "a day after 1904": (table(("甲", D), date_1904=True), [one], []),
    "a month is no day": (table(("甲", "2023-05")), [one | {"day": "2023-05"}], []),
    "no such day": (table(("甲", "2023.13.5")), [one | {"day": "2023.13.5"}], []),
    # figures and their units
    "a unit in the cell": (table(("甲", D, "0.12亿元"), ("甲", D, "１，２００ 万")), [one | {"money": "1200"}] * 2, []),
    "a unit of another kind in the cell": (table(("甲", D, "3亩")), [one | {"money": "3亩"}], []),
    "a dash for nothing": (table(("甲", D, "——", "/"), ("甲", "无", "无")), [one, {"name": "甲"}], []),
    "with a sign of money": (table(("甲", D, "¥1,200.50")), [one | {"money": "1200.5"}], []),
    "a true minus": (table(("甲", D, "−5"), ("甲", D, -5)), [one | {"money": "-5"}] * 2, []),
    "about is no figure": (table(("甲", D, "约12")), [one | {"money": "约12"}], []),
    "a thousand yuan": (table(("甲", D, 120), head=(*HEAD[:2], "金额（千元）")), [one | {"money": "12"}], []),
    "in words of the bank": (table(("甲", D, 1.2), head=(*HEAD[:2], "金额（人民币亿元）")), [one | {"money": "12000"}], []),
    "a bare unit behind the name": (table(("甲", D, 1.2), head=(*HEAD[:2], "金额/亿元")), [one | {"money": "12000"}], []),
    "a unit in the line above": (
        table(("甲", D, 1.2), at=1, build=lambda _b, s: s.write(0, 1, "单位：个、亿元")), [one | {"money": "12000"}], []
    ),
    "a note in the header is no unit": (table(("甲", D, 3), head=(*HEAD[:2], "金额（含税）")), [one | {"money": "3"}], []),
    "a unit that cannot be turned": (
        table(("甲", D, 3), head=(*HEAD[:2], "金额（万美元）")), [one | {"money": "3"}], [("C1", "unit-differs")]
    ),
    "the year before the name": (table(("甲", D, 3), head=(*HEAD[:2], "2023年度金额")), [one | {"money": "3"}], []),
    "per cent as text": (table(("甲", D, None, "12.5％")), [one | {"rate": "12.5"}], []),
    "shown as per cent": (shown("0%"), [one | {"rate": "50"}], []),
    "shown as per cent in a format of its own": (shown('0.00%"已完成"'), [one | {"rate": "50"}], []),
    "a per cent sign that only stands there": (shown('0.0"%"'), [one | {"rate": "0.5"}], []),
    "a figure without a format": (shown("0.0"), [one | {"rate": "0.5"}], []),
    "per cent in .xls, an error, a hidden row": (
        old(HEAD, rows=2), [{"name": "项目1", "rate": "12.5"}, {"name": "项目2", "money": "2", "rate": "12.5"}],
        [("C2", "cell-is-error")],
    ),
    "per cent in .ods": (open_percent(("项目名称", "完成率"), "0.35"), [{"name": "甲", "rate": "35"}], []),
    "an error in .ods": (open_in_error(HEAD, ("甲", "2023-05-09", "x"), 2), [one], [("C2", "cell-is-error")]),
    "binary of 2007": (xlsb([HEAD[:3], ("甲", "2023-05-09", 1200.5)]), [one | {"money": "1200.5"}], []),
    "a sum that belongs to two rows": (
        table(build=merged_money), [one | {"money": "100"}, one | {"name": "乙"}], []
    ),
    # choices, yes and no
    "a choice with blanks": (table(("甲", D, None, None, "用 地"), ("甲", D, None, None, "“四首” 产品")),
                             [one | {"kind": "用地"}, one | {"kind": "“四首”产品"}], []),
    "a tick and a cross": (table(("甲", D, None, None, None, "√"), ("甲", D, None, None, None, "×")),
                           [one | {"glad": "是"}, one | {"glad": "否"}], []),
    "a question mark in the header": (table(("甲", D, "是"), head=("项目名称", "走访日期", "是否满意？")), [one | {"glad": "是"}], []),
    # what looks like a note and is none, what looks like a row and is none
    "a firm called 注塑": (table(("注塑机械有限公司", D)), [one | {"name": "注塑机械有限公司"}], []),
    "a firm called 说明书": (table(("说明书印刷厂",)), [{"name": "说明书印刷厂"}], []),
    "notes with a colon": (table(("甲", D), ("注：含配套资金",), ("审核人：", "某")), [one], []),
    "totals of every kind": (
        table(("甲", D), ("本页小计", None, 1), ("合计3个", None, 1), ("合　计（2个）", None, 1), ("累 计：", None, 1)), [one], []
    ),
    "titles of sections": (table(("甲", D), build=section), [one, {"name": "乙", "day": "2023-05-10"}], []),
    "a section that is a project": (table(("（一）甲", D, 3)), [{"name": "（一）甲", "money": "3", "day": "2023-05-09"}], []),
    # what was never there
    "no formula was ever calculated": (
        nothing_calculated, [{}, {}],
        [("A2", "formula-uncalculated"), ("C2", "formula-uncalculated"), ("A3", "formula-uncalculated"), ("C3", "formula-uncalculated")],
    ),
    "a formula that gives nothing": (calculated_to_nothing, [one], []),
    "a row of errors alone": (table(build=only_errors), [{}], [("A2", "cell-is-error"), ("C2", "cell-is-error")]),
    "an error as another program writes it": (
        prefixed(table(build=only_errors)), [{}], [("A2", "cell-is-error"), ("C2", "cell-is-error")]
    ),
    "signs nobody sees": (table(("\u200b甲\ufeff", "2023-05-09\xa0")), [one], []),
    "a sign no base can keep": (
        changed(table(("甲QQ", D)), "xl/sharedStrings.xml", b"QQ", b"_x0000_"), [one], []
    ),
    "a column that stands there twice": (
        table(("甲", D, "乙"), head=(*HEAD[:2], "项目名称")), [one], [("C1", "column-twice")]
    ),
    # digits that were lost on the way
    "a long number as a program shows it": (f"{text}4.30204E+17,2023-05-09,\n".encode(), [{"day": "2023-05-09"}], [("A2", "digits-lost")]),
    "a long number with zeros behind": (f"{text}430204199001011000,2023-05-09,\n".encode(), [{"day": "2023-05-09"}], [("A2", "digits-lost")]),
    "a long number that is whole": (table(("430204199001011230", D)), [one | {"name": "430204199001011230"}], []),
    "a large figure is a figure": (table(("甲", D, 1e15)), [one | {"money": "1000000000000000"}], []),
    # text files
    "commas in sentences": (f"{text}反映用地，用工，融资，水电，请协调,2023-05-09,\n".encode("gbk") * 1,
                            [one | {"name": "反映用地，用工，融资，水电，请协调"}], []),
    "commas between tabs": (f"{text}用地,用工,融资,水电,2023-05-09,\n".replace(",", "\t", 2).encode(), [], [("", "header-not-found")]),
    "tabs and commas": ("项目名称\t走访日期\n甲,乙,丙,丁\t2023-05-09\n".encode("gbk"), [one | {"name": "甲,乙,丙,丁"}], []),
    "strokes": ("项目名称|走访日期\n甲|2023-05-09\n".encode(), [one], []),
    "lines of an old machine": (f"{text}甲,2023-05-09,\n".replace("\n", "\r").encode(), [one], []),
    "a quotation mark that is never closed": (f'{text}"甲,2023-05-09,\n乙,2023-05-10,\n'.encode(),
                                              [one | {"name": '"甲'}, {"name": "乙", "day": "2023-05-10"}], []),
    # no workbooks
    "an .xls with a password": (old_locked(), [], [("", "workbook-locked")]),
    "a document of 1997": (old_document(), [], [("", "workbook-unknown")]),
    "an .xls that was cut off": (old(HEAD)[:1400], [], [("", "workbook-broken")]),
}  # fmt: skip


@pytest.mark.parametrize("name", CORPUS)
def test_an_awkward_workbook(name):
    data, rows, problems = CORPUS[name]
    found = read(data, COLUMNS)
    assert [(problem.cell, problem.code) for problem in found.problems] == problems
    assert [dict(row.cells) for row in found.rows] == rows


def test_other_sheets_of_the_same_kind_are_named():
    def more(book, _sheet):
        for name, rows in (("二季度", [("乙", "2023-05-10")]), ("三季度", []), ("说明", [("x", "y")])):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, HEAD if name != "说明" else ("列名", "要求"))
            for number, row in enumerate(rows, 1):
                sheet.write_row(number, 0, row)

    found = read(table(("甲", D), build=more), COLUMNS)
    assert (found.sheet, found.unread) == ("台账", ["二季度"])


def test_hidden_rows_are_counted_in_every_format():
    assert read(old(HEAD, rows=2), COLUMNS).hidden == 1
    assert read(open_percent(("项目名称", "完成率"), "0.35"), COLUMNS).hidden == 1


def test_a_telephone_number_is_a_problem_and_is_not_read():
    number = "1" + "39" + "12345678"
    columns = [Column("name", "项目名称", without_numbers=True), Column("day", "走访日期")]
    for said in (
        f"甲 {number}",
        f"{number[:3]} {number[3:7]} {number[7:]}",
        f"甲(0{number[1:4]}-{number[:8]})",
    ):
        found = read(table((said, D)), columns)
        assert [(problem.cell, problem.code) for problem in found.problems] == [("A2", "telephone-not-kept")]
        assert number[-4:] not in repr(found)
    for said in ("10000吨", "2023-05-09 至 2026", f"编号{number}9", "12345678"):
        assert read(table((said, D)), columns).problems == []


def test_the_process_that_opens_a_file_knows_nothing_of_ours(monkeypatch):
    monkeypatch.setenv("HETANG_SECRET_KEY", "geheim")
    told = {}

    def run(*words, **more):
        told.update(more["env"])
        return subprocess.CompletedProcess(words, 1)

    monkeypatch.setattr("hetang_flow.lib.workbooks.apart.subprocess.run", run)
    with pytest.raises(NotAWorkbook):
        opened(b"x,y")
    assert not any("HETANG" in name or "DJANGO" in name for name in told)


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_every_day_is_read_in_every_manner(said):
    manners = [
        said.isoformat(), f"{said:%Y%m%d}", f"{said.year}.{said.month}.{said.day}", f"{said.year}年{said.month}月{said.day}日",
        f"{said.year} / {said.month} / {said.day}", str((said - date(1899, 12, 30)).days), f"{said} 00:00:00",
    ]  # fmt: skip
    assert {day(manner) for manner in manners} == {said.isoformat()}


@given(st.text(max_size=30))
def test_no_text_is_too_odd_for_a_cell(said):
    assert isinstance(day(said), str)
    assert isinstance(figure(said, "万元", None, percent=True), str)
    assert isinstance(figure(said, "", Decimal(10000), percent=False), str)


@given(st.decimals(-(10**12), 10**12, places=6), st.sampled_from(sorted(UNITS)))
def test_a_figure_turned_into_another_unit_and_back_is_the_same(value, pair):
    said, wanted = pair
    there = Decimal(figure(f"{value}{said}", wanted, None, percent=False))
    assert there == value * factor(said, wanted)
    back = Decimal(figure(f"{there:f}{wanted}", said, None, percent=False))
    assert abs(back - value) <= Decimal("1e-12") * max(1, abs(value))


def test_units_go_by_several_names():
    assert [unit_of(said) for said in ("单位：万元", "人民币亿元", "㎡", "％", "万", "含税", "")] == [
        "万元", "亿元", "平方米", "%", "万元", "", ""
    ]  # fmt: skip
    assert factor("亿元", "万元") == 10000
    assert factor("亿元", "亩") is None


# --- what is handed out ---

FIELDS = (
    Field("name", "项目名称", required=True),
    Field("day", "走访日期", "date"),
    Field("money", "金额", "number", unit="万元"),
    Field("rate", "完成率", "number", unit="%"),
    Field("kind", "类别", "choice", choices=("用地", "“四首”产品")),
    Field("glad", "是否满意", "yes_no"),
)
PAGE = Page("台账", FIELDS, ("导出人：甲，第 7 号",))
signs = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Co", "Cn", "Zs", "Zl", "Zp")),
    min_size=1,
    max_size=20,
)
starts = st.sampled_from(
    ["=", "+", "-", "@", "\t=", "\r+", "\n@", "_x0041_", "'=", "http://", "{=", "%", "项"]
)
outgoing = st.fixed_dictionaries(
    {"name": st.builds(str.__add__, starts, signs)},
    optional={
        "day": st.dates(date(1990, 1, 1), date(2099, 12, 31)),
        "money": st.decimals(-(10**9), 10**9, places=2),
        "rate": st.decimals(-100, 1000, places=2),
        "kind": st.sampled_from(["用地", "“四首”产品"]),
        "glad": st.booleans(),
    },
)


@given(st.lists(outgoing, min_size=1, max_size=6))
def test_whatever_goes_out_comes_back_the_same_and_nothing_of_it_can_run(rows):
    data = export(PAGE, rows)
    found = read(data, COLUMNS)
    assert [typed(row.cells) for row in found.rows] == [cleaned(row) for row in rows]
    assert found.problems == []
    sheet = parts_of(data)[SHEET]
    assert b"<f>" not in sheet
    assert b"<hyperlink" not in sheet
    assert sheet.count(b' t="s"') >= len(rows), "texts are texts"


def cleaned(row):
    return row | {"name": row["name"].replace("\r", "\n").strip()}


def typed(cells):
    """The cells as what they were."""
    ways = {"day": date.fromisoformat, "money": Decimal, "rate": Decimal, "glad": lambda said: said == "是"}
    return {code: ways.get(code, str)(said) for code, said in cells.items()}


def test_a_list_too_long_for_a_cell_drops_down_all_the_same():
    choices = tuple(f"第{number}类事项的名称" for number in range(60))
    data = template(Page("台账", (Field("name", "名称"), Field("kind", "类别", "choice", choices=choices))))
    assert parts_of(data)[SHEET].count(b"<dataValidation ") == 1
    assert read(data, [Column("name", "名称"), Column("kind", "类别")]).sheet != "选项"


def test_a_template_speaks_the_words_it_is_given():
    words = Words(explanation="How to fill", required="needed", heads=("Column", "Needed", "What", "Unit"))
    shared = parts_of(template(PAGE, words))["xl/sharedStrings.xml"].decode()
    assert "needed" in shared
    assert "必填" not in shared
