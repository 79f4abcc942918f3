"""Letting people know: copies, confirmations, urging, and that a task has been opened."""

from datetime import timedelta

from flows.engine import operations as engine
from flows.engine.models import Copy
from flows.journal.models import Entry
from tests.support.scene import WHY, drafted, leave, policy, refused, stands_in, submitted, verified


def copy(scene, name, *posts):
    return scene.govern(engine.copy_to, name, scene.posts(*posts))


def urge(scene, name):
    return scene.govern(engine.urge, name)


def mark(scene, name):
    return scene.govern(engine.mark_opened, name)


# --- copies ---


def test_a_copy_goes_to_a_person_once_and_nobody_waits_for_it(crowd):
    scene = submitted(crowd)
    copy(scene, "chen", "du", "wang")
    copy(scene, "lin", "du", "ke")
    assert scene.told("du") == ["run.copied"]
    copies = Copy.objects.filter(run=scene.run)
    assert set(copies.values_list("user__name", "sent_by__name")) == {
        ("Du", "Chen"), ("Wang", "Chen"), ("Ke", "Lin"),
    }  # fmt: skip
    entry = scene.entry("run.copied_to")
    assert entry.facts["posts"] == [crowd.posts["ke"].name, crowd.posts["du"].name]
    assert scene.stands() == {"lin": "open"}


def test_who_sees_nothing_of_it_copies_nothing_and_nobody_is_made_up(crowd):
    scene = submitted(crowd)
    leave(crowd, "tao")
    for name in ("wang", "wu", "xi"):
        refused("not-involved", copy, scene, name, "du")
    refused("no-such-post", copy, scene, "chen")
    refused("no-such-post", scene.govern, engine.copy_to, "chen", [10**9])
    refused("post-empty", copy, scene, "chen", "du", "tao")


def test_a_finished_matter_is_still_sent_for_information(crowd):
    scene = verified(crowd).signed("zhao", "qian")
    copy(scene, "chen", "du")
    assert scene.told("du") == ["run.copied"]


def test_a_reader_confirms_once_and_the_time_is_kept(crowd):
    scene = submitted(crowd)
    copy(scene, "chen", "du")
    refused("not-copied", scene.govern, engine.acknowledge, "wang")
    scene.govern(engine.acknowledge, "du")
    assert Copy.objects.get(run=scene.run, user=crowd.users["du"]).acknowledged == crowd.now
    assert scene.entry("copy.acknowledged").actor == crowd.users["du"]
    when = crowd.now
    assert refused("acknowledged-already", scene.govern, engine.acknowledge, "du") == {"when": when}
    copy(scene, "chen", "wang")
    leave(crowd, "wang")
    refused("not-copied", scene.govern, engine.acknowledge, "wang")


# --- urging ---


def test_urging_is_counted_and_told_to_whoever_has_it_and_to_the_head_of_their_unit(crowd):
    scene = submitted(crowd)
    urge(scene, "chen")
    assert scene.told("lin") == ["step.todo", "step.urged"]
    assert scene.told("he") == ["step.urged_head"]
    assert (scene.step.urged, scene.step.urged_at) == (1, crowd.now)
    entry = scene.entry("run.urged")
    assert (entry.actor_post, entry.facts["times"]) == (crowd.posts["chen"].name, 1)
    assert entry.facts["posts"] == [crowd.posts["lin"].name]


def test_urging_again_waits_for_the_hours_the_policy_names(crowd):
    policy(crowd, "verify", urge_hours=4)
    scene = submitted(crowd)
    urge(scene, "chen")
    first = crowd.now
    told = refused("urged-just-now", urge, scene, "gao")
    assert told == {"when": first, "again": first + timedelta(hours=4)}
    crowd.now = first + timedelta(hours=4) - timedelta(minutes=8)
    refused("urged-just-now", urge, scene, "chen")
    crowd.now = first + timedelta(hours=4) - timedelta(minutes=7)
    urge(scene, "chen")
    assert scene.step.urged == 2


def test_who_signed_before_and_the_campaign_office_urge_as_well_and_strangers_do_not(crowd):
    policy(crowd, "approve", urge_hours=0)
    scene = verified(crowd)
    urge(scene, "lin")
    urge(scene, "gao")
    assert scene.entry("run.urged").actor_post == crowd.posts["gao"].name
    for name in ("wang", "zhao", "luo", "wu", "xi"):
        refused("not-involved", urge, scene, name)
    leave(crowd, "lin")
    refused("not-involved", urge, scene, "lin")


def test_nobody_urges_themselves(crowd):
    scene = drafted(crowd)
    refused("lies-with-you", urge, scene, "chen")
    other = verified(crowd).signed("zhao")
    urge(other, "zhao")
    assert (other.told("qian")[-1], other.told("zhao")[-1]) == ("step.urged", "step.todo")


def test_nothing_is_urged_that_is_over_or_stands_still(crowd):
    scene = submitted(crowd)
    scene.govern(engine.suspend, "gao", reason=WHY)
    refused("run-suspended", urge, scene, "chen")
    scene.govern(engine.resume, "gao")
    scene.govern(engine.withdraw, "chen", reason=WHY)
    refused("task-closed", urge, scene, "chen")


def test_a_substitute_is_urged_with_whom_they_stand_in_for(crowd):
    scene = submitted(crowd)
    stands_in(crowd, "luo", "lin")
    urge(scene, "chen")
    assert scene.told("luo") == ["step.urged"]


# --- opening ---


def test_opening_is_noted_once_for_whoever_it_waits_for_and_nothing_goes_on_record(crowd):
    scene = submitted(crowd)
    stands_in(crowd, "luo", "lin")
    entries = Entry.objects.count()
    assert [mark(scene, name) for name in ("wang", "chen", "he", "gao", "xi", "luo", "lin")] == [
        0, 0, 0, 0, 0, 1, 0,
    ]  # fmt: skip
    assert scene.share("lin").seen_at is not None
    assert Entry.objects.count() == entries


def test_what_waits_for_its_turn_or_is_closed_is_not_opened(crowd):
    policy(crowd, "approve", mode="sequential")
    scene = verified(crowd)
    assert [mark(scene, "qian"), mark(scene, "lin"), mark(scene, "zhao")] == [0, 0, 1]


def test_who_opened_a_task_handed_out_keeps_it_opened_until_it_is_laid_back(crowd):
    scene = submitted(crowd)
    mark(scene, "lin")
    scene.act(engine.claim, "luo", of="lin")
    assert scene.share("lin").seen_at is None
    assert mark(scene, "luo") == 1
    scene.act(engine.put_back, "luo", of="lin")
    assert scene.share("lin").seen_at is None
