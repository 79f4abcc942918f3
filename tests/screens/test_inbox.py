"""The inbox and the approval sheet, as the cast sees them."""

import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from flows.campaigns.models import LineUnit
from flows.engine import operations as engine
from flows.engine import selectors
from flows.engine.actions import ACTIONS
from flows.engine.diagrams import states_of
from flows.engine.models import Assignment
from flows.engine.selectors_sheet import sheet
from flows.journal.models import Entry
from hetang_flow.lib.clock import district_day
from permissions.models import Appointment

HTMX = {"HX-Request": "true"}
MAIN = 'class="btn btn-primary main"'


def address(run, name="sheet"):
    return reverse(name, args=[run.public_id])


def without_token(answer):
    return re.sub(r'"X-CSRFToken": "[^"]*"', "", answer.content.decode())


def verified(district):
    """A milestone that lies with the two contact leaders."""
    run = district.submitted().run
    engine.approve(
        run.public_id,
        district.share(run, "lin").pk,
        by=district.actor("lin"),
        now=district.now,
        opinion="属实。",
    )
    return run


def titles(district, name, which=selectors.todo):
    at = datetime.now(UTC)
    return [row.title for row in which(district.actor(name, at), at).rows]


# --- the lists ---


def test_a_task_waits_for_the_desk_asked_and_for_nobody_else(district, browser):
    run = district.submitted().run
    assert titles(district, "lin") == [run.title]
    assert all(titles(district, name) == [] for name in ("chen", "bai", "luo", "zhao", "wang", "sun"))
    page = browser("lin").get(reverse("inbox")).content.decode()
    assert page.count('class="ht-todo"') == 1
    assert 'data-todo="1"' in page


def test_what_was_handed_out_waits_for_the_colleague_and_not_for_the_desk(district):
    run = district.submitted().run
    share = district.share(run, "lin")
    engine.hand_out(
        run.public_id,
        share.pk,
        to_user_id=district.users["luo"].pk,
        by=district.actor("lin"),
        now=district.now,
    )
    assert titles(district, "luo") == [run.title]
    assert titles(district, "lin") == []


def test_a_task_handed_to_somebody_who_left_lies_with_the_desk_again(district):
    run = district.submitted().run
    share = district.share(run, "lin")
    engine.hand_out(
        run.public_id,
        share.pk,
        to_user_id=district.users["luo"].pk,
        by=district.actor("lin"),
        now=district.now,
    )
    Appointment.objects.filter(post=district.posts["luo"]).update(until_day=district_day(district.now))
    assert titles(district, "luo") == []
    assert titles(district, "lin") == [run.title]


def test_done_mine_and_copied_hold_what_their_names_say(district):
    run = verified(district)
    assert titles(district, "lin", selectors.done) == [run.title]
    assert titles(district, "chen", selectors.mine) == [run.title]
    assert titles(district, "sun", selectors.copied) == [run.title]
    assert titles(district, "zhao", selectors.done) == titles(district, "zhao", selectors.mine) == []
    at = datetime.now(UTC)
    assert selectors.counts(district.actor("zhao", at), at) == {
        "todo": 1,
        "pool": 0,
        "done": 0,
        "mine": 0,
        "copied": 0,
        "upto": 1,
    }


def test_started_by_me_names_who_has_it(district):
    verified(district)
    at = datetime.now(UTC)
    row = selectors.mine(district.actor("chen", at), at).rows[0]
    assert row.waiting == ("leadership leader zhao", "leadership leader qian")
    assert row.days > 0


def test_a_search_finds_by_name_number_or_unit(district):
    first, _second = district.submitted().run, district.submitted().run
    at = datetime.now(UTC)
    lin = district.actor("lin", at)
    assert len(selectors.todo(lin, at).rows) == 2
    assert [row.run_id for row in selectors.todo(lin, at, first.code).rows] == [first.public_id]
    assert len(selectors.todo(lin, at, "serving-a").rows) == 2
    assert selectors.todo(lin, at, "nothing of the kind").rows == []


def test_a_row_stops_being_new_once_its_sheet_was_opened(district, browser):
    run = district.submitted().run
    lin = browser("lin")
    assert "ht-unread" in lin.get(reverse("inbox")).content.decode()
    lin.get(address(run))
    assert "ht-unread" not in lin.get(reverse("inbox")).content.decode()


def test_who_holds_two_posts_is_told_in_which_one_each_task_comes(district, browser):
    run = district.submitted().run
    assert "in the capacity" not in browser("lin").get(address(run)).content.decode()
    Appointment.objects.create(
        post=district.posts["luo"], user=district.users["lin"], from_day=district_day(district.now)
    )
    page = browser("lin").get(reverse("inbox")).content.decode()
    assert "as <b>leading desk lin</b>" in page
    assert "as <b>leading desk lin</b>" in browser("lin").get(address(run)).content.decode()


