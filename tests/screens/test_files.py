"""Files on a matter's sheet: brought from a phone, listed, read and given out; on the paper with their hash."""

import re
from datetime import UTC, date, datetime

import pypdfium2 as pdfium
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from flows.engine.models import Assignment
from flows.files.models import Attachment
from flows.obligations import operations as obligations
from flows.obstacles.models import Obstacle
from tests.operations.test_files import pdf, picture, upload
from tests.support import obstructed
from tests.support.obstructed import assigned, raised, sorted_
from tests.support.owing import owe

HTMX = {"HX-Request": "true"}
MOST = 12


@pytest.fixture
def hindered(district):
    return obstructed.prepare(district)


def add(client, run, *files, headers=None):
    where = reverse("files-add", args=[run.public_id])
    return client.post(where, {"file": list(files)}, headers=headers or {})


def sheet(client, run):
    answer = client.get(reverse("sheet", args=[run.public_id]))
    assert answer.status_code == 200
    return answer.content.decode()


def cost(client, run):
    sheet(client, run)
    with CaptureQueriesContext(connection) as seen:
        sheet(client, run)
    return len(seen.captured_queries)


def test_a_photograph_is_taken_with_the_phone_and_stands_on_the_sheet(hindered, browser):
    run, shi = assigned(hindered).run, browser("shi")
    text = sheet(shi, run)
    assert re.search(r'accept="image/\*" capture="environment"', text)
    answer = add(shi, run, upload("现场.jpg", picture()), headers=HTMX)
    assert answer.status_code == 200
    assert "现场.jpg" in answer.content.decode()
    assert "<html" not in answer.content.decode()
    assert "Take away 现场.jpg" in sheet(shi, run)
    assert "Take away" not in sheet(browser("zhao"), run)
    assert "capture=" not in sheet(browser("zhao"), run), "who may not is offered nothing"


def test_a_refused_file_says_why_and_the_others_come_in(hindered, browser):
    run, shi = assigned(hindered).run, browser("shi")
    answer = add(shi, run, upload("a.exe", b"MZ"), upload("b.pdf", pdf()), headers=HTMX)
    assert answer.status_code == 422
    assert "a.exe" in answer.content.decode()
    assert [file.name for file in run.attachments.all()] == ["b.pdf"]
    assert add(shi, run).status_code == 422, "no file at all"


def test_a_file_is_read_as_pictures_and_given_out_as_it_came(hindered, browser):
    run = raised(hindered).run
    add(browser("chen"), run, upload("批复.pdf", pdf()))
    file, zhao = run.attachments.get(), browser("zhao")
    assert "批复.pdf" in zhao.get(reverse("file", args=[file.public_id])).content.decode()
    page = zhao.get(reverse("file-page", args=[file.public_id, 2]))
    assert page["Content-Type"] == "image/png"
    assert zhao.get(reverse("file-page", args=[file.public_id, 3])).status_code == 404
    given = zhao.get(reverse("file-download", args=[file.public_id]))
    assert b"".join(given.streaming_content).startswith(b"%PDF")
    assert given["Content-Disposition"].startswith("attachment")
    assert "sandbox" in given["Content-Security-Policy"]
    assert "no-store" in given["Cache-Control"]
    for name, more in (("file", []), ("file-page", [1]), ("file-download", [])):
        where = reverse(name, args=[file.public_id, *more])
        assert browser("wang").get(where).status_code == 404, name


def test_their_own_file_is_taken_away_and_given_out_no_more(hindered, browser):
    run, shi = assigned(hindered).run, browser("shi")
    add(shi, run, upload("误传.pdf", pdf()))
    file = run.attachments.get()
    answer = shi.post(reverse("file-withdraw", args=[file.public_id]), headers=HTMX)
    assert "<del" in answer.content.decode()
    assert shi.get(reverse("file-download", args=[file.public_id])).status_code == 404
    assert "took a file away" in sheet(shi, run)


def test_an_obstacle_is_raised_with_its_photographs(hindered, browser):
    project, chen = hindered.project(), browser("chen")
    where = reverse("obstacle-new", args=[project.public_id])
    assert 'capture="environment"' in chen.get(where).content.decode()
    typed = {"kind": "utilities/水", "title": "自来水未接入"}
    answer = chen.post(where, typed | {"file": [upload("一.jpg", picture()), upload("二.pdf", pdf())]})
    assert answer.status_code == 302
    run = Obstacle.objects.get(title="自来水未接入").run
    assert [file.name for file in run.attachments.all()] == ["一.jpg", "二.pdf"]
    refused = chen.post(where, typed | {"title": "坏的", "file": [upload("三.exe", b"MZ")]})
    assert refused.status_code == 422
    assert not Obstacle.objects.filter(title="坏的").exists()


def test_what_is_owed_is_handed_in_with_files_and_the_paper_names_their_hash(district, browser):
    owe(district)
    obligations.open_due(now=datetime(2023, 2, 1, 1, tzinfo=UTC), since=date(2023, 1, 1))
    run = Assignment.objects.get(post=district.posts["lin"], status="open").run
    lin = browser("lin")
    assert add(lin, run, upload("月报附表.pdf", pdf())).status_code == 302
    file = run.attachments.get()
    paper = lin.get(reverse("sheet-pdf", args=[run.public_id])).content
    text = "".join(page.get_textpage().get_text_range() for page in pdfium.PdfDocument(paper))
    plain = re.sub(r"\W", "", text)
    assert "月报附表" in plain
    assert file.sha256 in plain
    assert cost(lin, run) <= MOST


def test_a_sheet_with_twenty_files_costs_what_one_without_does(hindered, browser):
    obstacle = raised(hindered)
    for name in ("gao", "zhao", "chen"):
        run, client = obstacle.run, browser(name)
        before = cost(client, run)
        chen, step = hindered.users["chen"], run.task_set.filter(policy__isnull=False).first()
        for number in range(6):
            Attachment.objects.create(
                run=run, step=step, name=f"{number}.pdf", stored_as=f"{name}-{number}", uploaded_by=chen,
                content_type="application/pdf", size=1, sha256="0" * 64, uploaded=hindered.now,
            )  # fmt: skip
        assert cost(client, run) == before <= MOST, name
    assigned(hindered, sorted_(hindered, obstacle))
    assert cost(browser("shi"), obstacle.run) <= MOST
