"""The seals on pages and papers: the audit administrator reads them, every paper and list bears the newest."""

import json
import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from flows.engine import typesetting
from flows.journal import operations, verifier
from flows.journal.models import Entry, RecordCheck
from flows.journal.operations_checks import check_record
from flows.journal.sealing import seal_record
from hetang_flow.lib import clock
from permissions.actors import SYSTEM
from permissions.models import User
from tests.operations.test_journal import EDIT, as_owner
from tests.screens.test_papers import pages, plain

SEALS = "record-seals"


@pytest.fixture
def shen(district):
    """The audit administrator."""
    district.users["shen"] = User.objects.create(
        username="shen", name="Shen", administrator="audit", is_demo=True
    )
    return district.users["shen"]


@pytest.fixture
def sealed(district):
    district.submitted()
    return [seal_record(now=clock.now() - timedelta(days=days)) for days in (4, 1, 0)]


def test_before_the_first_seal_the_page_says_when_it_comes(browser, shen):
    answer = browser("shen").get(reverse(SEALS))
    assert answer.status_code == 200
    said = answer.content.decode()
    assert "No seal has been made yet" in said
    assert "has not been looked at yet" in said


def test_the_seals_stand_there_with_what_the_last_look_found(browser, shen, sealed):
    check_record(now=clock.now())
    said = browser("shen").get(reverse(SEALS)).content.decode()
    assert all(seal.code in said for seal in sealed)
    assert "the whole record is as it was written" in said
    assert "2 days among these have no seal of their own" in said


def test_a_broken_record_is_told_without_anything_it_says(browser, shen, sealed):
    as_owner(EDIT.format("kind = 'x'"))
    check_record(now=clock.now())
    said = browser("shen").get(reverse(SEALS)).content.decode()
    assert "the record is not what was written" in said
    assert "[edited]" in said
    assert not RecordCheck.objects.get().holds


def test_the_page_counts_nothing_that_would_tell_of_what_is_hidden(browser, shen, sealed):
    plainly = browser("shen").get(reverse(SEALS)).content.decode()
    case = operations.open_chain("case", "演示")
    now = clock.now()
    operations.record("case.opened", chain_id=case.pk, by=SYSTEM, happened=now, now=now)
    token = re.compile(r"[A-Za-z0-9]{64}(?=\")")
    again = browser("shen").get(reverse(SEALS)).content.decode()
    assert token.sub("", again) == token.sub("", plainly)
    taken = json.loads(browser("shen").post(reverse("record-seals-export")).content)
    assert set(taken["seals"][0]) == {"number", "day", "made_at", "previous", "root", "hash", "code"}


def test_taking_the_seals_out_is_recorded_with_the_hash_of_the_file(browser, shen, sealed):
    answer = browser("shen").post(reverse("record-seals-export"))
    assert answer["Cache-Control"] == "private, no-store"
    assert verifier.codes_in(answer.content.decode()) == [seal.code for seal in reversed(sealed)]
    entry = Entry.objects.filter(kind="list.exported").get()
    assert (entry.actor, len(entry.facts["sha256"])) == (shen, 64)


def test_a_paper_bears_the_newest_seal(browser, district):
    run = district.submitted().run
    where = reverse("sheet-pdf", args=[run.public_id])
    assert "Recordseal" not in "".join(pages(browser("chen").get(where).content))
    seal = seal_record(now=clock.now())
    card = reverse("project-card-pdf", args=[run.milestone.project.public_id])
    for paper in (where, card):
        for page in pages(browser("chen").get(paper).content):
            assert f"Recordseal{plain(seal.code)}of" in page, paper


def test_a_list_that_goes_out_bears_it_below_its_rows(browser, district):
    district.project()
    seal = seal_record(now=clock.now())
    data = browser("zhao").post(reverse("projects-export")).content
    rows = CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_index(0).to_python()
    assert seal.code in rows[-1][0]
    assert seal.code in typesetting.seal_line()