# --- who sees a run ---


def test_a_stranger_gets_the_same_answer_as_for_a_run_that_does_not_exist(district, browser):
    run = district.submitted().run
    wang = browser("wang")
    foreign, absent = wang.get(address(run)), wang.get(reverse("sheet", args=[uuid4()]))
    assert foreign.status_code == absent.status_code == 404
    assert without_token(foreign) == without_token(absent)
    assert wang.get(address(run, "run-diagram")).status_code == 404


def test_initiator_signers_and_readers_see_the_run(district, browser):
    run = verified(district)
    for name in ("chen", "lin", "zhao", "qian", "sun"):
        assert browser(name).get(address(run)).status_code == 200, name


def test_an_appointment_that_ends_takes_its_view_away_at_once(district, browser):
    run = verified(district)
    zhao = browser("zhao")
    assert zhao.get(address(run)).status_code == 200
    Appointment.objects.filter(post=district.posts["zhao"]).update(until_day=district_day(district.now))
    assert zhao.get(address(run)).status_code == 404
    assert titles(district, "zhao") == []


# --- deciding ---


def test_a_leader_approves_with_a_plain_form_and_sees_where_it_is(district, browser):
    run = verified(district)
    share = district.share(run, "zhao")
    zhao = browser("zhao")
    answer = zhao.post(
        address(run, "work-approve"), {"assignment": share.pk, "opinion": "同意。"}, follow=True
    )
    assert answer.redirect_chain == [(address(run), 302)]
    page = answer.content.decode()
    assert "Now with leadership leader qian" in page
    assert "同意。" in page
    assert district.share(run, "zhao", "approved").opinion == "同意。"


def test_an_open_page_is_told_and_fetches_its_sheet_anew(district, browser):
    run = verified(district)
    share = district.share(run, "zhao")
    answer = browser("zhao").post(address(run, "work-approve"), {"assignment": share.pk}, headers=HTMX)
    assert answer.status_code == 200
    assert answer["HX-Trigger"] == "notices, sheet-changed"
    assert answer["HX-Retarget"] == "#toasts"
    assert "Now with leadership leader qian" in answer.content.decode()


def test_the_last_signature_says_that_the_matter_is_completed(district, browser):
    run = verified(district)
    for name in ("zhao", "qian"):
        share = district.share(run, name)
        answer = browser(name).post(address(run, "work-approve"), {"assignment": share.pk}, headers=HTMX)
    assert "The matter is completed" in answer.content.decode()
    page = browser("qian").get(address(run)).content.decode()
    assert MAIN not in page
    assert address(run, "work-return") not in page


def test_a_second_press_is_told_who_and_when_and_loses_no_words(district, browser):
    run = verified(district)
    share = district.share(run, "zhao")
    zhao = browser("zhao")
    zhao.post(address(run, "work-approve"), {"assignment": share.pk})
    words = {"assignment": share.pk, "opinion": "另一个窗口的意见"}
    plain = zhao.post(address(run, "work-approve"), words)
    assert plain.status_code == 409
    assert "leadership leader zhao" in plain.content.decode()
    assert "另一个窗口的意见" in plain.content.decode()
    inside = zhao.post(address(run, "work-approve"), words, headers=HTMX)
    assert inside.status_code == 409
    assert inside["HX-Retarget"] == "#toasts"
    assert address(run) in inside.content.decode()


@pytest.mark.parametrize("reason", ["", "太短", "     ab     "])
def test_a_return_without_a_reason_is_refused_and_writes_nothing(district, browser, reason):
    run = verified(district)
    share = district.share(run, "zhao")
    answer = browser("zhao").post(address(run, "work-return"), {"assignment": share.pk, "reason": reason})
    assert answer.status_code == 422
    share.refresh_from_db()
    assert share.status == Assignment.Status.OPEN


def test_a_return_comes_back_to_the_officer_with_its_reason(district, browser):
    run = verified(district)
    share = district.share(run, "zhao")
    words = {"assignment": share.pk, "reason": "未附签章页，请补正后重报。"}
    assert browser("zhao").post(address(run, "work-return"), words).status_code == 302
    assert titles(district, "chen") == [run.title]
    page = browser("chen").get(address(run)).content.decode()
    assert "未附签章页，请补正后重报。" in page
    assert "Round 2" in page


def test_done_by_somebody_else_is_never_shown_as_a_consent(district, browser):
    LineUnit.objects.create(
        line=district.line, organisation=district.units["coordinating"], role="lead", order=2
    )
    run = verified(district)
    at = datetime.now(UTC)
    found = sheet(run.public_id, district.actor("ke", at), at)
    assert found.task is None
    assert district.share(run, "ke", "moot")
    told = [event for event in found.rounds[0].events if "ke" in event.who]
    assert told == []
    page = browser("ke").get(address(run)).content.decode()
    assert MAIN not in page
    assert "Done by somebody else: leading desk lin" in page


