"""A case from the confirmed referral to its end: who decides what, what is kept, and who hears of it."""

import json
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from flows.discipline import dossier, opening, operations, selectors
from flows.discipline.models import Admission, Case, Commission, Dossier, Letter, Word
from flows.engine import operations as engine
from flows.engine.models import Assignment, Run
from flows.journal.models import Entry
from flows.journal.selectors import history, verify
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from notifications.models import Notice
from tests.support.confided import (
    REASON,
    accepted,
    asked,
    at,
    closed,
    furnish,
    person,
    proposed,
    proposed_referral,
    referred,
)
from tests.support.supervised import weighed

pytestmark = pytest.mark.django_db


@pytest.fixture
def confided(district):
    """The district with a commission."""
    return furnish(district)


def told(confided, name):
    return list(
        Notice.objects.filter(user=confided.users[name]).order_by("number").values_list("kind", flat=True)
    )


# --- opening ---


def test_a_confirmed_referral_opens_a_case_and_only_the_intake_hears_of_it(confided):
    case = referred(confided)
    assert (case.state, case.run.flow_class.code, asked(case)) == ("open", "discipline", ["yin"])
    assert told(confided, "yin") == ["step.todo"]
    heard = set(Notice.objects.filter(about=case.run.public_id).values_list("user__name", flat=True))
    assert heard == {"Yin"}


def test_a_referral_that_is_declined_opens_nothing(confided):
    weighed(confided, proposed_referral(confided), "tao", confirm=False)
    assert not Case.objects.exists()


def test_under_a_plan_without_a_commission_the_referral_waits(confided):
    confided.plan.commission.delete()
    weighed(confided, proposed_referral(confided), "tao", gravity="grave")
    assert not Case.objects.exists()
    assert opening.open_waiting(now=confided.now) == 0
    Commission.objects.create(plan=confided.plan, intake=confided.posts["yin"], city=confided.posts["cheng"])
    assert opening.open_waiting(now=confided.now) == 1
    assert opening.open_waiting(now=confided.now) == 0
    assert asked(Case.objects.get()) == ["yin"]


def test_what_stands_in_notices_and_on_the_run_says_nothing(confided):
    case = referred(confided)
    notice = Notice.objects.get(user=confided.users["yin"])
    assert notice.title == f"新任务：{case.number}（一项任务）"
    assert (notice.confidential, notice.said_outside) == (True, "您有一条新任务")
    assert (case.run.title, case.run.code, case.run.confidential) == (case.number, case.number, True)
    assert case.unit.name not in json.dumps(notice.facts, ensure_ascii=False)


def test_an_inspector_enters_a_clue_and_nobody_else_does(confided):
    said = {
        "unit": confided.units["stranger"].code,
        "text": "反映该单位工作人员违反工作纪律。",
        "now": confided.now,
    }
    case = opening.enter_clue(confided.plan.code, **said, by=confided.actor("xu"))
    assert asked(case) == ["yin"]
    assert [word.text for word in selectors.said(case)] == [said["text"]]
    assert case.run.initiator is None
    for name in ("dep", "shu", "gao", "ma", "lin"):
        with pytest.raises(NotAllowed, match="not-an-inspector-here"):
            opening.enter_clue(confided.plan.code, **said, by=confided.actor(name))
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"text": "短"}, "reason-too-short"),
        ({"text": "字" * 20_001}, "text-too-long"),
        ({"text": "含有空字符\0的文字"}, "text-not-storable"),
        ({"unit": "nowhere"}, "no-such-unit"),
        ({"project": "DEMO-0"}, "no-such-project"),
    ],
)
def test_a_clue_that_cannot_be_kept_is_refused_in_words(confided, said, code):
    words = {"unit": confided.units["stranger"].code, "text": "反映工作纪律问题。"} | said
    with pytest.raises(Invalid, match=code):
        opening.enter_clue(confided.plan.code, **words, by=confided.actor("xu"), now=confided.now)


def test_an_account_of_the_demonstration_says_nothing_of_a_real_unit(confided):
    unit = confided.units["stranger"]
    type(unit).objects.filter(pk=unit.pk).update(is_demo=False)
    said = {"unit": unit.code, "text": "反映工作纪律问题。", "by": confided.actor("xu"), "now": confided.now}
    with pytest.raises(Invalid, match="demonstration-only"):
        opening.enter_clue(confided.plan.code, **said)
    assert not Case.objects.exists()
    opening.enter_clue(confided.plan.code, project=confided.project().code, **said)
    assert Case.objects.count() == 1


