"""An inspection round from its announcement to the units that have seen it: each step beside who must not, and why."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from flows.engine import operations as engine
from flows.engine.models import Assignment, Run
from flows.engine.operations import time_out
from flows.files.models import Attachment
from flows.inspections import opening, operations, operations_visit, registry, selectors
from flows.inspections.models import Finding, Opened, Round, Seen, Visit
from flows.journal.models import Entry
from flows.journal.selectors import verify
from flows.obstacles.models import Obstacle
from flows.obstacles.registry import origin_of, with_origins
from flows.supervision.models import Item
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from notifications.models import Notice
from permissions.models import Appointment, User
from tests.support import inspected, obstructed, supervised
from tests.support.inspected import (
    DUE,
    FIRST,
    FOUND,
    LAST,
    MATERIALS,
    OBJECTION,
    announced,
    followed,
    handed,
    noted,
    opened,
    photographed,
    reported,
    said,
    seen,
)
from tests.support.scene import refused

REASON = "本轮督查与上级统一安排重复，改期进行。"


@pytest.fixture
def inspecting(district):
    return inspected.prepare(district)


def waits_at(visit):
    """The step at which the flow waits."""
    return [str(step.flow_task.name) for step in visit.run.task_set.filter(status="NEW")]


def asked(visit):
    """Who is asked now, by first name."""
    open_ = Assignment.objects.filter(run=visit.run, status="open").order_by("post__code")
    return [code.partition("-")[0] for code in open_.values_list("post__code", flat=True)]


def told(kind):
    """Who was told of something."""
    return sorted(
        name.lower() for name in Notice.objects.filter(kind=kind).values_list("user__name", flat=True)
    )


def entry(kind):
    return Entry.objects.filter(kind=kind).latest("pk")


def again(visit):
    return Visit.objects.select_related("run", "round", "project").get(pk=visit.pk)


def came_from(obstacle):
    return origin_of(with_origins(Obstacle.objects.filter(pk=obstacle.pk)).get())


# --- announcing ---


def test_the_headquarters_office_announces_and_each_project_is_visited_in_a_run_of_its_own(inspecting):
    round_ = announced(inspecting, inspecting.project(), inspecting.project())
    assert told("inspection.announced") == ["hao", "ma"]
    assert entry("inspections.announced").facts["projects"] == 2
    assert not Run.objects.filter(inspection__round=round_).exists()
    assert opening.open_visits(now=inspecting.now) == 2
    assert opening.open_visits(now=inspecting.now) == 0, "twice is once"
    for visit in round_.visits.all():
        assert (waits_at(visit), asked(visit)) == (["hand_in"], ["bai"])
        assert visit.run.task_set.get(status="NEW").due_on == DUE
        assert verify(visit.project.chain_id)


@pytest.mark.parametrize("name", ["gao", "lin", "zhao", "chen", "wang"])
def test_nobody_else_announces(inspecting, name):
    about = said(inspecting, inspecting.project())
    with pytest.raises(NotAllowed, match="not-headquarters"):
        operations.announce_round(inspecting.plan.code, about, by=inspecting.actor(name), now=inspecting.now)
    assert not Round.objects.exists()


def test_who_is_invented_inspects_what_is_invented(inspecting):
    real = inspecting.project(is_demo=False, code="R-1", name="真实项目")
    with pytest.raises(NotAllowed, match="demonstration-only"):
        announced(inspecting, real)
    announced(inspecting, inspecting.project(), lines=["construction"])
    assert set(Visit.objects.values_list("project__is_demo", flat=True)) == {True}, (
        "of a line its own world only"
    )


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("materials-day-gone", {"materials_due": date(2023, 5, 31)}),
        ("materials-after-visit", {"materials_due": date(2023, 6, 2)}),
        ("round-ends-before", {"last_day": date(2023, 5, 31)}),
        ("round-too-long", {"last_day": date(2023, 12, 31)}),
        ("title-missing", {"name": "  "}),
        ("text-too-long", {"name": "长" * 61}),
        ("too-few-words", {"wanted": "材料"}),
        ("form-incomplete", {"kind": "visit"}),
        ("no-inspectors", {"inspectors": []}),
    ],
)
def test_what_was_typed_wrong_is_refused_with_what_is_wrong(inspecting, code, change):
    about = said(inspecting, inspecting.project(), **change)
    by, now = inspecting.actor("ma"), inspecting.now
    refused(code, operations.announce_round, inspecting.plan.code, about, by=by, now=now)


def test_a_post_outside_the_groups_does_not_inspect_nor_a_leader(inspecting):
    for name in ("wang", "zhao", "sun"):
        with pytest.raises(Invalid, match="not-an-inspector"):
            announced(inspecting, inspectors=("ma", name))


def test_projects_that_are_over_or_of_another_plan_are_not_inspected(inspecting):
    over = inspecting.project()
    over.terminate()
    over.save(update_fields=["phase"])
    with pytest.raises(Invalid, match="no-projects"):
        announced(inspecting, over)
    with pytest.raises(Invalid, match="no-projects"):
        announced(inspecting, lines=["no-such-line"], projects=[])
    with pytest.raises(NotFound, match="no-such-plan"):
        about = said(inspecting, inspecting.project())
        operations.announce_round("no-such", about, by=inspecting.actor("ma"), now=inspecting.now)


def test_a_project_that_only_its_own_unit_could_inspect_is_named(inspecting):
    """Hao's unit serves it, and Ma holds a post there as well: nobody is left."""
    project = inspecting.project()
    project.units.create(organisation=inspecting.units["coordinating"], role="service", order=5)
    Appointment.objects.create(
        post=inspecting.posts["ke"], user=inspecting.users["ma"], from_day=date(2023, 1, 1)
    )
    with pytest.raises(Invalid) as refusal:
        announced(inspecting, project)
    assert refusal.value.code == "nobody-free-to-inspect"
    assert refusal.value.facts["projects"] == [project.name]
    announced(inspecting, project, inspectors=("ma", "hao", "ji"))


