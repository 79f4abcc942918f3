"""Versions of the ladder: from the plan file, or proposed by one office and published by another person."""

from datetime import date

import pytest

from flows.journal.models import Entry
from flows.supervision import operations_ladder as ladders
from flows.supervision.models import Item, Ladder
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from tests.support import supervised
from tests.support.supervised import WHY, late_task, swept

DAY = date(2023, 6, 1)


@pytest.fixture
def watched(district):
    return supervised.prepare(district)


def proposed(district, by="gao", reason=WHY, **changes):
    words = {"reason": reason, "by": district.actor(by), "now": district.now}
    return ladders.propose_ladder(district.plan.code, supervised.body(**changes), **words)


def published(district, made, by="ma"):
    return ladders.publish_ladder(made.pk, from_day=DAY, by=district.actor(by), now=district.now)


def test_one_office_proposes_and_a_person_of_another_publishes(watched):
    made = proposed(watched, word="新督")
    assert (made.version, made.state) == (2, "draft")
    published(watched, made)
    assert dict(Ladder.objects.values_list("version", "state")) == {1: "replaced", 2: "published"}
    entries = Entry.objects.filter(kind__startswith="ladder.").order_by("pk")
    kinds = list(entries.values_list("kind", flat=True))
    assert kinds == ["ladder.proposed", "ladder.published"]


def test_what_is_supervised_keeps_the_version_it_was_opened_under(watched):
    late_task(watched, date(2023, 6, 8))
    swept(date(2023, 6, 9))
    published(watched, proposed(watched, word="新督"))
    late_task(watched, date(2023, 6, 8))
    swept(date(2023, 6, 12))
    assert sorted(Item.objects.values_list("ladder__version", flat=True)) == [1, 2]


def test_others_do_not_and_nobody_publishes_their_own(watched):
    with pytest.raises(NotAllowed, match="not-campaign-office"):
        proposed(watched, by="ma")
    with pytest.raises(Invalid, match="reason-too-short"):
        proposed(watched, reason="改")
    supervised.scene_appoint(watched, "gao", "fei")
    made = proposed(watched)
    with pytest.raises(NotAllowed, match="own-submission"):
        published(watched, made, by="gao")
    with pytest.raises(NotAllowed, match="not-headquarters"):
        published(watched, made, by="han")
    with pytest.raises(WrongState, match="ladder-proposed-already"):
        proposed(watched)


def test_a_proposal_is_dropped_or_published_once(watched):
    made = proposed(watched)
    words = {"reason": WHY, "now": watched.now}
    with pytest.raises(NotAllowed, match="not-headquarters"):
        ladders.drop_ladder(made.pk, by=watched.actor("lin"), **words)
    ladders.drop_ladder(made.pk, by=watched.actor("fei"), **words)
    with pytest.raises(WrongState, match="ladder-decided"):
        published(watched, made)
    with pytest.raises(NotFound):
        ladders.publish_ladder(0, from_day=DAY, by=watched.actor("ma"), now=watched.now)
    assert Ladder.objects.get(plan=watched.plan, state="published").version == 1


def test_a_ladder_with_faults_is_not_even_proposed(watched):
    rungs = supervised.body()["rungs"]
    rungs[5]["confirm"] = None
    with pytest.raises(Invalid, match="ladder-faulty") as refused:
        proposed(watched, rungs=rungs)
    assert refused.value.facts["fault"] == "confirmer-missing"
    with pytest.raises(Invalid, match="ladder-unreadable"):
        proposed(watched, rungs=[{"code": "x"}])
    with pytest.raises(NotFound):
        ladders.propose_ladder(
            "nowhere", supervised.body(), reason=WHY, by=watched.actor("gao"), now=watched.now
        )
