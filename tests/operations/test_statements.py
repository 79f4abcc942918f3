"""Each operation's exact number of SQL statements, with few projects and with many."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from flows.engine import operations as engine
from flows.engine.models import Assignment
from flows.engine.selectors_policy import policy_by_id
from flows.projects import operations as projects
from flows.projects.models import Project
from tests.support import cast
from tests.support.trial.flow import Joint, Parallel, Straight
from tests.support.trial.stage import REASON, ask, begin

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
    # lock, shares, my share, step, milestone with project, obstacles, phase, milestone, run, record, notices
    assert spent(press(crowd, run, "qian")) == 11


def test_handing_in_costs_no_more_for_its_checklist(crowd):
    milestone = crowd.milestone()
    crowd.submit(milestone)
    engine.withdraw(milestone.run.public_id, by=crowd.actor("chen"), now=crowd.now, reason="材料有误需要重做")
    again = crowd.milestone(milestone.project)
    chen = crowd.actor("chen")
    values = {"money": Decimal("3000"), "done-on": crowd.now.date()}
    projects.save_draft(again.public_id, values=values, note="", by=chen, now=crowd.now)
    # lock, shares, checklist, obstacles, my share, step, verifiers, next step, its shares, record, notices
    share = crowd.share(again.run, "chen")
    assert spent(lambda: engine.complete(again.run.public_id, share.pk, by=chen, now=crowd.now)) == 11


def test_a_return_costs_a_constant_number(crowd):
    milestone = crowd.submitted()
    back = press(crowd, milestone.run, "lin", engine.return_to_initiator, reason="未附签章页，请补正。")
    assert spent(back) == 11


# --- many signers, branches, sub-runs ---

TWO, EIGHT = "lin luo", "lin luo qian sun gao ma wang ke"
MODES = ("any_of", "all_of", "sequential", "vote")


def at_check(district, names, **policy):
    """A matter that lies with these signers."""
    ask("trial.check", names, on_no="count", **policy)
    return begin(district, Straight).yes("chen")


def costs(trial, name, operation=engine.approve, **words):
    """Statements of one person's act."""
    share, by = trial.share(name), trial.district.actor(name)
    trial.passes()
    now = trial.district.now
    return spent(lambda: operation(trial.run.public_id, share.pk, by=by, now=now, **words))


def warmed(trial):
    for policy_id in trial.run.policies.values():
        policy_by_id(policy_id)
    return trial


@pytest.mark.parametrize("mode", MODES)
def test_opening_a_step_costs_the_same_for_eight_signers_as_for_two(district, mode):
    figures = []
    for names in (TWO, EIGHT):
        ask("trial.check", names, mode=mode)
        figures.append(costs(warmed(begin(district, Straight)), "chen", engine.complete))
    # lock, shares, my share, step, signers, next step, its shares, record, notices
    assert figures == [9, 9]


@pytest.mark.parametrize("mode", MODES)
def test_eight_signers_cost_the_same_each_and_the_closing_one_at_most_twelve(district, mode):
    trial = warmed(at_check(district, EIGHT, mode=mode))
    figures = {}
    for name in EIGHT.split():
        if trial.open == ["check"]:
            figures[name] = costs(trial, name)
    *others, closing = figures.values()
    # lock, shares, my share, record; in a sequence who is next, and their notice
    assert others == [6 if mode == "sequential" else 4] * len(others)
    assert max(others, default=0) <= 8
    # lock, shares, my share, step, signers, next step, its shares, record, notices
    assert closing == 9 <= 12
    assert trial.open == ["confirm"]


@pytest.mark.parametrize("mode", MODES)
def test_a_no_and_a_return_of_one_of_eight_cost_a_constant_number(district, mode):
    trial = warmed(at_check(district, EIGHT, mode=mode))
    last = EIGHT.split()[-1 if mode != "sequential" else 0]
    assert costs(trial, last, engine.reject, reason=REASON) == (6 if mode == "sequential" else 4)
    other = warmed(at_check(district, EIGHT, mode=mode))
    # lock, shares, my share, step, steps, initiator, next step, its shares, run, record, notices
    assert costs(other, EIGHT.split()[0], engine.return_to_initiator, reason=REASON) == 11


@pytest.mark.parametrize(("mode", "most"), [("all_of", 8), ("vote", 8), ("any_of", 14)])
def test_taking_back_costs_the_same_among_eight_signers_as_among_two(district, mode, most):
    figures = []
    for names in (TWO, EIGHT):
        trial = warmed(at_check(district, names, mode=mode)).yes("lin")
        share = trial.run.assignments.get(post=district.posts["lin"])
        by, now = district.actor("lin"), trial.passes().district.now
        figures.append(spent(lambda: engine.take_back(trial.run.public_id, share.pk, by=by, now=now)))  # noqa: B023
    # where any one signs the step was closed: what it had opened is void, and the step is open again
    assert figures == [most, most]


def test_a_join_costs_at_most_twelve_statements_also_with_eight_signers_before_and_behind_it(district):
    for node, names in {"right": EIGHT, "left": "lin", "left_again": "luo", "close": EIGHT}.items():
        ask(f"trial.{node}", names, duty="review")
    trial = warmed(begin(district, Parallel)).yes("chen", "wang")
    others = [name for name in EIGHT.split() if name != "ke"]
    for name in others:
        share = Assignment.objects.get(step=trial.step("right"), post=district.posts[name])
        engine.approve(trial.run.public_id, share.pk, by=district.actor(name), now=district.now)
    # lock, shares, my share, step, open steps, the wait, record, notice
    assert costs(trial, "ke") == 8
    trial.yes("lin")
    # lock, shares, my share, step, open steps, those who wait, signers, next step, its shares, record, notices
    assert costs(trial, "luo") == 11 <= 12


def test_parting_into_branches_costs_three_statements_each(district):
    # lock, shares, my share, step; signers, step and shares of each branch; record, notices
    assert costs(warmed(begin(district, Parallel)), "chen", engine.complete) == 15


def test_a_sub_run_that_moves_its_parent_costs_no_more_than_both_apart(district):
    trial = warmed(begin(district, Joint, right="lin")).yes("chen", "lin")
    below = warmed(trial.below[0])
    # lock of both, shares, my share, step, run; above: the wait, shares, step, open steps, those who wait, signers,
    # next step, its shares; record and notices of both
    assert costs(below, "ke") == 17  # each of the two reads what the other has signed
