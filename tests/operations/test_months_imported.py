"""A unit's months come in from a workbook as the page would take them, all of it or the good rows."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from flows.figures.selectors import months_of
from flows.journal.models import Entry
from flows.ledgers.exporting import blank
from flows.ledgers.importing import importer, look_at, problems_of, take, upload
from hetang_flow.lib.errors import Invalid, NotAllowed
from hetang_flow.lib.workbooks import read
from tests.support.workbooks import xlsx

pytestmark = pytest.mark.django_db
HEAD = ("项目编号", "项目名称", "月份", "本年累计完成投资（亿元）", "总体进度", "形象进度", "说明")


def looked(district, *rows, by="chen"):
    file = SimpleUploadedFile("月报.xlsx", xlsx(head=HEAD, rows=rows))
    laid = upload("months", file, by=district.actor(by), now=district.now)
    return look_at(laid.pk, now=district.now)


def taken(district, found, by="chen", **words):
    words = {"only_good": False, "new_parties": ()} | words
    return take(found.public_id, **words, by=district.actor(by), now=district.now)


def row(project, month="2023-04", invested="0.8", progress="20", works="桩基完成", word=""):
    return project.code, project.name, month, invested, progress, works, word


def test_the_months_of_several_projects_come_in_together(district):
    one, two = district.project(phase="building"), district.project(phase="building")
    found = looked(district, row(one), row(one, "2023年5月", 0.9, "30%"), row(two))
    assert (found.good, found.bad) == (3, 0)
    assert not months_of(one.pk), "a look changes nothing"
    assert taken(district, found).rows == 3
    assert [(m.month, m.invested, m.progress) for m in months_of(one.pk)] == [
        (date(2023, 4, 1), Decimal(8000), 20), (date(2023, 5, 1), Decimal(9000), 30)
    ]  # fmt: skip
    assert Entry.objects.filter(chain=one.chain_id, kind="month.reported").count() == 2


def test_each_row_is_judged_as_the_page_judges_it(district):
    project = district.project(phase="building")
    found = looked(
        district,
        row(project, invested="0.9", progress="40"),
        row(project, "2023-05", "0.8", "30"),
        row(project, "2023-06"),
        row(project, "近期"),
        row(project, "2023-03", "许多"),
        row(project, "2023-02", "0.1", "101"),
        ("NO-SUCH", "某项目", "2023-04", "1", "1", "", ""),
        (project.code, project.name, "", "1", "1", "", ""),
    )
    assert [(problem.cell, problem.code) for problem in problems_of(found.problems)] == [
        ("D3", "month-row-unexplained"), ("C4", "month-not-open"), ("C5", "month-unreadable"),
        ("D6", "figure-unreadable"), ("E7", "progress-over-hundred"), ("A8", "month-of-no-project"),
        ("C9", "cell-missing"),
    ]  # fmt: skip
    with pytest.raises(Invalid):
        taken(district, found)
    assert not months_of(project.pk)
    assert taken(district, found, only_good=True).rows == 1


def test_an_explanation_in_its_column_is_enough(district):
    project = district.project(phase="building")
    found = looked(
        district, row(project, invested="0.9"), row(project, "2023-05", "0.8", word="四月多计一笔预付款")
    )
    assert found.bad == 0
    taken(district, found)
    assert months_of(project.pk)[-1].word == "四月多计一笔预付款"


def test_other_units_projects_stay_out(district):
    project = district.project(phase="building")
    found = looked(district, row(project), by="wang")
    assert [problem.code for problem in problems_of(found.problems)] == ["month-of-no-project"]
    with pytest.raises(NotAllowed):
        looked(district, row(project), by="zhao")


def test_the_empty_table_is_read_back(district):
    assert read(blank("months").data, importer("months").columns).places.keys() >= {
        "code",
        "month",
        "invested",
        "progress",
    }
