"""A rule of approval changes: proposed by one office, confirmed by another, rehearsed, and then exactly that."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from flows.engine import operations as engine
from flows.engine.models import Assignment, Policy, Run, Step
from flows.engine.operations.publishing import columns_of, write_versions
from flows.engine.resolvers import register, signers_where
from flows.engine.selectors_policy import policy_by_id
from flows.journal.models import Chain, Entry
from flows.journal.selectors import verify
from flows.policies import operations as policies
from flows.policies.models import PolicyChange
from flows.policies.rehearsal import AHEAD, HERE, PAST, rehearse
from flows.policies.versions import all_posts, entry_of, values_of
from flows.projects.selectors_project import project_sheet
from hetang_flow import demonstration
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from notifications.models import Notice
from permissions.models import Appointment, Post, User
from tests.support import cast
from tests.support.trial import stage
from tests.support.trial.flow import Middle

KEY = "milestone.approve"
REASON = "联系领导外出较多，会签改为或签。"
NO = "理由不充分，请补充说明。"


@register("tests.named")
def named(run, *, now):
    """The posts whose codes the test wrote into the run's title."""
    return signers_where(Q(code__in=run.title.split()), at=now)


def newest(key=KEY):
    return Policy.objects.select_related("stand_in", "alternate").filter(key=key).latest("version")


def changed(key=KEY, **columns):
    return values_of(newest(key)) | columns


def propose(district, key=KEY, runs=(), by="gao", base=None, reason=REASON, **columns):
    return policies.propose_change(
        key,
        changed(key, **columns),
        base_version=base or newest(key).version,
        runs=[run.public_id for run in runs],
        reason=reason,
        by=district.actor(by),
        now=district.now,
    )


def confirm(district, change, by="ma", **more):
    run = change.run
    share = district.share(run, "ma")
    return engine.approve(run.public_id, share.pk, by=district.actor(by), now=district.now, **more)


def rehearsed(key=KEY, only=None, now=cast.NOW, **columns):
    return rehearse(newest(key), changed(key, **columns), posts=all_posts(), only=only, now=now)


def at_approval(district, move="fulfil"):
    """A run that lies with both contact leaders."""
    run = district.submitted(move=move).run
    engine.approve(run.public_id, district.share(run, "lin").pk, by=district.actor("lin"), now=district.now)
    return run


def sign(district, run, name):
    share = district.share(run, name)
    return engine.approve(run.public_id, share.pk, by=district.actor(name), now=district.now)


def asked(run):
    """The posts a run's open step waits for, by the word that ends their name."""
    rows = Assignment.objects.filter(run=run, step__status="NEW", status__in=["open", "waiting"], role="sign")
    return {share.post.name.split()[-1] for share in rows.select_related("post")}


def open_step(run):
    return Step.objects.get(process=run, status="NEW", policy__isnull=False)


def kinds(run):
    return list(Entry.objects.filter(run_id=run.pk).order_by("pk").values_list("kind", flat=True))


def told(district, name):
    return list(
        Notice.objects.filter(user=district.users[name]).order_by("number").values_list("kind", flat=True)
    )


# --- proposing and confirming ---


def test_a_proposal_confirmed_by_the_other_office_is_the_new_version_and_nothing_else_changes(district):
    run = at_approval(district)
    change = propose(district, limit_days=9)
    assert newest().version == 1, "a proposal changes nothing"
    assert told(district, "ma")[-1] == "step.todo"
    confirm(district, change)
    change.refresh_from_db()
    version = newest()
    assert (version.version, version.limit_days, version.mode) == (2, 9, newest().mode)
    assert (change.version, change.applied, change.confirmed_by) == (version, cast.NOW, district.users["ma"])
    run.refresh_from_db()
    assert run.policies[KEY] == Policy.objects.get(key=KEY, version=1).pk, "a run keeps what it began with"
    assert at_approval(district).policies[KEY] == version.pk, "new runs begin under the new version"
    assert told(district, "gao")[-1] == "run.completed"


