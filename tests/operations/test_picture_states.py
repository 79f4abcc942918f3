"""What a picture of a run shows: where it stands in every branch, and what it has passed, also where no row is left."""

import re

from flows.engine import operations as engine
from flows.engine.diagrams import flow_svg, states_of
from flows.engine.models import Run
from tests.support.trial.flow import Inclusive, Parallel, Small, Straight, Waiting
from tests.support.trial.stage import REASON, begin


def states(trial):
    return states_of(Run.objects.get(pk=trial.run.pk))


def among(trial, *nodes):
    found = states(trial)
    return [found.get(node, "") for node in nodes]


def test_several_open_steps_are_marked_and_the_join_at_which_one_waits(district):
    trial = begin(district, Parallel).yes("chen")
    nodes = ("fork", "left", "left_again", "right", "aside", "meet", "close")
    assert among(trial, *nodes) == ["done", "now", "", "now", "now", "", ""]
    trial.yes("lin", "ke")
    assert among(trial, *nodes) == ["done", "done", "now", "done", "now", "now", ""]
    trial.yes("luo", "wang")
    assert among(trial, *nodes, "filed") == ["done"] * 6 + ["now", "done"]


def test_what_was_swept_or_returned_reads_so_and_the_gateway_is_not_passed_yet(district):
    trial = begin(district, Parallel).yes("chen", "ke").back("lin")
    nodes = ("draft", "fork", "left", "right", "aside", "meet")
    assert among(trial, *nodes) == ["now", "", "back", "done", "stopped", "stopped"]
    trial.yes("chen")
    assert among(trial, *nodes) == ["done", "done", "now", "now", "now", "stopped"]


def test_the_end_is_reached_with_everything_before_it(district):
    trial = begin(district, Parallel).yes("chen", "lin", "ke", "luo", "wang", "zhao")
    assert set(states(trial).values()) == {"done"}
    assert among(trial, "publish", "end", "stopped") == ["done", "done", ""]


def test_a_stop_is_reached_only_by_the_refusal_that_leads_there(district):
    trial = begin(district, Parallel).yes("chen")
    trial.act("ke", engine.reject, reason=REASON)
    assert among(trial, "right", "stopped", "left", "end") == ["back", "done", "stopped", ""]
    assert among(begin(district, Small), "stopped", "end") == ["", ""]


def test_only_the_way_that_was_chosen_is_passed(district):
    plain, sealed = (
        begin(district, Straight, title).yes("chen", "lin", "zhao") for title in ("普通", "用印")
    )
    assert among(plain, "note", "route", "seal", "file") == ["done", "done", "", "now"]
    assert among(sealed, "note", "route", "seal", "file") == ["done", "done", "done", "now"]
    assert among(begin(district, Straight).yes("chen", "lin"), "note", "route") == ["done", ""]


def test_waits_and_sub_runs_are_steps_like_any_other(district):
    trial = begin(district, Waiting).yes("chen")
    assert among(trial, "route", "near", "far", "beside", "pause") == ["done", "now", "", "", ""]
    trial.below[0].yes("ke")
    assert among(trial, "near", "beside", "pause") == ["done", "done", "now"]


def walked(trial):
    """How many arrows are drawn as walked, and how many as gone back."""
    picture = flow_svg(trial.run.flow_class, states(trial))
    return [len(re.findall(rf"marker-end=\"url\(#{name}\)\"", picture)) for name in ("walked", "sent-back")]


def test_the_way_that_was_not_taken_is_not_drawn_as_walked(district):
    # start to draft, draft to fork, and into each branch
    assert walked(begin(district, Inclusive, "用地").yes("chen")) == [3, 0]
    assert walked(begin(district, Inclusive, "资金与用地").yes("chen")) == [4, 0]
    # past the only gateway straight to the join and on to the leader
    assert walked(begin(district, Inclusive).yes("chen")) == [4, 0]
    assert walked(begin(district, Straight).yes("chen", "lin").back("zhao"))[1] == 1
