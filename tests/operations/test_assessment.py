"""The year-end assessment: facts frozen, scored by people, told, objected to, answered by another, confirmed, published."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from flows.engine import operations as engine
from flows.engine.models import Assignment, Run
from flows.figures.operations import report_month
from flows.figures.rules import Month
from flows.journal.models import Entry
from flows.journal.selectors import verify
from flows.obligations.assessing import punctuality
from flows.obligations.models import Occurrence
from flows.obligations.operations import open_due
from flows.targets.gathering import taken_on
from flows.targets.models import Assessment, AssessmentObjection, AssessmentRow, Target, TargetShare
from flows.targets.selectors_assessment import overview, unit_page, unit_rows, visible_to
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from hetang_flow.refusal_texts import TEXTS
from notifications.models import Notice
from permissions.models import Appointment, Post, User
from tests.support import filing
from tests.support.assessing import (
    OBJECTION,
    REASON,
    act,
    answered,
    begun,
    furnish,
    notified,
    objected,
    scored,
)
from tests.support.owing import owe


@pytest.fixture
def district(district):
    return furnish(district)


def refused(kind, why, call, *args, **words):
    def written():
        scores = sorted(AssessmentRow.objects.values_list("pk", "score", "reason"))
        return Entry.objects.count(), Run.objects.count(), AssessmentObjection.objects.count(), scores

    before = written()
    with pytest.raises(kind) as answer:
        call(*args, **words)
    assert answer.value.code == why
    assert why in TEXTS
    assert before == written()


def entry(found, kind):
    return Entry.objects.filter(run_id=found.run_id, kind=kind).latest("pk")


# --- beginning ---


def test_the_campaign_office_begins_it_and_every_unit_has_a_row_for_each_criterion(district):
    refused(NotAllowed, "not-of-the-campaign-office", begun, district, "ma")
    found = begun(district)
    assert found.gathered_on == date(2023, 6, 1)
    rows = AssessmentRow.objects.filter(assessment=found)
    assert {row.organisation for row in rows} == {district.units["leading"], district.units["serving"]}
    derived = rows.get(organisation=district.units["serving"], criterion="on-time")
    assert (derived.computed, derived.score, derived.facts[0]["facts"]) == (
        90,
        None,
        {"punctual": 9, "owed": 10},
    )
    refused(WrongState, "assessment-begun", begun, district, "ding")


def test_one_that_was_withdrawn_leaves_the_way_open_for_another(district):
    found = begun(district)
    engine.withdraw(found.run.public_id, by=district.actor("gao"), now=district.now, reason=REASON)
    found.refresh_from_db()
    assert found.state == "closed"
    assert begun(district).run.code.endswith("-02")


def test_persons_and_campaign_bodies_are_never_scored(district):
    found = begun(district)
    leadership = district.units["leadership"]
    values = {
        "assessment": found, "organisation": leadership, "criterion": "targets", "name": "目标完成",
        "kind": "judged", "weight": 60, "order": 0,
    }  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        AssessmentRow.objects.create(unit_kind=leadership.kind, **values)
    about = {
        field.name for field in AssessmentRow._meta.fields if field.related_model in (User, Post, Appointment)
    }
    assert about == {"scored_by"}, "nothing in a row could name a person who is scored"
    Assessment.objects.filter(pk=found.pk).update(state="closed")
    district.line.units.create(organisation=leadership, role="responsible", order=9)
    refused(Invalid, "only-units-are-scored", begun, district)


def test_gathered_facts_are_never_changed(district):
    found = begun(district)
    rows = AssessmentRow.objects.filter(assessment=found)
    for change in ({"facts": []}, {"computed": 100}, {"weight": 99}):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.delete()


# --- scoring ---


def test_a_judged_score_needs_a_reason_and_a_derived_one_where_it_differs(district):
    found = begun(district)
    refused(Invalid, "score-needs-a-reason", scored, district, found, "serving", targets=("85", "好"))
    refused(Invalid, "no-such-score", scored, district, found, "serving", targets=("101", REASON))
    refused(Invalid, "score-needs-a-reason", scored, district, found, "serving", on_time=("95", ""))
    scored(district, found, "serving", targets=("85", REASON), on_time=("90", ""))
    told = entry(found, "assessment.scored")
    assert (told.before, told.after) == (
        {"targets": None, "on-time": None},
        {"targets": "85", "on-time": "90"},
    )
    assert REASON in told.personal_values.get(field="opinion").value
    assert "目标完成较好" not in str(told.facts)
    scored(district, found, "serving", targets=("85", REASON))
    assert entry(found, "assessment.scored") == told, "the same again is nothing new"


def test_nobody_scores_their_own_unit(district):
    found = begun(district)
    refused(
        NotAllowed, "not-your-task", scored, district, found, "serving", by="chen", targets=("99", REASON)
    )
    own = Post.objects.create(
        code="gao-second", organisation=district.units["serving"], name="second", duty="officer"
    )
    Appointment.objects.create(post=own, user=district.users["gao"], from_day=date(2023, 1, 1))
    with pytest.raises(NotAllowed) as answer:
        scored(district, found, "serving", targets=("99", REASON))
    assert answer.value.code in ("recused", "own-unit")
    scored(district, found, "serving", by="ding", targets=("85", REASON))


def test_scores_are_handed_on_when_none_is_missing(district):
    found = begun(district)
    scored(district, found, "serving", targets=("85", REASON), on_time=("90", ""))
    refused(WrongState, "scores-missing", act, district, found, "gao", engine.complete)
    scored(district, found, "leading", by="ding", targets=("80", REASON), on_time=("90", ""))
    act(district, found, "gao", engine.complete)
    found.refresh_from_db()
    assert (found.state, found.objections_until) == ("notified", date(2023, 6, 8)), "five working days"
    told = Notice.objects.filter(kind="assessment.notified").values_list("user", flat=True)
    assert set(told) == {district.users["bai"].pk, district.users["lin"].pk}


# --- objecting ---


def test_a_unit_objects_in_time_in_words_and_once(district):
    found = begun(district)
    refused(WrongState, "not-notified-yet", objected, district, found)
    Assessment.objects.filter(pk=found.pk).update(state="closed")
    found = notified(district)
    refused(NotAllowed, "not-of-this-unit", objected, district, found, by="lin")
    refused(Invalid, "objection-needs-words", objected, district, found, text="不服。")
    objection = objected(district, found)
    assert entry(found, "assessment.objected").personal_values.get(field="opinion").value == OBJECTION
    assert Notice.objects.filter(kind="assessment.objected", user=district.users["ning"]).count() == 1
    refused(WrongState, "objected-already", objected, district, found)
    district.now += timedelta(days=8)
    refused(WrongState, "objection-too-late", objected, district, found, by="lin", unit="leading")
    assert objection.round == found.run.round


def test_it_is_answered_by_another_person_than_who_scored(district):
    found = notified(district)
    objected(district, found)
    refused(NotAllowed, "not-your-task", answered, district, found, by="gao")
    AssessmentRow.objects.filter(assessment=found, criterion="targets").update(
        scored_by=district.users["ning"], scored=district.now
    )
    refused(NotAllowed, "scored-it-before", answered, district, found)


def test_an_answer_has_words_and_stands(district):
    found = notified(district)
    refused(NotFound, "no-such-objection", answered, district, found)
    objected(district, found)
    refused(Invalid, "objection-needs-words", answered, district, found, answer="不成立")
    answered(district, found)
    objection = AssessmentObjection.objects.get(assessment=found)
    assert (objection.upheld, objection.answered_by) == (False, district.users["ning"])
    assert entry(found, "assessment.answered").facts["upheld"] is False
    assert Notice.objects.filter(kind="assessment.answered", user=district.users["bai"]).count() == 1
    refused(WrongState, "objection-answered", answered, district, found)


def test_one_that_is_upheld_changes_scores_with_a_reason(district):
    found = notified(district)
    objected(district, found)
    refused(
        Invalid,
        "score-needs-a-reason",
        answered,
        district,
        found,
        upheld=True,
        typed={"on-time": ("100", "")},
    )
    answered(district, found, upheld=True, typed={"on-time": ("100", "系统日志证实两次故障，不计迟报。")})
    told = entry(found, "assessment.amended")
    assert (told.before, told.after) == ({"on-time": "90.0"}, {"on-time": "100"})
    row = AssessmentRow.objects.get(organisation=district.units["serving"], criterion="on-time")
    assert (row.score, row.computed, row.scored_by) == (100, 90, district.users["ning"])


def test_the_round_is_over_after_its_last_day_with_every_objection_answered(district):
    found = notified(district)
    objected(district, found)
    refused(WrongState, "objections-unanswered", act, district, found, "ning", engine.complete)
    answered(district, found)
    refused(WrongState, "objections-still-open", act, district, found, "ning", engine.complete)
    district.now += timedelta(days=8)
    act(district, found, "ning", engine.complete)
    assert Assignment.objects.get(run=found.run, status="open").post == district.posts["ma"]


# --- confirming ---


def finished(district):
    found = notified(district)
    district.now += timedelta(days=8)
    act(district, found, "ning", engine.complete)
    return found


def test_confirmed_it_is_published_and_everybody_sees_the_totals(district):
    found = finished(district)
    wang = district.actor("wang")
    assert found not in visible_to(wang, district.now)
    act(district, found, "ma")
    found.refresh_from_db()
    assert (found.state, found.published_on) == ("published", date(2023, 6, 9))
    assert [row.total for row in unit_rows(found, wang)] == [Decimal("87.00")] * 2
    assert verify(district.plan.chain_id)
    assert entry(found, "assessment.published").after == {"state": "published"}
    refused(WrongState, "assessment-begun", begun, district)


def test_a_no_brings_it_back_to_scoring_and_units_may_object_anew(district):
    found = finished(district)
    act(district, found, "ma", engine.reject, reason=REASON)
    district.now += timedelta(days=1)
    act(district, found, "gao", engine.complete)
    found.refresh_from_db()
    assert found.objections_until > date(2023, 6, 12)
    assert objected(district, found).round == 2


# --- reading ---


def test_a_unit_sees_its_own_scores_once_it_is_told_and_no_others(district):
    found = begun(district)
    bai, lin, gao = district.actor("bai"), district.actor("lin"), district.actor("gao")
    assert not visible_to(bai, district.now).exists()
    Assessment.objects.filter(pk=found.pk).update(state="closed")
    found = notified(district)
    assert [row.unit for row in unit_rows(found, bai)] == [district.units["serving"]]
    assert len(unit_rows(found, gao)) == 2
    with pytest.raises(NotFound):
        unit_page(found.public_id, district.units["serving"].code, lin, district.now)
    page = unit_page(found.public_id, district.units["serving"].code, bai, district.now)
    assert (page.total, bool(page.may_object), page.may_score) == (Decimal("87.00"), True, False)
    assert page.criteria[1].facts[0].text == "应报 10 次，按时报送 9 次"


def test_the_overview_says_what_is_and_who_may_begin(district):
    assert overview(district.actor("gao"), district.now).may_start
    assert overview(district.actor("bai"), district.now).may_start.code == "not-of-the-campaign-office"
    notified(district)
    page = overview(district.actor("zhao"), district.now)
    assert [(row.missing, row.objection) for row in page.units] == [(0, None)] * 2


def test_what_was_owed_is_counted_up_to_the_day(district, django_assert_num_queries):
    owe(district)
    open_due(now=datetime(2023, 4, 3, 1, tzinfo=UTC), since=date(2023, 1, 1))
    lin = district.posts["lin"]
    owed = Occurrence.objects.filter(post=lin).order_by("due_on")
    first = owed.first()
    Occurrence.objects.filter(pk=first.pk).update(delivered=district.now, delivered_on=first.due_on)
    count = owed.filter(due_on__lte=date(2023, 4, 3)).count()
    with django_assert_num_queries(1):
        found = punctuality(district.plan.pk, [lin.organisation_id], date(2023, 4, 3))
    supplied = found[lin.organisation_id]
    assert count > 1
    assert supplied.findings[0].facts == {"owed": count, "punctual": 1}
    assert len(supplied.findings) == count, "each that was not handed in is named"
    assert punctuality(district.plan.pk, [lin.organisation_id], date(2023, 1, 1)) == {}


def test_what_a_unit_took_on_is_held_against_its_facts(district):
    plan = filing.adopted(filing.furnish(district))
    target = Target.objects.create(
        plan=district.plan, line=district.line, code="invested", indicator="invested", name="完成投资", kind="amount",
        comparison="at_least", value=2, unit="亿元", order=9, clause="二",
    )  # fmt: skip
    serving = district.units["serving"]
    TargetShare.objects.create(line_plan=plan, target=target, organisation=serving, quarter=2, value=2)
    project = district.project(phase="building")
    typed = Month(date(2023, 5, 1), Decimal(5000), Decimal(30))
    report_month(project.public_id, typed, seen={}, by=district.actor("chen"), now=district.now)
    (supplied,) = taken_on(
        district.plan.pk, [serving.pk, district.units["leading"].pk], date(2023, 6, 1)
    ).values()
    assert supplied.score == 25
    assert supplied.findings[0].facts == {"target": "完成投资", "share": "2", "reached": "0.5"}