def test_nobody_inspects_the_project_their_own_unit_serves(inspecting):
    project = inspecting.project()
    project.units.create(organisation=inspecting.units["coordinating"], role="service", order=5)
    visit = handed(inspecting, opened(inspecting, project))
    assert asked(visit) == ["ma"]
    with pytest.raises(NotAllowed):
        noted(inspecting, visit, by="hao")


def test_a_round_is_called_off_with_a_reason_and_what_was_found_stays(inspecting):
    first, second = inspecting.project(), inspecting.project()
    reported(inspecting, handed(inspecting, opened(inspecting, first, second)))
    round_ = Round.objects.get()
    by, now = inspecting.actor("ma"), inspecting.now
    refused("reason-too-short", operations.call_off_round, round_.public_id, reason="改期", by=by, now=now)
    gao = inspecting.actor("gao")
    refused("not-headquarters", operations.call_off_round, round_.public_id, reason=REASON, by=gao, now=now)
    operations.call_off_round(round_.public_id, reason=REASON, by=by, now=now)
    opening.open_visits(now=now)
    assert not round_.visits.filter(closed=None).exists()
    assert set(Run.objects.filter(inspection__round=round_).values_list("outcome", flat=True)) == {"closed"}
    assert Finding.objects.count() == 1
    refused("called-off-already", operations.call_off_round, round_.public_id, reason=REASON, by=by, now=now)


def test_a_round_called_off_before_its_visits_were_opened_opens_none(inspecting):
    round_ = announced(inspecting)
    by, now = inspecting.actor("ma"), inspecting.now
    operations.call_off_round(round_.public_id, reason=REASON, by=by, now=now)
    assert opening.open_visits(now=now) == 0
    assert not Run.objects.filter(label="Inspection").exists()
    assert round_.visits.get().closed is not None


