"""A workbook is looked at first and taken in when somebody says so: all of it, or the good rows, once."""

import time
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from flows.journal.models import Entry
from flows.ledgers import importing
from flows.ledgers.exporting import blank, hand_out, problem_report, said
from flows.ledgers.importing import importer, look_at, problems_of, take, upload
from flows.ledgers.models import LedgerImport, LedgerKind, LedgerRow
from flows.ledgers.operations import withdraw_row
from flows.ledgers.selectors import Filters, ledger_page
from flows.projects.models import Project
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from hetang_flow.lib.workbooks import read
from hetang_flow.lib.workbooks.apart import opened
from tests.support.annex import annex_table
from tests.support.annex import row as annex_row
from tests.support.keeping import kept, visited
from tests.support.workbooks import xlsx

pytestmark = pytest.mark.django_db
HEAD = ("走访单位", "走访日期", "主要负责人带队", "类别", "争取金额（亿元）", "人数")
GOOD = ("省财政厅", "2023-05-09", "是", "专项债", 0.8, 3)
BAD = ("", "2023-06-30", "也许", "国债", "许多", 1.5)


def laid(district, *rows, by="chen", head=HEAD, code=None):
    file = SimpleUploadedFile("走访.xlsx", xlsx(head=head, rows=rows))
    return upload(code or kept(district).code, file, by=district.actor(by), now=district.now)


def looked(district, *rows, **more):
    return look_at(laid(district, *rows, **more).pk, now=district.now)


def taken(district, found, by="chen", *, only_good=False, new_parties=()):
    words = {"only_good": only_good, "new_parties": new_parties}
    return take(found.public_id, **words, by=district.actor(by), now=district.now)


def test_looking_writes_no_row_and_throws_the_file_away(district):
    found = looked(district, GOOD, BAD)
    assert (found.state, found.good, found.bad) == ("read", 1, 1)
    assert found.data is None
    assert not LedgerRow.objects.exists()
    assert look_at(found.pk, now=district.now) is None, "read once"


def test_every_wrong_cell_is_named(district):
    found = looked(district, GOOD, BAD)
    problems = problems_of(found.problems)
    assert [(p.cell, p.code) for p in problems] == [
        ("A3", "cell-missing"), ("B3", "day-in-future"), ("C3", "cell-not-yes-or-no"), ("D3", "cell-not-a-choice"),
        ("E3", "figure-unreadable"), ("F3", "figure-not-whole"),
    ]  # fmt: skip
    assert all("%" not in text and "—" not in text for text in said(problems))


def test_a_column_that_is_needed_and_not_there_is_told_once(district):
    found = looked(district, ("省财政厅", "是"), ("省发改委", "是"), head=("走访单位", "主要负责人带队"))
    problems = problems_of(found.problems)
    assert [(p.row, p.cell, p.code) for p in problems if p.column == "走访日期"] == [
        (1, "", "column-missing")
    ]
    assert all("%" not in text for text in said(problems))
    assert found.good == 0


def test_a_file_as_offices_keep_it_is_understood(district):
    rows = [
        ("省财政厅", 45055, "√", "专 项债", "8000万元", "3人"),
        ("小　计", None, None, None, 8000),
        ("注：略",),
    ]
    found = looked(district, *rows)
    assert (found.problems, found.good, found.told["totals"]) == ([], 1, 2)
    assert found.reading["rows"][0][1] == {
        "visited": "省财政厅", "visited-on": "2023-05-09", "head": "是", "kind": "专项债", "money": "8000", "people": "3"
    }  # fmt: skip