def test_the_record_of_the_policy_says_what_changed_and_why_and_names_both_persons(district):
    change = propose(district, limit_days=9, mode="any_of")
    confirm(district, change)
    assert sorted(kinds(change.run)) == ["policy.published", "run.completed", "run.started", "share.approved"]
    entry = Entry.objects.get(run_id=change.run_id, kind="policy.published")
    assert entry.before == {"limit_days": 5, "mode": "all_of", "version": 1}
    assert entry.after == {"limit_days": 9, "mode": "any_of", "version": 2}
    assert entry.personal_values.get(field="opinion").value == REASON
    people = Entry.objects.filter(run_id=change.run_id).values_list("actor__name", flat=True)
    assert set(people) == {"Gao", "Ma"}
    again = propose(district, limit_days=10)
    assert again.run.chain == change.run.chain, "one policy has one record"
    assert change.run.chain.kind == Chain.Kind.SETTINGS
    assert verify(change.run.chain_id)


def test_a_proposal_that_is_refused_or_withdrawn_leaves_the_rule_as_it_is(district):
    refused, withdrawn = propose(district, limit_days=9), propose(district, limit_days=8)
    ma, gao = district.actor("ma"), district.actor("gao")
    share = district.share(refused.run, "ma")
    run = engine.return_to_initiator(refused.run.public_id, share.pk, by=ma, now=district.now, reason=NO)
    assert (run.status, run.outcome) == ("CANCELED", "refused")
    assert "run.refused" in told(district, "gao")
    engine.withdraw(withdrawn.run.public_id, by=gao, now=district.now, reason=NO)
    assert newest().version == 1
    assert not PolicyChange.objects.exclude(applied=None).exists()


@pytest.mark.parametrize("name", ["chen", "lin", "zhao", "ma", "wang"])
def test_nobody_outside_the_campaign_office_proposes(district, name):
    with pytest.raises(NotAllowed) as refused:
        propose(district, by=name, limit_days=9)
    assert refused.value.code == "not-campaign-office"
    assert not PolicyChange.objects.exists()


def test_whoever_proposes_never_confirms_in_another_post_either(district):
    Appointment.objects.create(
        post=district.posts["ma"], user=district.users["gao"], from_day=date(2023, 1, 1)
    )
    change = propose(district, limit_days=9)
    with pytest.raises(NotAllowed) as refused:
        confirm(district, change, by="gao")
    assert refused.value.code == "own-submission"
    with pytest.raises(IntegrityError, match="policy_change_by_two_persons"), transaction.atomic():
        PolicyChange.objects.filter(pk=change.pk).update(confirmed_by=district.users["gao"])
    confirm(district, change, by="ma")
    assert newest().version == 2


def test_an_empty_headquarters_desk_blocks_and_is_named(district):
    Appointment.objects.filter(post=district.posts["ma"]).update(until_day=date(2023, 5, 1))
    change = propose(district, limit_days=9)
    assert open_step(change.run).waits_for == district.posts["ma"].name
    assert "step.blocked" in told(district, "gao")


def test_a_demonstration_account_changes_no_rule_where_real_people_work(district):
    propose(district, limit_days=9)
    real = User.objects.create(username="real", name="Real")
    Appointment.objects.create(post=district.posts["wang"], user=real, from_day=date(2023, 1, 1))
    with pytest.raises(NotAllowed) as refused:
        propose(district, limit_days=9)
    assert refused.value.code == "demonstration-only"