def test_a_project_that_is_over_before_its_visit_is_opened_is_not_visited(inspecting):
    project = inspecting.project()
    visit = announced(inspecting, project).visits.get()
    project.terminate()
    project.save(update_fields=["phase"])
    assert opening.open_visits(now=inspecting.now) == 0
    visit.refresh_from_db()
    assert (visit.run, visit.closed) == (None, inspecting.now)


# --- materials ---


def test_the_desk_of_the_service_department_hands_in_and_the_inspectors_are_asked(inspecting):
    visit = again(handed(inspecting))
    assert (visit.materials, visit.materials_in) == (MATERIALS, inspecting.now)
    assert (waits_at(visit), asked(visit)) == (["visit"], ["hao", "ma"])
    assert visit.run.task_set.get(status="NEW").due_on == LAST


def test_the_desk_hands_it_out_inside_and_the_officer_hands_in(inspecting):
    visit = opened(inspecting)
    share, desk = inspecting.share(visit.run, "bai").pk, inspecting.actor("bai")
    chen = inspecting.users["chen"].pk
    engine.hand_out(visit.run.public_id, share, to_user_id=chen, by=desk, now=inspecting.now)
    assert waits_at(handed(inspecting, visit, by="chen")) == ["visit"]


def test_materials_need_words_and_their_own_unit(inspecting):
    visit = opened(inspecting)
    with pytest.raises(Invalid, match="too-few-words"):
        operations_visit.hand_in_materials(
            visit.public_id, text="已报", by=inspecting.actor("bai"), now=inspecting.now
        )
    for name in ("ma", "hao", "lin", "wang"):
        with pytest.raises(NotAllowed):
            handed(inspecting, visit, by=name)
    assert waits_at(visit) == ["hand_in"]


def test_who_hands_nothing_in_does_not_keep_the_inspectors_away(inspecting):
    visit = opened(inspecting)
    step = visit.run.task_set.get(status="NEW")
    assert not time_out(step.pk, now=inspecting.now), "the day itself still counts"
    assert time_out(step.pk, now=inspecting.now + timedelta(days=1))
    visit = again(visit)
    assert (waits_at(visit), visit.materials_in) == (["visit"], None)
    assert Assignment.objects.get(step=step).auto == "timeout"
    with pytest.raises(WrongState, match="visit-not-there"):
        handed(inspecting, visit)


# --- on site ---


def test_an_inspector_notes_what_is_found_with_photographs_and_hands_the_visit_in(inspecting):
    finding = photographed(inspecting, noted(inspecting), count=2)
    visit = again(reported(inspecting, finding.visit))
    assert finding.photographs.count() == Attachment.objects.filter(run=visit.run).count() == 2
    assert (visit.visited_on, visit.handed_in_by) == (FIRST, inspecting.users["hao"])
    facts = entry("inspection.reported").facts
    assert (facts["day"], facts["findings"], facts["serious"]) == ("2023-06-01", 1, 0)
    assert (waits_at(visit), asked(visit)) == (["seen"], ["bai"])


@pytest.mark.parametrize("name", ["bai", "lin", "wang", "gao", "ji"])
def test_who_does_not_inspect_here_notes_nothing(inspecting, name):
    visit = handed(inspecting)
    with pytest.raises(NotAllowed):
        noted(inspecting, visit, by=name)
    assert not Finding.objects.exists()


def test_a_finding_needs_words_and_a_unit_that_it_can_concern(inspecting):
    visit = handed(inspecting)
    with pytest.raises(Invalid, match="too-few-words"):
        noted(inspecting, visit, text="无围挡")
    with pytest.raises(Invalid, match="text-too-long"):
        noted(inspecting, visit, text="长" * 1001)
    with pytest.raises(Invalid, match="no-such-unit"):
        noted(inspecting, visit, unit="stranger")
    assert noted(inspecting, visit, unit="owner").unit == inspecting.units["owner"]


