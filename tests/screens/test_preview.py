"""The preview as people see it: on the sheet when it is asked for, without scripts as a page, for those who see the run."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from flows.engine import operations as engine
from flows.engine.models import Run
from flows.engine.preview import ACTS, LOOK, preview
from hetang_flow.context_processors import DEMO_KEY
from permissions.models import Appointment
from tests.operations.test_preview import policy
from tests.screens.test_ceilings import REASON, spent, verified
from tests.support import cast
from tests.support.trial.flow import Parallel
from tests.support.trial.stage import begin

HTMX = {"HX-Request": "true"}


def text_of(browser, run, act="", **more):
    where = reverse("run-preview", args=[run.public_id]) + (f"?act={act}" if act else "")
    answer = browser.get(where, **more)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_sheet_offers_it_and_a_matter_that_is_over_does_not(district, browser):
    run = verified(district)
    where = reverse("run-preview", args=[run.public_id])
    sheet = reverse("sheet", args=[run.public_id])
    assert f'hx-get="{where}"' in browser("zhao").get(sheet).content.decode()
    for name in ("zhao", "qian"):
        engine.approve(run.public_id, district.share(run, name).pk, by=district.actor(name), now=district.now)
    assert where not in browser("zhao").get(sheet).content.decode()
    assert "The matter is over" in text_of(browser("zhao"), run)


def test_it_is_a_part_of_an_open_page_and_else_a_page_of_its_own(district, browser):
    run = verified(district)
    assert "<html" in text_of(browser("zhao"), run)
    part = text_of(browser("zhao"), run, headers=HTMX)
    assert "<html" not in part
    assert part.strip().startswith("<section")


def test_it_tells_who_is_asked_until_when_and_what_else_may_happen(district, browser):
    run = district.submitted().run
    told = text_of(browser("lin"), run)
    for words in (
        "Verify",
        "Lin",
        "Approve",
        "Zhao",
        "Qian",
        "everyone signs",
        "Move the project",
        "by the system",
    ):
        assert words in told
    assert "unless it is returned: back to “Submit evidence”, and a new round begins" in told.replace(
        "&ldquo;", "“"
    )
    assert told.index("Verify") < told.index("Approve") < told.index("Finished")


def test_an_act_is_imagined_on_ones_own_task(district, browser):
    run = verified(district)
    after = text_of(browser("qian"), run, "approve", headers=HTMX)
    assert "Zhao" in after
    assert district.posts["qian"].name not in after
    assert "Submit evidence" in text_of(browser("qian"), run, "return")
    assert "Once it is approved" in after
    assert "After a no" not in after, "one no ends it, as a return does"


def test_work_is_handed_in_and_never_refused(district, browser):
    told = text_of(browser("chen"), district.milestone().run)
    assert "Once it is handed in" in told
    assert "After a return" not in told


def test_an_empty_post_and_a_suspended_matter_are_said(district, browser):
    run = district.submitted().run
    Appointment.objects.filter(post=district.posts["zhao"]).update(until_day="2023-05-01")
    told = text_of(browser("lin"), run)
    assert f"It will wait here: nobody can sign for {district.posts['zhao'].name}." in told
    assert "nobody holds it" in told
    engine.suspend(run.public_id, by=district.actor("gao"), now=district.now, reason="等待上级批复意见")
    assert "what is still to come has no day" in text_of(browser("lin"), run)


def test_branches_carry_their_names(district, browser):
    trial = begin(district, Parallel).yes("chen")
    told = text_of(browser("lin"), trial.run)
    assert told.count('<span class="ht-tag line">发改部门初审</span>') == 2


@pytest.mark.parametrize("act", ["delete", "look", "1", "approve%00"])
def test_an_act_nobody_knows_is_a_plain_look(district, browser, act):
    told = text_of(browser("zhao"), verified(district), act)
    assert "Zhao" in told
    assert "Qian" in told


def test_looking_ahead_opens_nothing(district, browser):
    run = verified(district)
    text_of(browser("zhao"), run)
    assert district.share(run, "zhao").seen_at is None


# --- what it costs ---


def test_the_page_and_the_part_cost_a_constant_number(district, browser, django_capture_on_commit_callbacks):
    cache.set(DEMO_KEY, True, timeout=None)
    run = verified(district)
    client, where = browser("zhao"), reverse("run-preview", args=[run.public_id])

    def cost(headers):
        client.get(where, headers=headers)
        return spent(lambda: client.get(where, headers=headers), django_capture_on_commit_callbacks)[0]

    before = cost({}), cost(HTMX)
    for _round in range(3):
        share = district.share(run, "zhao")
        engine.return_to_initiator(
            run.public_id, share.pk, by=district.actor("zhao"), now=cast.NOW, reason=REASON
        )
        engine.complete(
            run.public_id, district.share(run, "chen").pk, by=district.actor("chen"), now=cast.NOW
        )
        engine.approve(run.public_id, district.share(run, "lin").pk, by=district.actor("lin"), now=cast.NOW)
    # session, account, posts, run, shares, steps, holders, names, log; the page's frame counts once more
    assert before == (cost({}), cost(HTMX)) == (10, 9)


def test_on_top_of_a_sheet_it_costs_at_most_twelve_whatever_is_imagined(district):
    policy("milestone.verify", recuse=["project.served_units"], on_empty="admin")
    policy(
        "milestone.approve", alternate=district.posts["ma"], on_empty="named", stand_in=district.posts["ke"]
    )
    Appointment.objects.filter(post__in=[district.posts["lin"], district.posts["zhao"]]).update(
        until_day="2023-05-01"
    )
    run = district.milestone().run
    for act in (LOOK, *ACTS):
        preview(Run.objects.get(pk=run.pk), at=cast.NOW, act=act)
        with CaptureQueriesContext(connection) as seen:
            preview(Run.objects.get(pk=run.pk), at=cast.NOW, act=act)
        assert len(seen) - 1 <= 12, [query["sql"][:100] for query in seen.captured_queries]