def test_nobody_decides_what_they_submitted_and_the_sheet_says_why(district, browser):
    run = district.submitted().run
    Appointment.objects.create(
        post=district.posts["lin"], user=district.users["chen"], from_day=district_day(district.now)
    )
    page = browser("chen").get(address(run)).content.decode()
    assert "You submitted this yourself" in page
    assert MAIN not in page
    share = district.share(run, "lin")
    answer = browser("chen").post(address(run, "work-approve"), {"assignment": share.pk})
    assert answer.status_code == 403


def test_the_initiator_withdraws_until_somebody_has_signed(district, browser):
    run = district.submitted().run
    assert address(run, "work-withdraw") in browser("chen").get(address(run)).content.decode()
    other = verified(district)
    late = browser("chen").post(address(other, "work-withdraw"), {"reason": "填报数据有误，重新整理。"})
    assert late.status_code == 409
    done = browser("chen").post(address(run, "work-withdraw"), {"reason": "填报数据有误，重新整理。"})
    assert done.status_code == 302
    run.refresh_from_db()
    assert run.outcome == "withdrawn"


def test_the_desk_hands_out_only_to_colleagues(district, browser):
    run = district.submitted().run
    share = district.share(run, "lin")
    lin = browser("lin")
    assert address(run, "work-hand-out") in lin.get(address(run)).content.decode()
    assert "Luo" in lin.get(address(run, "work-hand-out")).content.decode()
    words = {"assignment": share.pk, "to_user": district.users["wang"].pk}
    assert lin.post(address(run, "work-hand-out"), words).status_code == 403
    words["to_user"] = district.users["luo"].pk
    assert lin.post(address(run, "work-hand-out"), words).status_code == 302
    assert titles(district, "luo") == [run.title]


@pytest.mark.parametrize("name", [action.url_name for action in ACTIONS if action.asks])
def test_a_form_that_cannot_be_read_is_refused_and_a_look_changes_nothing(district, browser, name):
    run = verified(district)
    zhao = browser("zhao")
    known = Entry.objects.count()
    assert zhao.get(address(run, name)).status_code == 200
    assert Entry.objects.count() == known
    answer = zhao.post(
        address(run, name),
        {"assignment": "x", "to_user": "x", "posts": "x", "post": "", "opinion": "字" * 501},
    )
    assert answer.status_code == 422


# --- the picture ---


def test_the_picture_is_coloured_by_the_latest_step_also_after_a_return(district, browser):
    run = verified(district)
    share = district.share(run, "zhao")
    engine.return_to_initiator(
        run.public_id, share.pk, by=district.actor("zhao"), now=district.now, reason="未附签章页，请补正。"
    )
    states = states_of(run)
    assert (states["submit"], states["verify"], states["approve"]) == ("now", "done", "back")
    answer = browser("chen").get(address(run, "run-diagram"))
    assert answer["Content-Type"] == "image/svg+xml"
    assert b"<style" not in answer.content and b"style=" not in answer.content


# --- what a page costs ---


def cost(client, where, **more):
    with CaptureQueriesContext(connection) as seen:
        assert client.get(where, **more).status_code == 200
    return len(seen.captured_queries), [query["sql"][:140] for query in seen.captured_queries]


@pytest.mark.parametrize("tab", ["todo", "done", "mine", "copied"])
def test_a_list_costs_the_same_with_few_and_with_many(district, browser, tab):
    zhao, where = browser("zhao"), f"{reverse('inbox')}?tab={tab}"
    verified(district)
    zhao.get(where)
    few, statements = cost(zhao, where)
    for _more in range(6):
        verified(district)
    many, statements = cost(zhao, where)
    assert few == many <= 12, statements


def test_a_sheet_costs_at_most_twelve_statements(district, browser):
    run = verified(district)
    zhao = browser("zhao")
    zhao.get(address(run))
    spent, statements = cost(zhao, address(run))
    assert spent <= 12, statements


def test_the_whole_approval_costs_at_most_eighteen_statements(district, browser):
    run = verified(district)
    share = district.share(run, "zhao")
    zhao = browser("zhao")
    zhao.get(address(run))
    with CaptureQueriesContext(connection) as seen:
        answer = zhao.post(address(run, "work-approve"), {"assignment": share.pk}, headers=HTMX)
    assert answer.status_code == 200
    framed = ("SAVEPOINT", "RELEASE SAVEPOINT")
    spent = [query["sql"][:120] for query in seen.captured_queries if not query["sql"].startswith(framed)]
    assert len(spent) <= 18, spent