def test_nothing_is_noted_before_the_visit(inspecting):
    visit = opened(inspecting)
    with pytest.raises(WrongState, match="changed-meanwhile"):
        noted(inspecting, visit)
    unopened = announced(inspecting, inspecting.project()).visits.get()
    with pytest.raises(WrongState, match="visit-not-there"):
        noted(inspecting, unopened)


def test_what_was_noted_is_taken_back_before_the_hand_in_and_its_number_stays(inspecting):
    finding = photographed(inspecting, noted(inspecting))
    by, now = inspecting.actor("hao"), inspecting.now
    operations_visit.take_back_finding(finding.public_id, by=by, now=now)
    assert not Attachment.objects.filter(withdrawn=None).exists()
    with pytest.raises(WrongState, match="finding-taken-back"):
        operations_visit.take_back_finding(finding.public_id, by=by, now=now)
    with pytest.raises(WrongState, match="finding-taken-back"):
        photographed(inspecting, finding)
    assert noted(inspecting, finding.visit).number == 2
    with pytest.raises(NotAllowed):
        operations_visit.take_back_finding(
            Finding.objects.get(number=2).public_id, by=inspecting.actor("bai"), now=now
        )


def test_what_was_handed_in_stands(inspecting):
    finding = noted(inspecting)
    reported(inspecting, finding.visit)
    by, now = inspecting.actor("hao"), inspecting.now
    with pytest.raises(WrongState):
        operations_visit.take_back_finding(finding.public_id, by=by, now=now)
    with pytest.raises(WrongState):
        noted(inspecting, finding.visit)
    for change in (
        lambda: Finding.objects.filter(pk=finding.pk).update(text="已整改"),
        lambda: Finding.objects.filter(pk=finding.pk).delete(),
        lambda: Finding.objects.create(
            visit=finding.visit, number=9, text=FOUND, unit=finding.unit, noted=now, noted_by_id=by.user_id
        ),
    ):
        with pytest.raises(IntegrityError, match="stays as it is"), transaction.atomic():
            change()


def test_nothing_found_is_an_answer_too(inspecting):
    visit = again(reported(inspecting, nothing_found=True))
    assert visit.nothing_found
    assert (waits_at(visit), asked(visit)) == (["seen"], ["bai"])


@pytest.mark.parametrize(
    ("code", "found", "words"),
    [
        ("visit-day-missing", True, {"visited_on": None}),
        ("day-in-future", True, {"visited_on": date(2023, 6, 2)}),
        ("visit-before-round", True, {"visited_on": date(2023, 5, 31)}),
        ("found-and-nothing", True, {"nothing_found": True}),
        ("findings-or-nothing", False, {"nothing_found": False}),
    ],
)
def test_a_visit_says_its_day_and_either_what_was_found_or_that_nothing_was(inspecting, code, found, words):
    visit = handed(inspecting)
    if found:
        noted(inspecting, visit)
    words = {"visited_on": FIRST, "nothing_found": False} | words
    by, now = inspecting.actor("hao"), inspecting.now
    refused(code, operations_visit.report_visit, visit.public_id, **words, by=by, now=now)


def test_the_other_inspector_is_told_who_was_faster(inspecting):
    visit = reported(inspecting)
    with pytest.raises(WrongState, match="visit-not-there"):
        reported(inspecting, visit, by="ma", nothing_found=True)


# --- seen ---


def test_the_unit_signs_that_it_has_seen_and_may_object(inspecting):
    visit = again(seen(inspecting, objection=OBJECTION))
    assert visit.run.outcome == "completed"
    assert visit.closed == inspecting.now
    row = Seen.objects.get()
    assert (row.unit, row.objection) == (inspecting.units["serving"], OBJECTION)
    assert told("inspection.objected") == ["ma"]
    assert entry("inspection.objected").facts["unit"] == inspecting.units["serving"].name


