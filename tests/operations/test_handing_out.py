"""Lists go out as the pages show them, and the record says who took them out."""

import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from flows.figures.operations import report_month
from flows.figures.rules import Month
from flows.files.handing_out import hand_out, may_take_out
from flows.journal.models import Entry
from hetang_flow.lib.errors import NotAllowed
from hetang_flow.lib.verdicts import YES, Verdict
from hetang_flow.lib.workbooks import Column, Field, read
from tests.support import obstructed
from tests.support.aiming import aimed

pytestmark = pytest.mark.django_db


@pytest.fixture
def window(district):
    client = Client()
    client.force_login(district.users["gao"], backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def rows(window, name, columns, **said):
    answer = window.post(reverse(name), said)
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    return [row.cells for row in read(answer.content, [Column(c, c) for c in columns]).rows]


def test_the_board_of_a_month_goes_out_as_it_is_shown(district, window):
    project = district.project(phase="building")
    typed = Month(date(2023, 5, 1), Decimal("9000.50"), Decimal(30), "=主体施工")
    report_month(project.public_id, typed, seen={}, by=district.actor("chen"), now=district.now)
    (row,) = rows(window, "months-export", ["项目", "完成投资", "形象进度"], month="2023-05")
    assert row == {"项目": project.name, "完成投资": "9000.5", "形象进度": "=主体施工"}
    entry = Entry.objects.latest("pk")
    assert (entry.kind, len(entry.facts["sha256"])) == ("list.exported", 64)


def test_a4_26_the_mark_is_in_the_file_as_well_as_on_the_sheet(district, window):
    district.project()
    data = window.post(reverse("projects-export")).content
    number = Entry.objects.latest("pk").facts["number"]
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert number in book.read("docProps/core.xml").decode()
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert number in sheet[sheet.index("<oddFooter>") :], "on every printed page"


def test_the_project_list_goes_out_whole_and_filtered(district, window):
    signed = district.project()
    district.project(phase="building")
    assert len(rows(window, "projects-export", ["项目", "服务责任部门"])) == 2
    (row,) = rows(window, "projects-export", ["项目", "服务责任部门"], phase="signed")
    assert row == {"项目": signed.name, "服务责任部门": district.units["serving"].name}


def test_the_scoreboard_and_the_obstacles_go_out(district, window):
    target = aimed(district)
    (row,) = rows(window, "targets-export", ["目标", "状态"])
    assert row == {"目标": target.name, "状态": "待报送"}
    obstructed.prepare(district, tag=district.plan.code[-1])
    obstacle = obstructed.raised(district, district.project())
    (row,) = rows(window, "obstacles-export", ["问题或需求", "项目"])
    assert row["问题或需求"] == obstacle.title


def test_an_outside_party_takes_nothing_out(district):
    obstructed.prepare(district, tag=district.plan.code[-1])
    contact = next(name for name, post in district.posts.items() if post.duty == "contact")
    actor = district.actor(contact)
    assert may_take_out(actor).code == "not-to-be-taken-out"
    with pytest.raises(NotAllowed):
        hand_out("x", [Field("a", "甲")], [], chain_id=district.plan.chain_id, by=actor, now=district.now)
    assert may_take_out(district.actor("chen"))


def test_a_narrower_rule_is_asked_before_a_row_is_read(district):
    read_rows = []
    rows = (read_rows.append(number) or {"a": number} for number in range(2))
    chen = {"chain_id": district.plan.chain_id, "by": district.actor("chen"), "now": district.now}
    with pytest.raises(NotAllowed):
        hand_out("x", [Field("a", "甲")], rows, may=Verdict("not-yours-to-keep", {}), **chen)
    assert not read_rows
    assert not Entry.objects.filter(kind="list.exported").exists()
    assert hand_out("x", [Field("a", "甲")], rows, may=YES, **chen)
    assert read_rows == [0, 1]