def test_what_demonstration_accounts_proposed_is_closed_with_the_demonstration(district):
    change = propose(district, limit_days=9)
    run = district.submitted().run
    step = open_step(run)
    move = policies.propose_move(
        run.public_id, step.pk, "submit", reason=REASON, by=district.actor("gao"), now=district.now
    )
    demonstration.remove(now=district.now)
    assert set(Run.objects.filter(pk__in=[change.run_id, move.run_id]).values_list("outcome", flat=True)) == {
        "closed"
    }


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"mode": "some_of"}, "some_of"),
        ({"resolver": "project.contact_leader"}, "project.contact_leaders"),
        ({"alternate": "no-such"}, "no-such"),
        ({"on_empty": "named"}, "stand_in"),
        ({"gate": True, "on_self": "allow"}, "on_self"),
        ({"gate": True, "on_timeout": "approve"}, "on_timeout"),
        ({"on_timeout": "transfer"}, "alternate"),
        ({"threshold": 20}, "50"),
        ({"limit_days": -1}, "0"),
        ({"unheard_of": 1}, "unheard_of"),
    ],
)
def test_an_unsound_version_is_refused_with_what_is_wrong(district, columns, said):
    with pytest.raises(Invalid) as refused:
        propose(district, **columns)
    assert refused.value.code == "policy-unsound"
    assert said in "".join(refused.value.facts["what"])


def test_a_version_with_which_a_flow_would_not_hold_is_refused_with_the_path(district):
    with pytest.raises(Invalid) as refused:
        propose(district, limit_days=59)
    (what,) = refused.value.facts["what"]
    assert refused.value.code == "policy-unsound"
    assert "67" in what
    assert "→" in what


def test_a_proposal_needs_a_reason_a_difference_and_a_policy(district):
    for code, columns in (("reason-too-short", {"reason": "改。", "limit_days": 9}), ("nothing-changes", {})):
        with pytest.raises(Invalid) as refused:
            propose(district, **columns)
        assert refused.value.code == code
    with pytest.raises(NotFound):
        policies.propose_change(
            "no.such", changed(), base_version=1, reason=REASON, by=district.actor("gao"), now=cast.NOW
        )


def test_a_version_that_was_sound_and_is_no_longer_is_not_published(district):
    post = Post.objects.create(
        code="spare", organisation=district.units["leadership"], name="spare", duty="leader"
    )
    change = propose(district, alternate="spare")
    post.delete()
    with pytest.raises(WrongState) as refused:
        confirm(district, change)
    assert refused.value.code == "policy-unsound"
    assert newest().version == 1


def test_of_two_changes_of_one_rule_the_second_is_told_that_somebody_was_faster(district):
    first, second = propose(district, limit_days=9), propose(district, limit_days=8)
    confirm(district, second)
    with pytest.raises(WrongState) as refused:
        confirm(district, first)
    assert refused.value.code == "policy-moved-meanwhile"
    assert (newest().version, newest().limit_days) == (2, 8)
    with pytest.raises(WrongState) as refused:
        propose(district, limit_days=9, base=1)
    assert refused.value.code == "policy-moved-meanwhile"


# --- migration ---


def test_chosen_runs_go_on_under_the_new_version_and_the_others_keep_theirs(district):
    chosen, left = at_approval(district), at_approval(district)
    sign(district, chosen, "zhao")
    change = propose(district, runs=[chosen], limit_days=2, mode="sequential")
    confirm(district, change)
    chosen.refresh_from_db()
    left.refresh_from_db()
    version = newest()
    assert chosen.policies[KEY] == version.pk
    assert policy_by_id(left.policies[KEY]).version == 1
    assert open_step(chosen).policy == version
    assert open_step(left).policy.version == 1
    assert asked(chosen) == {"qian"}, "a signature stays, whoever still fits keeps the share"
    assert asked(left) == {"zhao", "qian"}
    assert open_step(chosen).due_on == date(2023, 6, 5), "two working days from the day it opened"
    assert open_step(left).due_on == date(2023, 6, 8)
    assert kinds(chosen)[-1] == "policy.migrated"
    assert "policy.migrated" in told(district, "chen")
    assert "policy.migrated" in told(district, "qian")
    assert "policy.migrated" not in told(district, "zhao"), "whoever has signed has nothing to do with it"
    sign(district, chosen, "qian")
    chosen.refresh_from_db()
    assert chosen.outcome == "completed"