def test_every_unit_that_a_finding_concerns_sees_it(inspecting):
    visit = handed(inspecting)
    noted(inspecting, visit)
    noted(inspecting, visit, unit="leading")
    reported(inspecting, visit)
    assert asked(visit) == ["bai", "lin"]
    seen(inspecting, visit, "bai")
    assert again(visit).closed is None
    seen(inspecting, visit, "lin", OBJECTION)
    assert again(visit).closed is not None
    assert list(Seen.objects.values_list("objection", flat=True)) == ["", OBJECTION]


def test_a_unit_without_a_desk_is_asked_through_its_head_or_the_owners_contact(inspecting):
    obstructed._hire(inspecting, "yu", "owner", "contact", "a")
    visit = handed(inspecting)
    noted(inspecting, visit, unit="owner")
    reported(inspecting, visit)
    assert asked(visit) == ["bai", "yu"]


def test_others_do_not_sign_and_an_objection_says_something(inspecting):
    visit = reported(inspecting)
    for name in ("hao", "ma", "lin", "wang"):
        with pytest.raises(NotAllowed):
            seen(inspecting, visit, name)
    with pytest.raises(Invalid, match="too-few-words"):
        seen(inspecting, visit, objection="不对")
    with pytest.raises(WrongState, match="visit-not-seen"):
        share = inspecting.share(visit.run, "bai").pk
        engine.complete(visit.run.public_id, share, by=inspecting.actor("bai"), now=inspecting.now)


# --- what a finding opens ---


@pytest.fixture
def hindered(inspecting):
    return supervised.prepare(obstructed.prepare(inspecting))


def test_a_finding_opens_an_obstacle_whose_sheet_names_it(hindered):
    finding = reported(hindered).findings.get()
    row = followed(hindered, finding, "obstacle", by="hao")
    obstacle = Obstacle.objects.get()
    assert (row.key, obstacle.raised_by_unit) == (obstacle.run.public_id, hindered.units["coordinating"])
    assert FOUND in obstacle.details
    assert finding.visit.round.name in came_from(obstacle).text
    assert asked(obstacle) == ["gao", "han"]
    assert entry("inspection.opened").chain_id == finding.visit.project.chain_id
    assert verify(finding.visit.project.chain_id)


def test_an_obstacle_raised_otherwise_came_from_nowhere_else(hindered):
    assert came_from(obstructed.raised(hindered)) is None


def test_a_finding_opens_a_matter_of_supervision_by_the_headquarters_office_only(hindered):
    finding = reported(hindered).findings.get()
    with pytest.raises(NotAllowed, match="not-headquarters"):
        followed(hindered, finding, "slip", by="hao")
    row = followed(hindered, finding, "slip")
    item = Item.objects.get()
    assert (row.key, item.unit, item.project) == (item.public_id, finding.unit, finding.visit.project)
    assert FOUND in item.reason
    assert verify(hindered.plan.chain_id)


@pytest.mark.parametrize("code", ["obstacle", "slip"])
def test_a_finding_opens_each_once(hindered, code):
    finding = reported(hindered).findings.get()
    followed(hindered, finding, code)
    with pytest.raises(WrongState, match="finding-opened"):
        followed(hindered, finding, code)
    other = {"obstacle": "slip", "slip": "obstacle"}[code]
    followed(hindered, finding, other)
    assert Opened.objects.count() == 2


def test_the_database_refuses_a_second_one_and_nothing_of_it_is_left(hindered, monkeypatch):
    finding = reported(hindered).findings.get()
    followed(hindered, finding, "obstacle")
    monkeypatch.setattr("flows.inspections.rules.may_follow", lambda **facts: True)
    monkeypatch.setattr("flows.inspections.following.or_refuse", lambda verdict: None)
    with pytest.raises(WrongState, match="finding-opened"):
        followed(hindered, finding, "obstacle")
    assert Obstacle.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "code"), [("gao", "not-inspecting"), ("zhao", "not-inspecting"), ("bai", "not-inspecting")]
)
def test_others_open_nothing(hindered, name, code):
    finding = reported(hindered).findings.get()
    with pytest.raises(NotAllowed, match=code):
        followed(hindered, finding, "obstacle", by=name)


