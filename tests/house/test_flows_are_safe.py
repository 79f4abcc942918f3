"""A flow with another lock, or a stored step without its node, is refused at start."""

import pytest
from django.db import IntegrityError, connection
from viewflow import this
from viewflow.workflow import flow, lock

from flows.engine import checks
from flows.engine.flows import Flow
from flows.engine.models import Policy, Step
from flows.engine.nodes import End, Work
from flows.projects.flow import CorrectionFlow, MilestoneFlow
from tests.support import cast


@pytest.mark.parametrize("flow_class", [MilestoneFlow, CorrectionFlow])
def test_every_flow_waits_for_its_lock(flow_class):
    assert checks.lock_errors(flow_class) == []
    assert flow_class in set(checks._flows())


@pytest.mark.parametrize("impl", [lock.no_lock, lock.SelectForUpdateLock(), lock.CacheLock()])
def test_any_other_lock_is_refused(impl):
    class Careless(Flow):
        lock_impl = impl
        start = flow.StartHandle(this.begin).Next(this.work)
        work = Work("milestone.submit").Next(this.end)
        end = End()

    assert [error.id for error in checks.lock_errors(Careless)] == ["engine.E001"]


@pytest.mark.django_db
def test_a_stored_step_whose_node_is_gone_is_named():
    cast.build().milestone()
    assert checks.stored_steps_have_their_node(None, databases=["default"]) == []
    gone = "projects/flow.MilestoneFlow.renamed"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE engine_step SET flow_task = %s WHERE status = 'NEW'", [gone])
    (error,) = checks.stored_steps_have_their_node(None, databases=["default"])
    assert error.id == "engine.E002"
    assert gone in error.msg


@pytest.mark.django_db
def test_the_database_refuses_two_open_steps_in_one_branch():
    milestone = cast.build().milestone()
    step = Step.objects.get(process=milestone.run, status="NEW")
    with pytest.raises(IntegrityError):
        Step.objects.create(
            process=step.process,
            flow_task=step.flow_task,
            flow_task_type=step.flow_task_type,
            token=step.token,
            policy=Policy.objects.get(pk=step.policy_id),
        )