def test_who_is_no_longer_named_is_taken_off_and_told_and_who_is_new_is_asked(district):
    run = at_approval(district)
    Run.objects.filter(pk=run.pk).update(title="zhao-a ke-a")
    change = propose(district, runs=[run], resolver="tests.named")
    confirm(district, change)
    assert asked(run) == {"zhao", "ke"}
    gone = Assignment.objects.get(run=run, post=district.posts["qian"])
    assert gone.status == "removed"
    assert told(district, "qian")[-1] == "signer.removed"
    assert told(district, "ke")[-1] == "step.todo"
    with pytest.raises(WrongState) as refused:
        engine.approve(run.public_id, gone.pk, by=district.actor("qian"), now=district.now)
    assert refused.value.code == "task-closed"
    entry = Entry.objects.get(run_id=run.pk, kind="policy.migrated")
    assert entry.after["added"] == [district.posts["ke"].name]
    assert entry.after["removed"] == [district.posts["qian"].name]


def test_a_run_that_has_not_come_to_the_step_meets_the_new_version_there(district):
    run = district.submitted().run
    change = propose(district, runs=[run], limit_days=2)
    confirm(district, change)
    assert asked(run) == {"lin"}
    sign(district, run, "lin")
    assert open_step(run).policy == newest()
    assert open_step(run).due_on == date(2023, 6, 5)


def test_the_tally_is_taken_anew_and_may_end_the_step_at_once(district):
    run = at_approval(district)
    sign(district, run, "zhao")
    confirm(district, propose(district, runs=[run], mode="any_of"))
    run.refresh_from_db()
    assert (run.status, run.outcome) == ("DONE", "completed")
    assert run.milestone.project.phase == "fulfilled"
    assert Assignment.objects.get(run=run, post=district.posts["qian"]).status == "moot"


def test_an_empty_post_is_never_passed_over_by_a_migration(district):
    run = at_approval(district)
    sign(district, run, "zhao")
    Run.objects.filter(pk=run.pk).update(title="nobody-here")
    confirm(district, propose(district, runs=[run], resolver="tests.named"))
    run.refresh_from_db()
    assert run.status == "NEW", "zhao's signature alone does not pass a step that names nobody"
    assert open_step(run).waits_for == newest().name
    assert "step.blocked" in told(district, "gao")


def test_a_share_that_was_passed_on_keeps_its_seat_and_added_signers_stay(district):
    run = at_approval(district)
    zhao, qian = district.share(run, "zhao"), district.share(run, "qian")
    engine.transfer(
        run.public_id, zhao.pk, district.posts["ke"].pk, why=NO, by=district.actor("zhao"), now=district.now
    )
    engine.add_signers(
        run.public_id, qian.pk, [district.posts["wang"].pk], turn="before", mode="all_of", why=NO,
        by=district.actor("qian"), now=district.now,
    )  # fmt: skip
    confirm(district, propose(district, runs=[run], limit_days=2))
    assert asked(run) == {"ke", "qian", "wang"}
    for name in ("wang", "qian", "ke"):
        sign(district, run, name)
    run.refresh_from_db()
    assert run.outcome == "completed"


def test_a_run_that_is_over_by_then_is_left_and_named(district):
    over, running = at_approval(district), at_approval(district)
    change = propose(district, runs=[over, running], limit_days=2)
    for name in ("zhao", "qian"):
        sign(district, over, name)
    confirm(district, change)
    change.refresh_from_db()
    over.refresh_from_db()
    assert change.skipped == [str(over.public_id)]
    assert over.policies[KEY] != newest().pk
    entry = Entry.objects.get(run_id=change.run_id, kind="policy.published")
    assert (entry.facts["migrated"], entry.facts["left"]) == ([running.code], [over.code])


