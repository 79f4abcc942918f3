"""Inside a unit: the desk hands a task out, a colleague takes one or lays it back."""

from flows.engine import operations as engine
from flows.engine.models import Assignment
from tests.support.scene import WHY, Scene, appoint, leave, policy, refused, stands_in, submitted, verified


def hand_out(scene, name, to, of="lin"):
    return scene.act(engine.hand_out, name, to_user_id=scene.district.users[to].pk, of=of)


def claim(scene, name, of="lin"):
    return scene.act(engine.claim, name, of=of)


def put_back(scene, name, of="lin"):
    return scene.act(engine.put_back, name, of=of)


def holder(scene, of="lin"):
    person = scene.share(of).handed_to
    return person.name if person else ""


def test_the_desk_hands_out_and_the_colleague_signs_in_their_own_post(crowd):
    scene = submitted(crowd)
    hand_out(scene, "lin", "luo")
    assert (holder(scene), scene.told("luo")) == ("Luo", ["step.handed_out"])
    entry = scene.entry("step.handed_out")
    assert (entry.actor_post, entry.facts["to"]) == (crowd.posts["lin"].name, crowd.users["luo"].pk)
    scene.act(engine.approve, "luo", of="lin")
    assert scene.entry("share.approved").actor_post == crowd.posts["luo"].name


def test_only_the_desk_hands_out_and_only_inside_the_unit(crowd):
    scene = submitted(crowd)
    refused("not-your-task", hand_out, scene, "luo", "he")
    refused("not-a-colleague", hand_out, scene, "lin", "wang")
    refused("not-a-colleague", hand_out, scene, "lin", "wu")
    scene.signed("lin")
    refused("already-decided", hand_out, scene, "lin", "luo")
    refused("only-the-desk-hands-out", hand_out, scene, "zhao", "qian", of="zhao")


def test_whoever_stands_in_for_the_desk_hands_out_in_its_name_and_lays_back(crowd):
    scene = submitted(crowd)
    stands_in(crowd, "he", "lin")
    hand_out(scene, "he", "luo")
    entry = scene.entry("step.handed_out")
    assert (entry.actor_post, entry.on_behalf_of) == (crowd.posts["he"].name, crowd.users["lin"])
    put_back(scene, "he")
    assert holder(scene) == ""


def test_nothing_is_handed_to_who_submitted_signed_elsewhere_or_has_to_stand_aside(crowd):
    scene = submitted(crowd)
    appoint(crowd, "chen", "luo")
    refused("colleague-submitted", hand_out, scene, "lin", "chen")
    policy(crowd, "verify", recuse=["project.served_units"])
    appoint(crowd, "du", "luo")
    refused("colleague-recused", hand_out, scene, "lin", "du")
    other = verified(crowd)
    other.act(engine.add_signers, "zhao", other.posts("ke"), turn="before", why=WHY)
    appoint(crowd, "lin", "ke")
    refused("colleague-signed", hand_out, other, "ke", "lin", of="ke")


def test_work_at_a_desk_may_go_to_a_colleague_who_handed_it_in_before(crowd):
    """Nothing is judged there; after a return the officer who wrote it writes it again."""
    milestone = crowd.milestone(by="bai")
    crowd.submit(milestone, by="bai")
    scene = Scene(crowd, milestone).back("lin")
    hand_out(scene, "bai", "chen", of="bai")
    crowd.submit(milestone, by="chen")
    scene.back("lin")
    hand_out(scene, "bai", "chen", of="bai")
    assert holder(scene, "bai") == "Chen"


def test_a_colleague_takes_what_nobody_has_taken(crowd):
    scene = submitted(crowd)
    refused("not-in-your-pool", claim, scene, "wang")
    claim(scene, "luo")
    assert holder(scene) == "Luo"
    entry = scene.entry("share.claimed")
    assert (entry.actor_post, entry.facts["post"]) == (crowd.posts["luo"].name, crowd.posts["lin"].name)
    refused("claimed-already", claim, scene, "he")
    scene.act(engine.approve, "luo", of="lin")
    refused("claimed-already", claim, scene, "he")
    refused("not-in-your-pool", claim, scene, "liu", of="zhao")


def test_nobody_takes_what_they_must_not_sign(crowd):
    scene = submitted(crowd)
    appoint(crowd, "chen", "luo")
    refused("own-submission", claim, scene, "chen")
    policy(crowd, "verify", recuse=["project.served_units"])
    appoint(crowd, "du", "luo")
    refused("recused", claim, scene, "du")
    scene.govern(engine.suspend, "gao", reason=WHY)
    refused("run-suspended", claim, scene, "luo")


def test_nobody_takes_what_is_closed(crowd):
    scene = submitted(crowd).signed("lin")
    refused("already-decided", claim, scene, "luo")
    other = submitted(crowd)
    other.govern(engine.withdraw, "chen", reason=WHY)
    refused("task-closed", claim, other, "luo")


def test_whoever_took_it_or_the_desk_lays_it_back_and_the_desk_is_told(crowd):
    scene = submitted(crowd)
    refused("not-taken", put_back, scene, "lin")
    for name in ("luo", "lin"):
        claim(scene, "luo")
        refused("not-your-task", put_back, scene, "he")
        put_back(scene, name)
        assert holder(scene) == ""
        assert scene.entry("share.put_back").actor_post == crowd.posts[name].name
    assert scene.told("lin") == ["step.todo"] * 3
    claim(scene, "luo")
    scene.govern(engine.suspend, "gao", reason=WHY)
    refused("run-suspended", put_back, scene, "luo")


def test_who_has_left_the_unit_does_nothing_with_what_they_took(crowd):
    scene = submitted(crowd)
    claim(scene, "luo")
    leave(crowd, "luo")
    appoint(crowd, "luo", "wang")
    refused("not-your-task", scene.act, engine.approve, "luo", of="lin")
    refused("not-your-task", put_back, scene, "luo")
    put_back(scene, "lin")
    claim(scene, "he")


def test_administrators_neither_hand_out_nor_take(crowd):
    scene = submitted(crowd)
    for operation in (hand_out, claim, put_back):
        arguments = ("xi", "luo") if operation is hand_out else ("xi",)
        refused("administrator", operation, scene, *arguments)
    assert Assignment.objects.filter(handed_to=None, run=scene.run, status="open").count() == 1
