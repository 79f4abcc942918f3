"""Pages of ledgers: what they show and to whom; a file on its way, a row that is there already, a day in the past."""

from datetime import timedelta

import pytest
from django.urls import reverse

from flows.ledgers.models import LedgerImport, LedgerRow
from flows.ledgers.operations import correct_row
from hetang_flow.lib import clock
from tests.support.apart import together
from tests.support.keeping import VISIT, kept, laid_down, visited

REASON = "金额经核对有误"


def page(client, name, *parts, **query):
    return client.get(reverse(name, args=parts), query)


def waiting(district, *, since):
    laid = laid_down(district)
    return LedgerImport.objects.filter(pk=laid.pk).update(state="waiting", uploaded=clock.now() - since)


def test_a_file_that_is_read_says_how_far_it_is(district, browser):
    waiting(district, since=timedelta(seconds=5))
    laid = LedgerImport.objects.get()
    LedgerImport.objects.update(done=420, total=1000)
    said = page(browser("chen"), "ledger-import", laid.public_id).content.decode()
    assert 'value="42"' in said
    assert f'hx-get="{reverse("ledger-import", args=[laid.public_id])}"' in said


def test_a_file_that_waits_too_long_says_so_and_is_not_asked_for_again(district, browser):
    waiting(district, since=timedelta(minutes=6))
    laid = LedgerImport.objects.get()
    said = page(browser("chen"), "ledger-import", laid.public_id).content.decode()
    assert "unusually long" in said
    assert f'hx-get="{reverse("ledger-import", args=[laid.public_id])}"' not in said
    assert reverse("ledger-upload", args=[laid.code]) in said


def test_a_look_says_what_is_there_already_and_what_is_empty(district, browser):
    client, first = browser("chen"), laid_down(district)
    client.post(reverse("ledger-take", args=[first.public_id]), {"rows": "all"})
    again = page(client, "ledger-import", laid_down(district).public_id).content.decode()
    assert "nothing to take in" in again
    assert 'name="rows"' not in again
    new = laid_down(district, ("省财政厅", "2023-05-09", "是"), ("省教育厅", "2023-05-09", "是"))
    said = page(client, "ledger-import", new.public_id).content.decode()
    assert "Rows that are there already" in said
    assert 'name="rows" value="all"' in said
    empty = laid_down(district, ("", "", ""))
    assert "has no rows" in page(client, "ledger-import", empty.public_id).content.decode()


def test_files_are_found_again_by_who_sent_them(district, browser):
    laid = laid_down(district)
    address = reverse("ledger-import", args=[laid.public_id])
    assert address in page(browser("chen"), "ledger-upload", laid.code).content.decode()
    assert address not in page(browser("bai"), "ledger-upload", laid.code).content.decode()


def test_a_row_pressed_twice_shows_the_one_that_is_there(district, browser):
    row = visited(district)
    answer = browser("chen").post(reverse("ledger-new", args=[kept(district).code]), VISIT)
    assert answer.status_code == 409
    said = answer.content.decode()
    assert reverse("ledger-row", args=[row.row]) in said
    assert VISIT["visited"] in said, "what was typed is not lost"
    assert LedgerRow.objects.count() == 1


def test_a_wrong_row_names_every_cell_and_keeps_what_was_typed(district, browser):
    client, code = browser("chen"), kept(district).code
    answer = client.post(reverse("ledger-new", args=[code]), VISIT | {"head": "", "money": "许多"})
    assert answer.status_code == 422
    assert answer.content.decode().count('class="ht-error"') == 2
    assert "许多" in answer.content.decode()
    assert not LedgerRow.objects.exists()


def test_a_ledger_shows_stages_quota_and_the_day_it_is_read_for(district, browser):
    row = visited(district, **{"granted-on": "2023-05-20", "granted": "70.5"})
    client, code = browser("zhao"), kept(district).code
    said = page(client, "ledger", code).content.decode()
    assert "70.5" in said
    assert "0/2" in said, "one unit of the line has done nothing this quarter"
    assert "1,200.5" in said
    correct_row(
        row.row, VISIT | {"money": "900"}, version=1, reason=REASON, by=district.actor("chen"), now=clock.now()
    )  # fmt: skip
    assert "1,200.5" not in page(client, "ledger", code).content.decode()
    assert "1,200.5" in page(client, "ledger", code, on="2023-06-02", then="1").content.decode()
    assert "1,200.5" not in page(client, "ledger", code, on="2023-06-02").content.decode()
    assert page(client, "ledger", code, on="2023-05-01").context["page"].count == 0


def test_what_is_taken_out_is_what_the_page_was_narrowed_to(district, browser):
    visited(district)
    client, code = browser("chen"), kept(district).code
    said = page(client, "ledger", code, q="发展", mine="1", on="2023-05-31").content.decode()
    for name, value in (("q", "发展"), ("mine", "1"), ("on", "2023-05-31")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in said


def test_a_withdrawal_without_a_reason_is_refused(district, browser):
    row = visited(district)
    words = {"version": "1", "reason": " "}
    assert browser("chen").post(reverse("ledger-withdraw", args=[row.row]), words).status_code == 422
    assert LedgerRow.objects.count() == 1


@pytest.mark.parametrize("name", ["ledgers", "ledger", "ledger-new"])
def test_an_administrator_finds_no_ledger(district, browser, name):
    parts = () if name == "ledgers" else (kept(district).code,)
    district.users["wang"].administrator = "system"
    with together():
        district.users["wang"].save()
    answer = page(browser("wang"), name, *parts)
    assert answer.status_code == (200 if name == "ledgers" else 404)
    assert kept(district).name not in answer.content.decode()