def test_an_inspector_opens_nothing_on_what_their_own_unit_serves(hindered):
    project = hindered.project()
    project.units.create(organisation=hindered.units["coordinating"], role="service", order=5)
    visit = reported(hindered, handed(hindered, opened(hindered, project)), by="ma")
    with pytest.raises(NotAllowed, match="inspects-own-work"):
        followed(hindered, visit.findings.get(), "obstacle", by="hao")


def test_nothing_is_opened_of_what_is_not_handed_in_or_was_taken_back(hindered):
    finding = noted(hindered)
    with pytest.raises(WrongState, match="finding-not-handed-in"):
        followed(hindered, finding, "obstacle")
    operations_visit.take_back_finding(finding.public_id, by=hindered.actor("hao"), now=hindered.now)
    reported(hindered, finding.visit, nothing_found=True)
    with pytest.raises(WrongState, match="finding-not-handed-in"):
        followed(hindered, finding, "obstacle")


def test_what_the_other_room_refuses_leaves_no_link(hindered):
    finding = reported(hindered).findings.get()
    with pytest.raises(Invalid, match="title-missing"):
        followed(hindered, finding, "obstacle", title=" ")
    with pytest.raises(Invalid, match="rung-not-entered"):
        followed(hindered, finding, "slip", rung="interview")
    with pytest.raises(Invalid, match="reason-too-short"):
        followed(hindered, finding, "slip", reason="无")
    assert not Opened.objects.exists()


def test_another_room_may_make_known_what_a_finding_opens(hindered, monkeypatch):
    monkeypatch.setattr(registry, "_KINDS", {})
    finding = reported(hindered).findings.get()
    with pytest.raises(Invalid, match="no-such-opening"):
        followed(hindered, finding, "obstacle")
    begun = registry.Begun(finding.public_id, finding.visit.project.chain_id)
    registry.opens(
        "obstacle", "anything", lambda found, typed, *, by, now: begun,
        form="x.html", page="sheet", choices=lambda found, by, at: {},
    )  # fmt: skip
    assert followed(hindered, finding, "obstacle").key == finding.public_id


# --- who sees what ---


def test_findings_are_read_by_others_only_once_they_are_handed_in(inspecting):
    finding = noted(inspecting)
    at = inspecting.now

    def reads(name):
        return selectors.visible_findings(inspecting.actor(name), at).exists()

    assert not any(map(reads, ("bai", "zhao", "gao", "hao", "ma")))
    reported(inspecting, finding.visit)
    assert all(map(reads, ("bai", "zhao", "gao", "hao", "ma", "lin")))
    assert not reads("wang")


def test_an_inspector_sees_the_visits_of_the_round_but_not_of_their_own_units_project(inspecting):
    stranger = inspecting.units["stranger"]
    inspecting.plan.groups.get().units.create(organisation=stranger, role="member", order=3)
    project = inspecting.project()
    project.units.create(organisation=inspecting.units["leading"], role="owner", order=5)
    opened(inspecting, inspecting.project(), project, inspectors=("ma", "wang"))
    inspecting.plan.groups.get().units.filter(organisation=stranger).delete()
    at = inspecting.now
    assert selectors.visible_to(inspecting.actor("wang"), at).count() == 2
    project.units.create(organisation=stranger, role="service", order=6)
    assert selectors.visible_to(inspecting.actor("wang"), at).count() == 2, "it became theirs to answer for"
    administrator = User.objects.create(username="xi", name="xi", administrator="system", is_demo=True)
    inspecting.users["xi"] = administrator
    assert not selectors.visible_to(inspecting.actor("xi"), at).exists()
