"""The lifecycle's table, the machine and the database's own refusal agree on every pair of phases."""

import pytest
from django.db import IntegrityError, transaction
from django_fsm import TransitionNotAllowed

from flows.engine import operations as engine
from flows.journal.models import Entry
from flows.projects import operations as projects
from flows.projects.lifecycle import MAY_PAUSE, MOVES, Phase, moves_from
from flows.projects.models import Fact, Project
from hetang_flow.lib.errors import NotAllowed, WrongState

REASON = "阶段误报，应退回上一阶段。"


def put_in(project, phase):
    """Walk a project to a phase by named moves, as a milestone would."""
    walk = {
        Phase.SIGNED: [],
        Phase.FULFILLED: ["fulfil"],
        Phase.STARTED: ["fulfil", "start"],
        Phase.BUILDING: ["fulfil", "start", "build"],
        Phase.COMPLETED: ["fulfil", "start", "build", "complete"],
        Phase.REVIEWED: ["fulfil", "start", "build", "complete", "review"],
        Phase.SUSPENDED: ["fulfil", "start", "suspend"],
        Phase.TERMINATED: ["terminate"],
    }
    for move in walk[phase]:
        getattr(project, move)()
        project.save()
    return project


def allowed(project, target):
    legs = [leg for leg in MOVES if project.phase in leg.sources]
    return any(target == (leg.target or Phase(project.phase_left)) for leg in legs)


@pytest.mark.parametrize("source", Phase)
def test_the_database_takes_exactly_the_named_pairs(district, source):
    project = put_in(district.project(), source)
    for target in Phase:
        if target == source:
            continue
        expected = allowed(project, target)
        try:
            with transaction.atomic():
                Project.objects.filter(pk=project.pk).update(phase=target)
                taken = True
                transaction.set_rollback(True)
        except IntegrityError:
            taken = False
        assert taken == expected, (source, target)


@pytest.mark.parametrize("source", Phase)
def test_the_machine_takes_exactly_the_named_moves(district, source):
    project = put_in(district.project(), source)
    for leg in MOVES:
        copy = Project.objects.get(pk=project.pk)
        if leg.move in moves_from(source):
            getattr(copy, leg.move)()
            assert copy.phase == (leg.target or copy.phase_left)
        else:
            with pytest.raises(TransitionNotAllowed):
                getattr(copy, leg.move)()


def test_the_phase_is_protected_from_assignment(district):
    with pytest.raises(AttributeError):
        district.project().phase = Phase.REVIEWED


def test_a_suspended_project_returns_to_the_phase_it_left(district):
    project = put_in(district.project(), Phase.BUILDING)
    project.suspend()
    project.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        Project.objects.filter(pk=project.pk).update(phase=Phase.STARTED)
    project.resume()
    project.save()
    assert Project.objects.get(pk=project.pk).phase == Phase.BUILDING
    assert set(MAY_PAUSE) == {Phase.STARTED, Phase.BUILDING}


def test_a_project_opens_signed_or_in_a_phase_marked_as_derived(district):
    assert district.project().phase_derived is False
    derived = district.project(phase=Phase.BUILDING)
    assert (derived.phase, derived.phase_derived) == (Phase.BUILDING, True)
    with pytest.raises(IntegrityError), transaction.atomic():
        district.project(phase=Phase.REVIEWED)


def test_two_persons_put_a_wrong_phase_right_and_the_old_entry_stays(district):
    project = district.project(phase=Phase.BUILDING)
    gao, ma, now = district.actor("gao"), district.actor("ma"), district.now
    with pytest.raises(NotAllowed):
        projects.propose_correction(
            project.public_id, "started", reason=REASON, by=district.actor("chen"), now=now
        )
    correction = projects.propose_correction(project.public_id, "started", reason=REASON, by=gao, now=now)
    project.refresh_from_db()
    assert project.phase == Phase.BUILDING, "one person alone changes nothing"
    with pytest.raises(WrongState):
        projects.propose_correction(project.public_id, "started", reason=REASON, by=gao, now=now)
    share = district.share(correction.run, "ma")
    engine.approve(correction.run.public_id, share.pk, by=ma, now=now)
    project.refresh_from_db()
    assert project.phase == Phase.STARTED
    kinds = list(
        Entry.objects.filter(chain=project.chain_id).order_by("number").values_list("kind", flat=True)
    )
    assert kinds[0] == "project.opened"
    assert "project.corrected" in kinds
    with pytest.raises(IntegrityError), transaction.atomic():
        Project.objects.filter(pk=project.pk).update(phase=Phase.SIGNED)


def test_a_correction_that_is_not_confirmed_changes_nothing(district):
    project = district.project(phase=Phase.BUILDING)
    correction = projects.propose_correction(
        project.public_id, "started", reason=REASON, by=district.actor("gao"), now=district.now
    )
    share = district.share(correction.run, "ma")
    engine.return_to_initiator(
        correction.run.public_id,
        share.pk,
        by=district.actor("ma"),
        now=district.now,
        reason="经核实阶段无误。",
    )
    correction.run.refresh_from_db()
    project.refresh_from_db()
    assert (correction.run.outcome, project.phase) == ("refused", Phase.BUILDING)


def test_a_reported_fact_is_never_changed(district):
    milestone = district.submitted()
    with pytest.raises(Exception, match="append_only"), transaction.atomic():
        Fact.objects.filter(milestone=milestone).update(value=1)