def test_other_sheets_of_the_same_kind_are_named_on_the_page(district, client):
    def quarters(book, _sheet):
        sheet = book.add_worksheet("二季度")
        sheet.write_row(0, 0, HEAD)
        sheet.write_row(1, 0, GOOD)

    file = SimpleUploadedFile("走访.xlsx", xlsx(quarters, head=HEAD, rows=[GOOD]))
    laid = upload(kept(district).code, file, by=district.actor("chen"), now=district.now)
    found = look_at(laid.pk, now=district.now)
    assert (found.good, found.told["unread"]) == (1, ["二季度"])
    client.force_login(district.users["chen"], backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(f"/ledgers/imports/{found.public_id}/").content.decode()
    assert "二季度" in page


def test_all_of_it_or_nothing(district):
    found = looked(district, GOOD, BAD)
    with pytest.raises(Invalid) as refused:
        taken(district, found)
    assert refused.value.code == "import-has-problems"
    assert not LedgerRow.objects.exists()


def test_or_the_good_rows(district):
    found = looked(district, GOOD, BAD)
    assert taken(district, found, only_good=True).rows == 1
    row = LedgerRow.objects.get()
    assert Decimal(row.values["money"]) == 8000, "亿元 in the file, 万元 in the ledger"
    assert Entry.objects.latest("pk").kind == "ledger.imported"


def test_it_comes_in_once(district):
    found = looked(district, GOOD)
    taken(district, found)
    with pytest.raises(WrongState):
        taken(district, found)
    assert LedgerRow.objects.count() == 1
    assert LedgerImport.objects.get().reading is None


def test_a_slow_second_worker_does_not_open_what_was_taken(district, monkeypatch):
    """A job that was started twice: the slower one finds the workbook taken in and leaves it so."""
    found = laid(district, GOOD)
    reading = importing.read

    def slow(*words, **more):
        seen = reading(*words, **more)
        if LedgerImport.objects.get().state == "waiting":
            monkeypatch.setattr(importing, "read", reading)
            taken(district, look_at(found.pk, now=district.now))
        return seen

    monkeypatch.setattr(importing, "read", slow)
    look_at(found.pk, now=district.now)
    assert LedgerImport.objects.get().state == "taken"
    with pytest.raises(WrongState):
        taken(district, found)
    assert LedgerRow.objects.count() == 1


def test_the_job_is_asked_for_with_the_file_or_not_at_all(district):
    jobs = ProcrastinateJob.objects.filter(task_name=importing.READ_JOB)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        laid(district, GOOD)
        raise ZeroDivisionError
    assert not jobs.exists()
    found = laid(district, GOOD)
    assert [job.args for job in jobs] == [{"import_id": found.pk}]


def test_the_whole_table_sent_again_brings_only_what_is_new(district):
    taken(district, looked(district, GOOD))
    new = ("省财政厅", "2023-05-09", "是", "专项债", 0.8, 4)
    found = looked(district, GOOD, new, new)
    assert [(p.row, p.code) for p in problems_of(found.problems)] == [(4, "row-twice-in-file")]
    assert (found.good, found.bad, found.told["there"]) == (1, 1, 1)
    assert taken(district, found, only_good=True).rows == 1
    assert sorted(row.values["people"] for row in LedgerRow.objects.all()) == ["3", "4"]


def test_a_table_with_new_rows_only_besides_old_ones_has_nothing_wrong(district):
    taken(district, looked(district, GOOD))
    found = looked(district, GOOD, ("省发展改革委", *GOOD[1:]))
    assert problems_of(found.problems) == []
    assert taken(district, found).rows == 1
    again = looked(district, GOOD, ("省发展改革委", *GOOD[1:]))
    assert (again.good, again.told["there"]) == (0, 2)
    with pytest.raises(Invalid) as refused:
        taken(district, again)
    assert refused.value.code == "import-brings-nothing"


def test_the_same_said_by_another_unit_or_withdrawn_is_not_there(district):
    taken(district, looked(district, GOOD))
    LedgerKind.objects.update(owners=[])
    assert looked(district, GOOD, by="luo").good == 1
    row = LedgerRow.objects.get()
    withdraw_row(row.row, version=1, reason="重复登记了", by=district.actor("chen"), now=district.now)
    assert looked(district, GOOD).good == 1


def test_what_nobody_takes_in_is_thrown_away_after_a_month(district):
    found, fresh = looked(district, GOOD), looked(district, BAD)
    kept_until = district.now + timedelta(days=30)
    assert importing.forget_old(now=kept_until) == 0
    LedgerImport.objects.filter(pk=fresh.pk).update(uploaded=kept_until)
    assert importing.forget_old(now=kept_until + timedelta(seconds=1)) == 1
    assert importing.forget_old(now=kept_until + timedelta(seconds=1)) == 0, "run twice, it forgets once"
    old = LedgerImport.objects.get(pk=found.pk)
    assert (old.state, old.reading) == ("forgotten", None)
    with pytest.raises(WrongState):
        taken(district, found)
    assert LedgerImport.objects.get(pk=fresh.pk).state == "read"


def test_what_was_taken_in_is_never_forgotten(district):
    taken(district, looked(district, GOOD))
    assert importing.forget_old(now=district.now + timedelta(days=400)) == 0


def test_not_before_it_is_read_and_not_by_somebody_else(district):
    found = laid(district, GOOD)
    with pytest.raises(WrongState):
        taken(district, found)
    with pytest.raises(NotFound):
        taken(district, found, by="bai")


@pytest.mark.parametrize("who", ["lin", "zhao", "gao"])
def test_only_who_keeps_the_ledger_lays_a_file_down(district, who):
    kept(district)
    with pytest.raises(NotAllowed):
        laid(district, GOOD, by=who)


def test_no_file_and_no_workbook(district):
    with pytest.raises(Invalid):
        upload(kept(district).code, None, by=district.actor("chen"), now=district.now)
    file = SimpleUploadedFile("x.xlsx", b"<html>")
    found = look_at(
        upload(kept(district).code, file, by=district.actor("chen"), now=district.now).pk, now=district.now
    )
    (problem,) = problems_of(found.problems)
    assert problem.code == "workbook-is-web-page"
    assert found.good == 0
    with pytest.raises(Invalid):
        taken(district, found, only_good=True)


def test_progress_is_told_while_it_is_read(district, monkeypatch):
    told = []
    rows = LedgerImport.objects.filter
    update = type(LedgerImport.objects.all()).update
    monkeypatch.setattr(
        type(LedgerImport.objects.all()),
        "update",
        lambda self, **v: (told.append(v["done"]) if "done" in v else None, update(self, **v))[1],
    )
    found = laid(district, *[(*GOOD[:5], number) for number in range(2500)])
    look_at(found.pk, now=district.now)
    assert rows(pk=found.pk).get().good == 2500
    assert len(told) >= 4
    assert told == sorted(told)
    assert told[-1] == 1000


def test_the_annex_comes_in_by_the_same_way(district):
    file = SimpleUploadedFile("附件2.xlsx", annex_table([annex_row(owners="株洲某某新材料有限公司")]))
    gao = {"by": district.actor("gao"), "now": district.now}
    found = look_at(upload("projects", file, **gao).pk, now=district.now)
    assert found.told["new_parties"] == ["株洲某某新材料有限公司"]
    assert found.told["left_out"]
    with pytest.raises(Invalid):
        taken(district, found, by="gao")
    assert taken(district, found, by="gao", new_parties=found.told["new_parties"]).rows == 1
    assert Project.objects.count() == 1


# --- what goes out ---


def test_what_goes_out_is_what_the_page_shows_and_comes_back_the_same(district):
    visited(district)
    visited(district, **{"visited": "=1+1", "visited-on": "2023-02-09", "head": "否"})
    gao = {"by": district.actor("gao"), "now": district.now}
    download = hand_out(kept(district).code, Filters(quarter="1"), **gao)
    columns = importer(kept(district).code).columns
    (row,) = read(download.data, columns).rows
    assert (row.cells["visited"], row.cells["head"], row.cells["money"]) == ("=1+1", "否", "1200.5")
    entry = Entry.objects.latest("pk")
    assert (entry.kind, len(entry.facts["sha256"])) == ("list.exported", 64)
    assert entry.facts["list"] == kept(district).name


def test_rows_of_an_older_version_go_out_as_they_were_written(district):
    """The plan turned a text into a figure and 万元 into 亿元; what was written before is no figure of the new kind."""
    visited(district)
    kind = kept(district)
    columns = [dict(column) for column in kind.columns]
    next(c for c in columns if c["code"] == "money")["unit"] = "亿元"
    next(c for c in columns if c["code"] == "visited")["kind"] = "number"
    LedgerKind.objects.create(
        plan=kind.plan, code=kind.code, version=2, name=kind.name, owners=kind.owners, columns=columns, day=kind.day,
        order=0, clause=kind.clause,
    )  # fmt: skip
    page = ledger_page(kind.code, district.actor("chen"), district.now, Filters())
    (cells,) = [cells for _row, cells, _stage in page.rows]
    assert {cell.column.code: cell.other_unit for cell in cells}["money"] == "万元"
    download = hand_out(kind.code, Filters(), by=district.actor("chen"), now=district.now)
    (row,) = read(download.data, importer(kind.code).columns).rows
    assert any("1200.5万元" in cells for cells in opened(download.data)[0].rows)
    assert (row.cells["visited"], row.cells["money"]) == ("省发展改革委", "0.12005"), "read back in 亿元"


def test_a_workbook_says_for_which_day_it_was_taken_out(district):
    visited(district)
    words = {"by": district.actor("chen"), "now": district.now}
    download = hand_out(kept(district).code, Filters.read({"on": "2023-05-31", "then": "1"}), **words)
    assert "2023-05-31" in str(opened(download.data)[0].rows[-1])


@pytest.mark.parametrize("who", ["lin", "zhao", "wang"])
def test_who_keeps_it_and_the_two_offices_take_it_out(district, who):
    with pytest.raises(NotAllowed):
        hand_out(kept(district).code, Filters(), by=district.actor(who), now=district.now)
    assert hand_out(kept(district).code, Filters(), by=district.actor("chen"), now=district.now).data


def test_a_template_takes_what_is_written_into_it(district):
    assert read(blank(kept(district).code).data, importer(kept(district).code).columns).places.keys() == {
        "visited", "visited-on", "head", "kind", "money", "people", "granted-on", "granted"
    }  # fmt: skip
    assert blank("projects").data


def test_the_report_of_problems_is_a_workbook(district):
    found = looked(district, BAD)
    assert problem_report(found, problems_of(found.problems)).data.startswith(b"PK")


# --- from a shell ---


def shell(*words):
    out, err = StringIO(), StringIO()
    try:
        call_command("import_ledger", *words, stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), err.getvalue(), str(error)
    return out.getvalue(), err.getvalue(), ""


def test_the_same_from_a_shell(district, tmp_path):
    path = tmp_path / "走访.xlsx"
    path.write_bytes(xlsx(head=HEAD, rows=[GOOD, BAD]))
    code, post = kept(district).code, district.posts["chen"].code
    out, err, failed = shell(code, str(path), "--check")
    assert "1" in out
    assert "走访.xlsx:3 A3" in err
    assert failed
    assert not LedgerRow.objects.exists()
    assert shell(code, str(path), "--as", post)[2]
    assert not LedgerRow.objects.exists()
    assert shell(code, str(path), "--as", post, "--good-rows")[2] == ""
    assert LedgerRow.objects.count() == 1


def test_a_shell_knows_what_the_unit_has_already(district, tmp_path):
    taken(district, looked(district, GOOD))
    path = tmp_path / "走访.xlsx"
    path.write_bytes(xlsx(head=HEAD, rows=[GOOD]))
    code, post = kept(district).code, district.posts["chen"].code
    assert shell(code, str(path), "--check")[0].endswith(" 1 条\n"), "nobody knows for whom"
    out, _err, failed = shell(code, str(path), "--check", "--as", post)
    assert not failed
    assert out.endswith(" 0 条\n")
    assert shell(code, str(path), "--as", post, "--good-rows")[2], "nothing would come in"
    assert shell(code, str(path), "--as", district.posts["lin"].code)[2], "lin keeps no ledger"
    assert LedgerRow.objects.count() == 1


def test_a_shell_says_what_is_missing(district, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("走访单位,走访日期,主要负责人带队\n甲,2023-05-09,是\n")
    code = kept(district).code
    assert "--as" in shell(code, str(path))[2]
    assert "nobody" in shell(code, str(path), "--as", "nobody")[2]
    assert shell("no-such", str(path), "--check")[2]
    assert shell(code, str(tmp_path / "none.csv"), "--check")[2]
    assert not LedgerRow.objects.exists()


@pytest.mark.deep
def test_fifty_thousand_rows_are_looked_at_in_twenty_seconds_and_sent_again_bring_nothing(district):
    """With as many rows in the ledger already the second look still keeps the promise."""
    rows = [(f"单位{n}", "2023-05-09", "是", "专项债", n / 4, n % 90) for n in range(50_000)]
    for good in (50_000, 0):
        waiting = laid(district, *rows)
        began = time.perf_counter()
        found = look_at(waiting.pk, now=district.now)
        assert time.perf_counter() - began < 20
        assert (found.good, found.told["there"]) == (good, 50_000 - good)
        if good:
            taken(district, found)
    assert LedgerRow.objects.count() == 50_000
