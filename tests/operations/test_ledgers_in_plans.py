"""Ledgers come with the plan: changed columns are a new version, everything else is the same ledger with a new word."""

from datetime import UTC, datetime

import pytest

from flows.ledgers.models import LedgerKind, LedgerRow
from flows.ledgers.selectors import newest_kind
from flows.plan.lint import lint_plan
from flows.plan.operations import load_plan
from hetang_flow.lib.errors import Invalid
from hetang_flow.lib.plan_file import WARNING
from permissions.actors import SYSTEM
from permissions.models import Organisation, User
from tests.support.plans import NOTICE, document

pytestmark = pytest.mark.django_db
NOW = datetime(2023, 6, 1, 1, 30, tzinfo=UTC)
NAMED = {
    "policies", "matching", "visits", "funding", "plan-projects", "pilots", "trips", "events", "attracted", "fission",
    "gatherings", "stars", "services", "land-yield", "publicity",
}  # fmt: skip


def load(*changes):
    return load_plan(document(NOTICE, *changes), by=SYSTEM, now=NOW)


def ledger(value, code):
    return next(entry for entry in value["ledgers"] if entry["code"] == code)


@pytest.fixture
def loaded():
    return load()


def test_the_notice_has_its_ledgers_with_clause_and_quota(loaded):
    kinds = {kind.code: kind for kind in LedgerKind.objects.all()}
    assert kinds.keys() == NAMED
    assert all(kind.clause for kind in kinds.values())
    assert {code: kind.quota for code, kind in kinds.items() if kind.quota} == {"visits": 2, "trips": 2}
    assert [stage["name"] for stage in kinds["funding"].stages] == ["申报", "批复", "到位"]


def test_the_same_plan_again_changes_no_ledger(loaded):
    load()
    assert LedgerKind.objects.count() == len(NAMED)


def test_changed_columns_are_a_new_version_and_rows_keep_theirs(loaded):
    visits = newest_kind("visits")
    unit = Organisation.objects.get(code="finance")
    values = {"visited": "省财政厅", "visited-on": "2023-05-09", "head": True}
    LedgerRow.objects.create(
        kind=visits, unit=unit, happened_on="2023-05-09", values=values, recorded=NOW,
        recorded_by=User.objects.create_user("recorder", name="记录人"),
    )  # fmt: skip
    load(lambda value: ledger(value, "visits")["columns"].append({"code": "with", "name": "同行单位"}))
    assert LedgerRow.objects.get().kind == visits
    newest = newest_kind("visits")
    assert (newest.version, newest.columns[-1]["code"]) == (2, "with")
    assert LedgerKind.objects.get(pk=visits.pk).columns == visits.columns
    load(lambda value: ledger(value, "visits")["columns"].append({"code": "with", "name": "同行单位"}))
    assert newest_kind("visits").version == 2


def test_another_name_or_keeper_is_the_same_ledger(loaded):
    load(lambda value: ledger(value, "events").update(name="活动台账", owners=["finance"]))
    kind = newest_kind("events")
    assert (kind.version, kind.name, kind.owners) == (1, "活动台账", ["finance"])


def test_a_ledger_is_not_lost_on_the_way(loaded):
    with pytest.raises(Invalid) as refused:
        load(lambda value: value["ledgers"].remove(ledger(value, "events")))
    assert (refused.value.code, refused.value.facts["codes"]) == ("plan-entry-missing", "events")
    assert newest_kind("events")


def test_a_figure_that_cannot_be_turned_into_the_targets_unit_is_a_warning():
    def in_acres(value):
        attracted = ledger(value, "attracted")
        next(c for c in attracted["columns"] if c["code"] == "foreign")["unit"] = "亩"

    def found(*changes):
        return [
            finding for finding in lint_plan(document(NOTICE, *changes)) if finding.code == "unit-not-turned"
        ]

    assert found() == []
    (finding,) = found(in_acres)
    assert (finding.severity, finding.facts["said"], finding.facts["unit"]) == (WARNING, "亩", "万美元")