def test_runs_that_were_left_can_catch_up_without_a_new_version(district):
    run = at_approval(district)
    confirm(district, propose(district, limit_days=2))
    confirm(district, propose(district, runs=[run]))
    run.refresh_from_db()
    assert newest().version == 2
    assert run.policies[KEY] == newest().pk
    with pytest.raises(NotFound):
        propose(district, runs=[run])


def test_a_run_of_another_rule_is_no_run_of_this_one(district):
    change = propose(district, limit_days=9)
    for key in (KEY, "policy.confirm"):
        with pytest.raises(NotFound):
            propose(district, key, runs=[change.run], limit_days=8)


def test_a_run_that_cannot_go_on_undoes_the_publication_and_every_other_migration(district):
    @register("tests.breaks")
    def breaks(run, *, now):
        if run.title == "breaks":
            raise ConnectionError("the list of leaders cannot be reached")
        return signers_where(Q(code="ke-a"), at=now)

    good, bad = at_approval(district), at_approval(district)
    Run.objects.filter(pk=bad.pk).update(title="breaks")
    change = propose(district, runs=[good, bad], resolver="tests.breaks")
    before = (Entry.objects.count(), Notice.objects.count(), Policy.objects.count())
    with pytest.raises(ConnectionError):
        confirm(district, change)
    assert (Entry.objects.count(), Notice.objects.count(), Policy.objects.count()) == before
    good.refresh_from_db()
    change.refresh_from_db()
    assert policy_by_id(good.policies[KEY]).version == 1
    assert asked(good) == {"zhao", "qian"}
    assert asked(change.run) == {"ma"}
    assert change.applied is None


def test_a_limit_that_was_over_and_no_longer_is_can_pass_once_more(district):
    run = at_approval(district)
    step = open_step(run)
    late = cast.NOW + timedelta(days=20)
    assert engine.time_out(step.pk, now=late)
    district.now = late
    confirm(district, propose(district, runs=[run], limit_days=40))
    step.refresh_from_db()
    assert step.timed_out is None
    assert step.due_on > late.date()
    confirm(district, propose(district, runs=[run], limit_days=2))
    assert engine.time_out(step.pk, now=late), "a limit that shrinks below today passes as any other"
    assert not engine.time_out(step.pk, now=late)


def test_days_that_stood_still_stay_so(district):
    run = at_approval(district)
    gao = district.actor("gao")
    engine.suspend(run.public_id, reason=NO, by=gao, now=district.now)
    district.now += timedelta(days=7)
    engine.resume(run.public_id, by=gao, now=district.now)
    assert open_step(run).due_on == date(2023, 6, 15)
    confirm(district, propose(district, runs=[run], limit_days=6))
    step = open_step(run)
    assert (step.first_due_on, step.due_on) == (date(2023, 6, 9), date(2023, 6, 16))


def test_a_sub_run_that_its_new_version_ends_lets_the_run_above_go_on(district):
    trial = stage.begin(district, Middle, small="ke wang")
    (below,) = trial.below
    below.yes("ke")
    version = {"mode": "any_of", "clause": "preset"}
    (touched,) = rehearsed("trial.small", **version).touched
    assert touched.result == "granted"
    confirm(district, propose(district, "trial.small", runs=[below.run], **version))
    assert (below.outcome, trial.outcome) == ("completed", "completed")


def test_added_signers_go_with_whoever_added_them(district):
    run = at_approval(district)
    Run.objects.filter(pk=run.pk).update(title="zhao-a sun-a")
    for name, added in (("qian", "wang"), ("zhao", "sun")):
        engine.add_signers(
            run.public_id, district.share(run, name).pk, [district.posts[added].pk], turn="before",
            mode="all_of", why=NO, by=district.actor(name), now=district.now,
        )  # fmt: skip
    confirm(district, propose(district, runs=[run], resolver="tests.named"))
    assert asked(run) == {"zhao", "sun"}, "sun is named now and stands alone; wang went with qian"
    rows = Assignment.objects.filter(run=run, status="open").select_related("post")
    assert {share.post.name.split()[-1] for share in rows} == {"zhao", "sun"}, "nobody waits for the other"