# --- the way of a case ---


def test_from_intake_to_the_feedback_people_decide_each_step(confided):
    case = referred(confided)
    accepted(confided, case)
    assert asked(case) == ["xu"]
    proposed(confided, case)
    assert asked(case) == ["dep"]
    at(confided, case, operations.agree, "dep", opinion=REASON)
    case.refresh_from_db()
    # Thirty working days from 1 June 2023, the Dragon Boat holiday between them.
    assert (asked(case), case.due_on) == (["xu"], date(2023, 7, 14))
    at(confided, case, operations.conclude, "xu", text="经谈话函询，未发现违纪事实。")
    assert asked(case) == ["dep"]
    at(confided, case, operations.agree, "dep", opinion=REASON)
    case.refresh_from_db()
    assert (case.state, case.closed, case.run.status) == ("closed", confided.now, "DONE")
    kinds = [word.kind for word in selectors.said(case)]
    assert kinds == ["accept", "propose", "agree", "conclude", "agree"]


def test_whoever_confirmed_hears_that_it_was_handled_and_nothing_else(confided):
    case = referred(confided)
    before = told(confided, "tao")
    closed(confided, case)
    assert told(confided, "tao") == [*before, "discipline.handled"]
    notice = Notice.objects.get(user=confided.users["tao"], kind="discipline.handled")
    assert notice.title == "您确认移送的事项已办理：演示·推进专班会议连续缺席"
    assert case.number not in notice.url + json.dumps(notice.facts)


def test_not_accepted_it_is_over_and_the_feedback_reads_the_same(confided):
    case = referred(confided)
    at(confided, case, operations.take_in, "yin", accept=False, reason=REASON)
    case.refresh_from_db()
    assert (case.state, case.run.status) == ("declined", "DONE")
    assert told(confided, "tao")[-1] == "discipline.handled"


def test_each_disposition_goes_to_its_own_leader(confided):
    case = accepted(confided, referred(confided))
    proposed(confided, case, "verification")
    assert asked(case) == ["shu"]
    with pytest.raises(NotFound):
        at(confided, case, operations.agree, "dep", opinion=REASON)


def test_returned_with_reasons_it_lies_with_the_handler_again(confided):
    case = accepted(confided, referred(confided))
    proposed(confided, case)
    at(confided, case, operations.send_back, "dep", reason="请补充核实情况后再报。")
    assert asked(case) == ["xu"]
    proposed(confided, case, "verification")
    assert asked(case) == ["shu"]
    # The leader before knows of it no more.
    assert not selectors.sees_case(confided.actor("dep"), case, confided.now)


@pytest.mark.parametrize("name", ["dep", "shu", "jin", "desk", "gao", "ma", "tao", "lin", "zhao", "cheng"])
def test_nobody_else_finds_the_case_at_any_step(confided, name):
    case = accepted(confided, referred(confided))
    for operation, said in (
        (operations.propose, {"disposition": "inquiry", "reason": REASON}),
        (operations.conclude, {"text": REASON}),
        (operations.agree, {"opinion": REASON}),
        (operations.write_letter, {"kind": "reminder", "unit": "x", "text": REASON}),
        (operations.add_supplement, {"text": REASON, "in_favour": True}),
    ):
        with pytest.raises(NotFound, match="no-such-case"):
            at(confided, case, operation, name, **said)
    proposed(confided, case)


def test_the_engines_own_operations_do_not_find_it_either(confided):
    case = referred(confided)
    share = confided.share(case.run, "yin")
    words = {"by": confided.actor("gao"), "now": confided.now, "reason": REASON}
    for operation in (engine.terminate, engine.suspend):
        with pytest.raises(NotFound, match="no-such-run"):
            operation(case.run.public_id, **words)
    for name in ("gao", "ma", "xu", "tao"):
        with pytest.raises(NotFound, match="no-such-run"):
            engine.complete(case.run.public_id, share.pk, by=confided.actor(name), now=confided.now)
    # Whoever is asked finds it, and the engine alone moves nothing without the intake's word.
    with pytest.raises(WrongState, match="case-not-taken-in"):
        engine.complete(case.run.public_id, share.pk, by=confided.actor("yin"), now=confided.now)
    with pytest.raises(NotAllowed):
        engine.copy_to(
            case.run.public_id, [confided.posts["ma"].pk], by=confided.actor("yin"), now=confided.now
        )


