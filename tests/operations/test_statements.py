"""Each operation's exact number of SQL statements, with few projects and with many."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from flows.engine import operations as engine
from flows.engine.selectors_policy import policy_by_id
from flows.projects import operations as projects
from flows.projects.models import Project
from tests.support import cast

FRAME = ("SAVEPOINT", "RELEASE SAVEPOINT")


def spent(call):
    """Statements of one call; the outermost savepoint stands for BEGIN and COMMIT in a test's transaction."""
    with CaptureQueriesContext(connection) as seen:
        call()
    statements = [query["sql"] for query in seen.captured_queries]
    assert statements[0].startswith(FRAME[0])
    assert statements[-1].startswith(FRAME[1])
    return len(statements) - 2


def press(district, run, name, operation=engine.approve, **words):
    share, by = district.share(run, name), district.actor(name)
    return lambda: operation(run.public_id, share.pk, by=by, now=district.now, **words)


def warm(district):
    """Policies are read once a process; here they are known."""
    for policy_id in district.milestone().run.policies.values():
        policy_by_id(policy_id)


@pytest.fixture(params=[0, 2000], ids=["few", "many"])
def crowd(request, district):
    """The district alone, or among many more projects."""
    warm(district)
    if request.param:
        pattern = district.project()
        chains = type(pattern.chain).objects.bulk_create(
            type(pattern.chain)(kind="project", name=f"crowd-{n}") for n in range(request.param)
        )
        Project.objects.bulk_create(
            Project(
                code=f"CROWD-{n}",
                name=f"演示·{n}",
                plan=district.plan,
                line=district.line,
                total_investment=1,
                planned_investment=1,
                phase_since=cast.NOW,
                chain=chain,
            )
            for n, chain in enumerate(chains)
        )
    return district


def test_completing_a_step_costs_at_most_twelve_statements(crowd):
    milestone = crowd.submitted()
    run = milestone.run
    # lock, shares, my share, step, city leaders, approvers, next step, its shares, copies, record, notices
    assert spent(press(crowd, run, "lin")) == 11
    # lock, shares, my share, record
    assert spent(press(crowd, run, "zhao", opinion="同意。")) == 4
    # lock, shares, my share, step, milestone with project, phase, milestone, run, record, notices
    assert spent(press(crowd, run, "qian")) == 10


def test_handing_in_costs_no_more_for_its_checklist(crowd):
    milestone = crowd.milestone()
    crowd.submit(milestone)
    engine.withdraw(milestone.run.public_id, by=crowd.actor("chen"), now=crowd.now, reason="材料有误需要重做")
    again = crowd.milestone(milestone.project)
    chen = crowd.actor("chen")
    values = {"money": Decimal("3000"), "done-on": crowd.now.date()}
    projects.save_draft(again.public_id, values=values, note="", by=chen, now=crowd.now)
    # lock, shares, checklist, my share, step, verifiers, next step, its shares, record, notices
    share = crowd.share(again.run, "chen")
    assert spent(lambda: engine.complete(again.run.public_id, share.pk, by=chen, now=crowd.now)) == 10


def test_a_return_costs_a_constant_number(crowd):
    milestone = crowd.submitted()
    back = press(crowd, milestone.run, "lin", engine.return_to_initiator, reason="未附签章页，请补正。")
    assert spent(back) == 11
