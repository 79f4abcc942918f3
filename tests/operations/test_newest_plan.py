"""Of two plans of one year, every page shows the one that came last."""

import pytest

from flows.campaigns.models import CampaignLine, Plan
from flows.campaigns.selectors import newest_plan
from flows.journal.operations import open_chain
from flows.ledgers.importing import MONTHS, importer
from flows.obstacles.selectors_pages import plan_for
from flows.pool.selectors import lines_to_propose
from flows.targets.selectors_board import Filters, board
from flows.targets.selectors_line_plans import lines_for

pytestmark = pytest.mark.django_db


def another(district, year):
    old = district.plan
    plan = Plan.objects.create(
        code=f"{old.code}-{year}",
        year=year,
        title=f"再一份{year}",
        effective_from=old.effective_from,
        effective_until=old.effective_until,
        chain=open_chain("plan", f"{old.code}-{year}"),
    )
    CampaignLine.objects.create(plan=plan, code="again", name="再一线", order=1, clause="一")
    return plan


def test_no_plan_is_none(db):
    assert newest_plan() is None
    assert lines_to_propose() == []


def test_every_page_shows_the_same_one(district):
    another(district, district.plan.year - 1)
    assert newest_plan() == district.plan
    last = another(district, district.plan.year)
    lin, at = district.actor("lin"), district.now
    assert newest_plan() == last
    assert plan_for(lin) == last
    assert board(lin, at, Filters()).plan == last
    assert importer(MONTHS).plan == last
    assert [name for _key, name in lines_to_propose()] == ["再一线"]
    assert [row.line.plan_id for row in lines_for(lin, at)] == [last.pk]