# --- the rehearsal ---


def test_the_rehearsal_says_where_each_run_stands_and_what_would_change(district):
    here, before, over = at_approval(district), district.submitted().run, at_approval(district)
    sign(district, over, "zhao")
    sign(district, over, "qian")
    Run.objects.filter(pk=here.pk).update(title="zhao-a ke-a")
    found = rehearsed(resolver="tests.named", limit_days=2)
    with translation.override("en"):
        limit = rehearsed(limit_days=2).differences
        assert [(each.label, each.before, each.after) for each in limit] == [
            ("limit (working days)", "5 working days", "2 working days")
        ]
    by_run = {touched.run.pk: touched for touched in found.touched}
    assert set(by_run) == {here.pk, before.pk}
    touched = by_run[here.pk]
    assert touched.where == HERE
    assert touched.added == [district.posts["ke"].name]
    assert touched.removed == [district.posts["qian"].name]
    assert touched.days == [(date(2023, 6, 8), date(2023, 6, 5))]
    assert (touched.waits_for, touched.result) == ("", "")
    assert by_run[before.pk].where == AHEAD
    assert not by_run[before.pk].is_touched
    past = {t.run.pk: t.where for t in rehearsed("milestone.verify", limit_days=9).touched}
    assert past == {here.pk: PAST, before.pk: HERE}


def test_the_rehearsal_names_a_block_and_an_end(district):
    run = at_approval(district)
    Run.objects.filter(pk=run.pk).update(title="nobody-here")
    (touched,) = rehearsed(resolver="tests.named").touched
    assert touched.waits_for == newest().name
    sign(district, run, "zhao")
    (touched,) = rehearsed(mode="any_of").touched
    assert touched.result == "granted"


def test_runs_that_decide_about_the_rules_are_never_migrated_themselves(district):
    propose(district, limit_days=9)
    assert rehearsed("policy.confirm", limit_days=9).touched == []


def test_a_rehearsal_over_many_runs_costs_as_much_as_over_one(district):
    keys = (KEY, "milestone.verify", "milestone.submit", "policy.confirm")
    more = ({}, {"recuse": ["project.served_units"], "on_empty": "parent_unit", "alternate": "gao-a"})

    def one_each():
        district.milestone()
        district.submitted()
        at_approval(district)

    def costs():
        found = {}
        for key in keys:
            for number, columns in enumerate(more):
                rehearsed(key, limit_days=9, **columns)
                with CaptureQueriesContext(connection) as seen:
                    found[key, number] = len(rehearsed(key, limit_days=9, **columns).touched), len(seen)
        return found

    one_each()
    few = costs()
    for _each in range(4):
        one_each()
    many = costs()
    assert [runs for runs, _cost in few.values()] == [3] * 6 + [0] * 2
    assert [runs for runs, _cost in many.values()] == [15] * 6 + [0] * 2
    assert {case: cost for case, (_runs, cost) in many.items()} == {
        case: cost for case, (_runs, cost) in few.items()
    }


POSTS = ("zhao-a", "qian-a", "ke-a", "wang-a", "sun-a", "nobody")


