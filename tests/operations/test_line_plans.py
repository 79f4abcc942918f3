"""A line's plan: filed, shared out, countersigned, accepted; a change is a new version; each refusal beside its success."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from flows.campaigns.models import LineUnit
from flows.engine import operations as engine
from flows.engine.models import Assignment, Run
from flows.journal.models import Entry
from flows.journal.selectors import verify
from flows.targets import operations_line_plans as filing
from flows.targets.models import LinePlan, TargetShare
from flows.targets.selectors_line_plans import lines_for, shares_of, visible_to
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from hetang_flow.refusal_texts import TEXTS
from tests.support import filing as support
from tests.support.filing import REASON, act, adopted, begun, code, furnish, shared, written


@pytest.fixture
def district(district):
    return furnish(district)


def refused(kind, why, call, *args, **words):
    before = Entry.objects.count(), Run.objects.count(), TargetShare.objects.count()
    with pytest.raises(kind) as answer:
        call(*args, **words)
    assert answer.value.code == why
    assert why in TEXTS
    assert before == (Entry.objects.count(), Run.objects.count(), TargetShare.objects.count())


def entries(plan, kind):
    return list(Entry.objects.filter(run_id=plan.run_id, kind=kind).order_by("pk"))


# --- beginning ---


def test_an_officer_of_a_lead_department_begins_the_plan_and_nobody_else_does(district):
    for name in ("wang", "zhao", "ke", "hu"):
        refused(NotAllowed, "not-of-a-lead-department", begun, district, name)
    plan = begun(district)
    assert (plan.unit, plan.number, plan.state) == (district.units["leading"], 1, "open")
    assert plan.run.chain_id == district.plan.chain_id
    refused(
        NotFound, "no-such-line", filing.start_line_plan, 10**9, by=district.actor("luo"), now=district.now
    )


def test_one_plan_of_a_line_is_filed_at_a_time(district):
    plan = begun(district)
    refused(WrongState, "line-plan-open", begun, district, "chen")
    with pytest.raises(IntegrityError), transaction.atomic():
        LinePlan.objects.create(
            plan=plan.plan, line=plan.line, unit=plan.unit, number=2, run=district.submitted().run,
            is_demo=True, opened=district.now, changed=district.now,
        )  # fmt: skip
    engine.withdraw(plan.run.public_id, by=district.actor("luo"), now=district.now, reason=REASON)
    plan.refresh_from_db()
    assert plan.state == "closed"
    assert begun(district, "chen").number == 2


# --- writing ---


def test_what_is_typed_is_kept_even_while_it_does_not_add_up(district):
    plan = begun(district)
    shared(district, plan, "started", leading=("x", "", "", ""))
    plan.refresh_from_db()
    assert plan.breakdown["started"] == {code(district, "leading"): ["x", "", "", ""]}
    shared(district, plan, "started", leading=("x", "", "", ""))
    (entry,) = entries(plan, "line_plan.shared_out")
    assert entry.facts["target"] == "started"


def test_the_rest_is_filled_evenly_over_the_units_that_take_part(district):
    plan = begun(district)
    shared(district, plan, "started", evenly=True, leading=("20", "", "", ""), stranger=("", "", "", ""))
    plan.refresh_from_db()
    assert plan.breakdown["started"] == {
        code(district, "leading"): ["20", "3", "2", "2"],
        code(district, "stranger"): ["3", "3", "2", "2"],
    }


def test_only_units_and_targets_of_the_line_and_only_whoever_files(district):
    plan = begun(district)
    refused(Invalid, "unit-not-of-the-plan-line", shared, district, plan, "started", owner=("1", "", "", ""))
    refused(Invalid, "cell-too-long", shared, district, plan, "started", leading=("1" * 17, "", "", ""))
    refused(NotFound, "no-such-target", shared, district, plan, "signed", leading=("1", "", "", ""))
    refused(
        NotAllowed, "not-your-task", shared, district, plan, "started", by="chen", leading=("1", "", "", "")
    )
    refused(
        Invalid, "text-too-long", filing.write_texts, plan.public_id, {"goals": "长" * 4001},
        by=district.actor("luo"), now=district.now,
    )  # fmt: skip


def test_it_is_handed_in_only_when_written_and_adding_up(district):
    plan = begun(district)
    refused(WrongState, "line-plan-not-written", act, district, plan, "luo", engine.complete)
    filing.write_texts(plan.public_id, support.TEXTS, by=district.actor("luo"), now=district.now)
    refused(WrongState, "shares-do-not-add-up", act, district, plan, "luo", engine.complete)
    written(district, plan)
    act(district, plan, "luo", engine.complete)
    assert Assignment.objects.get(run=plan.run, status="open").post == district.posts["bai"]
    refused(WrongState, "changed-meanwhile", shared, district, plan, "land", serving=("1368", "", "", ""))


# --- accepting ---


def test_accepted_its_shares_hold_from_that_day(district):
    plan = adopted(district)
    assert (plan.state, plan.holds_from) == ("adopted", date(2023, 6, 1))
    targets = {target.code: target.pk for target in plan.line.targets.all()}
    units = {name: unit.pk for name, unit in district.units.items()}
    held = shares_of(district.plan.pk, on=date(2023, 6, 1))
    assert held[targets["growth"]] == [(units["stranger"], None, None)]
    assert (units["serving"], 2, Decimal(400)) in held[targets["land"]]
    assert sum(value for _unit, _quarter, value in held[targets["started"]]) == 37
    assert shares_of(district.plan.pk, on=date(2023, 5, 31)) == {}
    (entry,) = entries(plan, "line_plan.adopted")
    assert (entry.before, entry.after["number"]) == ({"state": "open"}, 1)
    assert verify(district.plan.chain_id)


def test_a_change_needs_a_reason_and_leaves_the_version_before_in_force_until_it_is_accepted(district):
    first = adopted(district)
    refused(Invalid, "reason-too-short", begun, district)
    district.now += timedelta(days=40)
    second = begun(district, reason=REASON)
    assert (second.number, second.breakdown, second.goals) == (2, first.breakdown, first.goals)
    land = first.line.targets.get(code="land").pk
    shared(district, second, "land", leading=("1368", "", "", ""))
    on = date(2023, 7, 11)
    assert len(shares_of(district.plan.pk, on=on)[land]) == 4
    act(district, second, "luo", engine.complete)
    for name in ("bai", "hu", "ke", "zhao"):
        act(district, second, name)
    assert shares_of(district.plan.pk, on=on)[land] == [(district.units["leading"].pk, 1, Decimal(1368))]
    assert len(shares_of(district.plan.pk, on=date(2023, 7, 10))[land]) == 4, "what held before is still told"


def test_a_no_brings_it_back_to_whoever_files_and_it_goes_the_whole_way_again(district):
    plan = written(district, begun(district))
    act(district, plan, "luo", engine.complete)
    act(district, plan, "bai")
    act(district, plan, "hu")
    act(district, plan, "ke", engine.reject, reason=REASON)
    share = Assignment.objects.get(run=plan.run, status="open")
    assert (share.post, share.step.flow_task.name) == (district.posts["luo"], "write")
    plan.refresh_from_db()
    assert plan.state == "open"
    assert shares_of(district.plan.pk, on=date(2023, 12, 31)) == {}


def test_a_line_with_one_lead_department_has_nobody_to_countersign(district):
    LineUnit.objects.filter(line=district.line, organisation=district.units["serving"]).update(
        role="responsible"
    )
    plan = written(district, begun(district))
    act(district, plan, "luo", engine.complete)
    assert Assignment.objects.get(run=plan.run, status="open").post == district.posts["hu"]


def test_a_lead_department_does_not_accept_its_own_plan_for_the_coordination_group(district):
    LineUnit.objects.create(
        line=district.line, organisation=district.units["coordinating"], role="lead", order=3
    )
    plan = written(district, begun(district))
    act(district, plan, "luo", engine.complete)
    asked = set(Assignment.objects.filter(run=plan.run, status="open").values_list("post__code", flat=True))
    assert asked == {district.posts["bai"].code, district.posts["ke"].code}
    for name in ("bai", "ke", "hu"):
        act(district, plan, name)
    assert not Assignment.objects.filter(run=plan.run, post=district.posts["ke"], status="open").exists()


def test_a_unit_that_left_the_line_meanwhile_stops_the_acceptance(district):
    plan = written(district, begun(district))
    act(district, plan, "luo", engine.complete)
    for name in ("bai", "hu", "ke"):
        act(district, plan, name)
    LineUnit.objects.filter(organisation=district.units["stranger"]).delete()
    refused(WrongState, "shares-do-not-add-up", act, district, plan, "zhao")


def test_a_share_is_never_changed(district):
    plan = adopted(district)
    with pytest.raises(DatabaseError), transaction.atomic():
        TargetShare.objects.filter(line_plan=plan).update(value=0)
    with pytest.raises(DatabaseError), transaction.atomic():
        TargetShare.objects.filter(line_plan=plan).delete()


# --- reading ---


def test_shares_are_read_in_one_statement(district, django_assert_num_queries):
    adopted(district)
    with django_assert_num_queries(1):
        shares_of(district.plan.pk, on=date(2023, 12, 31))


def test_what_is_being_filed_is_the_lines_business_and_what_is_in_force_everybodys(district):
    LineUnit.objects.filter(organisation=district.units["stranger"]).delete()
    plan = begun(district)
    for name, sees in (
        ("luo", True),
        ("chen", True),
        ("zhao", True),
        ("ke", True),
        ("gao", True),
        ("wang", False),
    ):
        assert (plan in visible_to(district.actor(name), district.now)) == sees, name
    LinePlan.objects.filter(pk=plan.pk).update(state="adopted", holds_from=date(2023, 6, 1))
    assert plan in visible_to(district.actor("wang"), district.now)


def test_the_lines_say_what_is_in_force_and_who_may_file(district):
    adopted(district)
    (row,) = lines_for(district.actor("luo"), district.now)
    assert (row.adopted.number, row.open, bool(row.may_file)) == (1, None, True)
    (row,) = lines_for(district.actor("zhao"), district.now)
    assert row.may_file.code == "not-of-a-lead-department"