def test_out_of_turn_nothing_is_done(confided):
    case = accepted(confided, referred(confided))
    with pytest.raises(WrongState, match="case-not-there"):
        at(confided, case, operations.conclude, "xu", text=REASON)
    with pytest.raises(WrongState, match="case-not-there"):
        at(confided, case, operations.take_in, "yin", accept=False, reason=REASON)
    proposed(confided, case)


@pytest.mark.parametrize("names", [[], ["yin"], ["dep"], ["cheng"]])
def test_the_intake_names_handlers_who_may(confided, names):
    case = referred(confided)
    named = [person(confided, name) for name in names]
    with pytest.raises(Invalid, match="handlers-missing|handler-not-free"):
        at(confided, case, operations.take_in, "yin", accept=True, handlers=named, reason=REASON)
    accepted(confided, case, "xu", "jin")
    assert asked(case) == ["jin", "xu"]


def test_an_unknown_disposition_is_refused(confided):
    case = accepted(confided, referred(confided))
    with pytest.raises(Invalid, match="disposition-missing"):
        proposed(confided, case, "punish")


# --- others handle it ---


def test_given_to_others_those_before_know_of_it_no_more(confided):
    case = accepted(confided, referred(confided))
    said = {"handlers": [person(confided, "jin")], "reason": "原承办人另有任务，改由承办岗二办理。"}
    with pytest.raises(NotAllowed, match="not-the-intake"):
        at(confided, case, operations.assign_anew, "xu", **said)
    at(confided, case, operations.assign_anew, "yin", **said)
    assert asked(case) == ["jin"]
    assert told(confided, "jin") == ["step.todo"]
    with pytest.raises(NotFound):
        proposed(confided, case, by="xu")
    proposed(confided, case, by="jin")
    assert asked(case) == ["dep"]


def test_before_it_is_accepted_it_cannot_be_given_to_others(confided):
    case = referred(confided)
    with pytest.raises(WrongState, match="case-not-under-way"):
        at(confided, case, operations.assign_anew, "yin", handlers=[person(confided, "jin")], reason=REASON)


def test_a_handler_who_leaves_is_out_and_no_successor_comes_in(confided):
    case = accepted(confided, referred(confided))
    posts = engine.hand_over(
        confided.users["xu"].pk,
        confided.users["jin"].pk,
        by=confided.actor("desk"),
        now=confided.now,
        reason="调离",
    )
    assert [post.id for post in posts] == [confided.posts["xu"].pk]
    entry = Entry.objects.get(kind="post.handed_over")
    assert entry.facts["tasks"] == 0
    for name in ("xu", "jin", "desk"):
        assert not selectors.sees_case(confided.actor(name), case, confided.now)
    assert told(confided, "yin") == ["step.todo", "discipline.todo"]
    at(confided, case, operations.assign_anew, "yin", handlers=[person(confided, "jin")], reason=REASON)
    proposed(confided, case, by="jin")


def test_whoever_stands_in_for_a_leader_comes_to_no_case(confided):
    case = accepted(confided, referred(confided))
    proposed(confided, case)
    engine.substitute(
        confided.posts["dep"].pk,
        confided.posts["shu"].pk,
        from_day=confided.now.date(),
        until_day=confided.now.date() + timedelta(7),
        reason="出差",
        by=confided.actor("dep"),
        now=confided.now,
    )
    assert confided.posts["dep"].pk in confided.actor("shu").reach
    assert not selectors.sees_case(confided.actor("shu"), case, confided.now)
    with pytest.raises(NotFound):
        at(confided, case, operations.agree, "shu", opinion=REASON)
    assert "step.todo" not in told(confided, "shu")
    at(confided, case, operations.agree, "dep", opinion=REASON)


# --- dossier, supplements, letters ---


def test_the_dossier_is_frozen_with_its_hash_and_a_number_that_counts_nothing(confided):
    case = referred(confided)
    folder = Dossier.objects.get(case=case)
    assert folder.sha256 == dossier.digest(folder.body)
    body = dossier.opened(folder)
    assert body["whole"] and body["against"] and body["subject"] == case.unit.name
    assert len(folder.number) == 9 and folder.number != case.number
    with pytest.raises(IntegrityError, match="what was written stays"), transaction.atomic():
        Dossier.objects.filter(pk=folder.pk).update(sha256="0" * 64)
    Dossier.objects.filter(pk=folder.pk).update(body="{}")
    assert dossier.digest(Dossier.objects.get(pk=folder.pk).body) != folder.sha256