@st.composite
def versions(draw):
    """Another way to sign: by whom, how, until when, and what an empty post means."""
    return {
        "title": " ".join(draw(st.lists(st.sampled_from(POSTS), unique=True, max_size=4))),
        "resolver": draw(st.sampled_from(["tests.named", "project.contact_leaders", "project.verifiers"])),
        "mode": draw(st.sampled_from(["any_of", "all_of", "sequential", "vote"])),
        "on_no": draw(st.sampled_from(["veto", "count"])),
        "on_empty": draw(st.sampled_from(["block", "admin", "parent_unit"])),
        "on_self": draw(st.sampled_from(["forbid", "skip", "allow"])),
        "on_repeat": draw(st.sampled_from(["none", "all"])),
        "limit_days": draw(st.sampled_from([None, 0, 2, 30])),
        "weights": draw(st.dictionaries(st.sampled_from(POSTS[:4]), st.integers(1, 5), max_size=3)),
        "duty": draw(st.sampled_from(["", "verify", "approve"])),
    }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(version=versions(), signed=st.sampled_from([(), ("zhao",), ("zhao no",)]), count=st.booleans())
def test_what_was_rehearsed_is_what_happens(district, version, signed, count):
    with transaction.atomic():
        try:
            _rehearse_and_publish(district, dict(version), signed, count)
        finally:
            transaction.set_rollback(True)


def _rehearse_and_publish(district, version, signed, count):
    Policy.objects.filter(key=KEY).update(on_no="count" if count else "veto")
    policy_by_id.cache_clear()
    run = at_approval(district)
    for name in signed:
        who = name.split()[0]
        share, by = district.share(run, who), district.actor(who)
        if name.endswith("no"):
            engine.reject(run.public_id, share.pk, by=by, now=district.now, reason=NO)
        else:
            sign(district, run, who)
    run.refresh_from_db()
    if run.status != "NEW" or open_step(run).policy.key != KEY:
        return
    Run.objects.filter(pk=run.pk).update(title=version.pop("title"))
    step = open_step(run)
    found = rehearsed(**version)
    try:
        change = propose(district, runs=[run], **version)
    except Invalid as refusal:
        event(f"not sound: {refusal.code}")
        return
    sheet = rehearsed(only=change.runs, **version)
    assert sheet.touched[0].added == found.touched[0].added
    confirm(district, change)
    (touched,) = found.touched
    (plan,) = touched.plans
    event(f"result {touched.result or 'open'}, {len(touched.added)} added, {len(touched.removed)} off")
    step.refresh_from_db()
    assert step.policy.version == 2
    assert step.due_on == (plan.due.day.day if plan.due else None)
    assert step.waits_for == touched.waits_for
    assert {"granted": "DONE", "refused": "DONE", "": "NEW"}[touched.result] == step.status
    assert (step.outcome or "") == touched.result
    rows = Assignment.objects.filter(step=step, role="sign")
    if not touched.result:
        waits = rows.filter(status__in=["open", "waiting"]).values_list("post_id", flat=True)
        assert set(waits) == plan.asked
    removed = rows.filter(status="removed").values_list("post__name", flat=True)
    assert sorted(removed) == sorted(touched.removed)
    assert sorted(rows.exclude(auto="").values_list("post__name", flat=True)) == sorted(touched.marked)


# --- one writer ---


def test_a_plan_file_and_the_back_office_count_on_from_each_other(district):
    confirm(district, propose(district, limit_days=9))
    posts = all_posts().ids
    same = {KEY: columns_of(entry_of(changed()), posts)}
    assert not write_versions(same, now=cast.NOW)[KEY].is_new
    other = {KEY: columns_of(entry_of(changed(limit_days=3)), posts)}
    assert write_versions(other, now=cast.NOW)[KEY].policy.version == 3
    with pytest.raises(WrongState):
        write_versions(other, now=cast.NOW, base={KEY: 2})


def test_the_projects_record_tells_that_a_matter_goes_on_under_another_version(district):
    chosen, left = at_approval(district), at_approval(district)
    confirm(district, propose(district, runs=[chosen], limit_days=2))

    def record(run):
        page = project_sheet(run.milestone.project.public_id, district.actor("gao"), district.now)
        with translation.override("en"):
            return [str(event.text) for event in page.events]

    with translation.override("en"):
        said = "goes on under version 2 of its policy (was 1)"
        assert record(chosen).count(said) == 1
        assert said not in record(left)
