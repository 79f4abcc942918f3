"""The scheme of the assessment in a plan file: read as one entry, weights of a hundred, sources that somebody supplies."""

import pytest

from flows.plan.lint import lint_plan
from tests.support.plans import NOTICE, changed, document, refused


def criterion(place, **values):
    return lambda plan: plan["assessment"]["criteria"][place].update(values)


def test_the_notice_s_scheme_is_read_and_its_weights_make_a_hundred():
    scheme = document(NOTICE).assessment
    assert scheme is not None
    assert sum(entry.weight for entry in scheme.criteria) == 100
    assert document(NOTICE).content["assessment"]["objection_days"] == scheme.objection_days


def test_a_plan_without_a_scheme_is_a_plan():
    assert document(NOTICE, lambda plan: plan.pop("assessment")).assessment is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (criterion(0, weight=51), "weights-unfit"),
        (criterion(0, code="on-time"), "code-twice"),
        (criterion(1, source="obligations-in-time"), "source-unknown"),
        (criterion(1, source=None), "source-missing"),
        (criterion(0, kind="felt"), "literal_error"),
        (lambda plan: plan.update(assessment=[]), "model_type"),
    ],
)
def test_what_cannot_be_is_said(change, code):
    assert code in {finding.code for finding in refused(changed(NOTICE, change))}


def test_presets_wait_for_a_leader_s_word():
    (note,) = [finding for finding in lint_plan(document(NOTICE)) if finding.code == "preset-criteria"]
    assert note.facts == {"count": 5}
