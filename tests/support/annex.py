"""The annex table as offices keep it: a merged title, 亿元 above the table, several units in a cell."""

import io
from collections.abc import Sequence

import xlsxwriter

HEAD = ("序号", "联系市领导", "联系区领导", "项目名称", "所在地", "建设期", "业主单位/牵头单位", "服务责任部门", "总投资",
        "累计完成投资", "年度计划投资", "业主单位/牵头单位联系人及联系方式", "服务责任单位及联系方式", "备注")  # fmt: skip


def annex_table(rows: Sequence[Sequence[object]], head: Sequence[str] = HEAD) -> bytes:
    """A workbook of these rows below the notice's own title and head."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet("附件2")
        sheet.merge_range(0, 0, 0, 13, "荷塘区 2023 年“项目攻坚年”活动市区领导联系项目任务安排表")
        sheet.write(1, 12, "单位：亿元" if head is HEAD else "填报单位：区发展改革局")
        sheet.write_row(2, 0, head)
        for number, row in enumerate(rows, 3):
            for place, value in enumerate(row):
                if value is not None:
                    sheet.write(number, place, value)
    return data.getvalue()


def row(**said: object) -> list[object]:
    """A sound row of the invented district, changed."""
    sound = {
        "number": 1, "city": None, "leaders": "Zhao", "name": "演示·高端装备产业园", "place": "荷塘区",
        "builds": "2022.10-2026.10", "owners": "owner-a", "service": "serving-a", "total": 12.6, "before": 1.2,
        "planned": 3.5, "contact": "（略）", "phone": "（略）", "remark": None,
    } | said  # fmt: skip
    return list(sound.values())
