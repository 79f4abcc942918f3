"""Several matters approved at once, each checked and decided by itself."""

from uuid import uuid4

import pytest

from flows.engine import operations as engine
from flows.journal.models import Entry
from hetang_flow.lib.errors import Invalid
from tests.support.scene import WHY, drafted, refused, submitted, verified


def tasks(*scenes, name="lin"):
    return [(scene.run.public_id, scene.share(name).pk) for scene in scenes]


def test_each_is_approved_and_one_that_cannot_be_leaves_the_others_alone(crowd):
    first, late, stopped, last = (submitted(crowd) for _ in range(4))
    late.signed("lin")
    stopped.govern(engine.suspend, "gao", reason=WHY)
    chosen = [*tasks(first, late, stopped), (uuid4(), 1), *tasks(last)]
    outcomes = engine.approve_many(chosen, by=crowd.actor("lin"), now=crowd.now, opinion="同意。")
    assert [outcome.code for outcome in outcomes] == [
        "", "already-decided", "run-suspended", "no-such-run", "",
    ]  # fmt: skip
    assert [outcome.approved for outcome in outcomes] == [True, False, False, False, True]
    assert [outcome.run_id for outcome in outcomes] == [run for run, _share in chosen]
    assert first.share("lin").opinion == "同意。" == last.share("lin").opinion
    assert (first.stands(), last.stands()) == ({"zhao": "open", "qian": "open"},) * 2
    assert stopped.stands() == {"lin": "open"}
    assert Entry.objects.filter(kind="share.approved").count() == 3


def test_what_is_not_mine_is_not_approved_in_bulk_either(crowd):
    leaders, desk, draft = verified(crowd), submitted(crowd), drafted(crowd)
    chosen = [*tasks(leaders, name="zhao"), *tasks(desk), *tasks(draft, name="chen")]
    outcomes = engine.approve_many(chosen, by=crowd.actor("wang"), now=crowd.now)
    assert {outcome.code for outcome in outcomes} == {"not-your-task"}
    outcomes = engine.approve_many(chosen, by=crowd.actor("xi"), now=crowd.now)
    assert {outcome.code for outcome in outcomes} == {"administrator"}
    outcomes = engine.approve_many(chosen[2:], by=crowd.actor("chen"), now=crowd.now)
    assert [outcome.code for outcome in outcomes] == ["nothing-to-decide"], (
        "work is handed in, not waved through"
    )


def test_the_same_one_chosen_twice_is_approved_once(crowd):
    scene = submitted(crowd)
    outcomes = engine.approve_many(tasks(scene, scene), by=crowd.actor("lin"), now=crowd.now)
    assert [outcome.code for outcome in outcomes] == [""]


def test_one_to_fifty_at_a_time(crowd):
    scene, lin = submitted(crowd), crowd.actor("lin")
    for chosen, code in (([], "nothing-chosen"), ([(uuid4(), n) for n in range(51)], "too-many-chosen")):
        with pytest.raises(Invalid) as refusal:
            engine.approve_many(chosen, by=lin, now=crowd.now)
        assert refusal.value.code == code
    fifty = [*tasks(scene), *((uuid4(), n) for n in range(49))]
    outcomes = engine.approve_many(fifty, by=lin, now=crowd.now)
    assert (len(outcomes), outcomes[0].approved) == (50, True)


def test_an_opinion_too_long_approves_nothing(crowd):
    scene = submitted(crowd)
    outcomes = engine.approve_many(tasks(scene), by=crowd.actor("lin"), now=crowd.now, opinion="同" * 501)
    assert [outcome.code for outcome in outcomes] == ["text-too-long"]
    assert scene.stands() == {"lin": "open"}
    refused("text-too-long", scene.act, engine.approve, "lin", opinion="同" * 501)