def test_what_became_known_later_is_a_supplement_beside_it(confided):
    case = accepted(confided, referred(confided))
    before = Dossier.objects.get(case=case).body
    first = at(
        confided, case, operations.add_supplement, "xu", text="该单位五月已书面报告困难。", in_favour=True
    )
    second = at(
        confided, case, operations.add_supplement, "yin", text="补充会议签到记录一份。", in_favour=False
    )
    assert (first.number, second.number) == (1, 2)
    assert first.sha256 == dossier.digest("该单位五月已书面报告困难。")
    assert Dossier.objects.get(case=case).body == before
    proposed(confided, case)
    with pytest.raises(NotAllowed, match="not-a-handler"):
        at(confided, case, operations.add_supplement, "dep", text="领导补充的材料。", in_favour=True)
    with pytest.raises(ProgrammingError, match="Cannot delete"), transaction.atomic():
        first.delete()


def test_letters_are_written_by_handlers_and_kept(confided):
    case = accepted(confided, referred(confided))
    said = {"kind": "suggestion", "unit": confided.units["stranger"].code, "text": "建议完善专班会议制度。"}
    letter = at(confided, case, operations.write_letter, "xu", **said)
    assert (letter.kind, letter.addressee.code, letter.text) == tuple(said.values())
    with pytest.raises(NotAllowed, match="not-a-handler"):
        at(confided, case, operations.write_letter, "yin", **said)
    for wrong, code in (({"kind": "transfer"}, "letter-unknown"), ({"unit": "nowhere"}, "no-such-unit")):
        with pytest.raises(Invalid, match=code):
            at(confided, case, operations.write_letter, "xu", **(said | wrong))
    assert Letter.objects.count() == 1


def test_once_over_nothing_is_added(confided):
    case = closed(confided, referred(confided))
    with pytest.raises(WrongState, match="case-not-under-way"):
        at(confided, case, operations.add_supplement, "xu", text=REASON, in_favour=True)
    with pytest.raises(WrongState, match="case-not-under-way"):
        at(confided, case, operations.assign_anew, "yin", handlers=[person(confided, "jin")], reason=REASON)


# --- what is kept ---


def test_texts_are_sealed_at_rest(confided):
    case = accepted(confided, referred(confided))
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM discipline_word")
        words = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT body FROM discipline_dossier")
        bodies = [row[0] for row in cursor.fetchall()]
    assert words and all(REASON not in word for word in words)
    assert bodies and all(case.unit.name not in body for body in bodies)
    assert Word.objects.get(kind="accept").text == REASON


def test_neither_the_engine_nor_the_record_holds_a_word_of_it(confided):
    case = closed(confided, referred(confided))
    opinions = Assignment.objects.filter(run=case.run).values_list("opinion", flat=True)
    assert all(REASON not in opinion for opinion in opinions)
    lines = history(case.chain_id)
    assert lines and all(REASON not in json.dumps([line.facts, line.personal], default=str) for line in lines)


def test_its_record_is_its_own_chain_and_whole(confided):
    case = closed(confided, referred(confided))
    chain = case.chain
    assert (chain.kind, chain.name) == ("case", case.number)
    entries = Entry.objects.filter(run_id=case.run_id)
    assert set(entries.values_list("chain_id", flat=True)) == {chain.pk}
    first = Entry.objects.get(chain=chain, number=1)
    assert (first.kind, first.facts) == ("discipline.opened", {"code": case.number})
    assert not verify(chain.pk).broken
    others = Entry.objects.exclude(chain=chain)
    assert not any(case.number in json.dumps(entry.facts) for entry in others)


def test_who_knew_of_it_is_kept_with_its_days(confided):
    case = closed(confided, referred(confided))
    known = Admission.objects.filter(case=case).values_list("role", "post__name")
    assert {(role, post.split()[-1]) for role, post in known} == {
        ("intake", "yin"),
        ("handler", "xu"),
        ("approver", "dep"),
    }
    assert Run.objects.filter(confidential=True).count() == 1
