"""A month of a project: typed once, corrected openly, and read as of any day."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from flows.engine import operations as engine
from flows.figures.operations import report_month
from flows.figures.rules import KINDS, Month, last_day
from flows.figures.selectors import figures, months_of
from flows.journal.models import Entry
from flows.projects.models import Fact, Gate, Requirement
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState

pytestmark = pytest.mark.django_db
APRIL, MAY = date(2023, 4, 1), date(2023, 5, 1)


def typed(month=MAY, invested=9000, progress=30, works="主体结构施工", word="") -> Month:
    return Month(month, Decimal(invested), Decimal(progress), works, word)


def report(district, project, said: Month, by="chen", seen=None, now=None):
    now = now or district.now
    if seen is None:
        standing = Fact.objects.filter(project=project, month=said.month, replaced_by__isnull=True)
        seen = {fact.kind: fact.pk for fact in standing}
    actor = district.actor(by, now)
    return report_month(project.public_id, said, seen=seen, by=actor, now=now)


def standing(district, project, until=date(2023, 12, 31), known_at=None):
    rows = figures(district.plan.pk, until=until, known_at=known_at or district.now + timedelta(days=900))
    return next(row for row in rows if row.pk == project.pk)


def test_the_service_department_reports_a_month(district):
    project = district.project()
    result = report(district, project, typed())
    assert [fact.kind for fact in result.facts] == list(KINDS)
    assert all(fact.happened_on == date(2023, 5, 31) for fact in result.facts)
    assert months_of(project.pk) == [typed()]
    entry = Entry.objects.filter(chain=project.chain_id).latest("pk")
    assert entry.kind == "month.reported"
    assert entry.facts["invested"] == "9000" and not entry.facts["corrects"]


def test_the_same_again_writes_nothing(district):
    project = district.project()
    report(district, project, typed())
    before = Entry.objects.count()
    assert report(district, project, typed()).facts == []
    assert Entry.objects.count() == before


def test_a_correction_replaces_and_what_stood_there_stays(district):
    project = district.project()
    report(district, project, typed())
    later = district.now + timedelta(days=2)
    (fact,) = report(district, project, typed(invested=9500), now=later).facts
    assert fact.replaces.value == 9000
    assert standing(district, project, known_at=district.now).invested == 9000
    assert standing(district, project, known_at=later).invested == 9500
    assert Fact.objects.filter(project=project, kind="invested").count() == 2


@pytest.mark.parametrize("who", ["lin", "zhao", "gao", "wang"])
def test_nobody_else_reports(district, who):
    project = district.project()
    with pytest.raises(NotAllowed):
        report(district, project, typed(), by=who)
    assert not Fact.objects.filter(project=project, month__isnull=False).exists()


def test_an_unknown_project(district):
    with pytest.raises(NotFound):
        report_month(
            "00000000-0000-4000-8000-000000000000",
            typed(),
            seen={},
            by=district.actor("chen"),
            now=district.now,
        )


def test_demonstration_accounts_leave_real_projects_alone(district):
    project = district.project(is_demo=False)
    with pytest.raises(NotAllowed) as refused:
        report(district, project, typed())
    assert refused.value.code == "demonstration-only"


def test_a_month_that_is_not_open_yet(district):
    project = district.project()
    with pytest.raises(WrongState) as refused:
        report(district, project, typed(month=date(2023, 6, 1)))
    assert refused.value.code == "month-not-open"
    on_the_25th = datetime(2023, 6, 25, 2, tzinfo=UTC)
    assert report(district, project, typed(month=date(2023, 6, 1)), now=on_the_25th).facts[
        0
    ].happened_on == date(2023, 6, 25)


def test_figures_that_cannot_be_right_leave_nothing(district):
    project = district.project()
    with pytest.raises(Invalid) as refused:
        report(district, project, typed(progress=101))
    assert refused.value.facts["field"] == "progress"
    assert not Fact.objects.filter(project=project, month__isnull=False).exists()


def test_what_falls_is_kept_with_its_explanation_only(district):
    project = district.project()
    report(district, project, typed(APRIL))
    with pytest.raises(Invalid) as refused:
        report(district, project, typed(invested=8000))
    assert refused.value.code == "month-unexplained"
    assert [doubt.code for doubt in refused.value.facts["found"]] == ["invested-falls"]
    report(district, project, typed(invested=8000, word="四月多计一笔预付款"))
    assert months_of(project.pk)[-1].word == "四月多计一笔预付款"
    entry = Entry.objects.filter(chain=project.chain_id).latest("pk")
    assert "word" not in entry.facts, "words stay removable"


def test_who_typed_over_something_older_is_told_who_was_faster(district):
    project = district.project()
    report(district, project, typed())
    with pytest.raises(WrongState) as refused:
        report(district, project, typed(invested=1), by="bai", seen={})
    assert refused.value.code == "month-reported-meanwhile"
    assert refused.value.facts["who"] == district.users["chen"].name
    assert months_of(project.pk) == [typed()]


def test_the_database_lets_a_month_begin_once(district):
    project = district.project()
    (fact, *_rest) = report(district, project, typed()).facts
    fact.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        fact.save(force_insert=True)


def test_a_reported_fact_is_never_changed(district):
    project = district.project()
    (fact, *_rest) = report(district, project, typed()).facts
    with pytest.raises(Exception, match="append_only|Cannot update"), transaction.atomic():
        Fact.objects.filter(pk=fact.pk).update(value=1)


def test_figures_of_a_day_know_nothing_that_came_after(district):
    project = district.project()
    report(district, project, typed(APRIL, 8000, 20))
    report(district, project, typed(MAY, 9000, 30))
    april = standing(district, project, until=date(2023, 4, 30))
    assert (april.invested, april.progress) == (8000, 20)
    assert standing(district, project, until=date(2023, 3, 31)).invested == 0
    before_anybody_typed = district.now - timedelta(seconds=1)
    assert standing(district, project, known_at=before_anybody_typed).months == []


def test_a_signed_project_says_when_and_a_derived_one_invents_nothing(district):
    signed, derived = district.project(), district.project(phase="building")
    assert standing(district, signed).signed_on == date(2023, 6, 1)
    assert standing(district, derived).signed_on is None


def test_a_confirmed_move_counts_from_the_day_its_evidence_names(district):
    project = district.project()
    run = district.submitted(project).run
    assert standing(district, project).moves == {}
    for name in ("lin", "zhao", "qian"):
        engine.approve(run.public_id, district.share(run, name).pk, by=district.actor(name), now=district.now)
    assert standing(district, project).moves["fulfil"].day == date(2023, 5, 30)
    assert "fulfil" not in standing(district, project, until=date(2023, 5, 29)).moves


def test_what_a_month_said_is_not_typed_again_for_a_milestone(district):
    project = district.project(phase="building", invested_before=Decimal(20000))
    gate = Gate.objects.get(plan=district.plan, move="complete")
    Requirement.objects.create(
        gate=gate, code="invested-so-far", name="累计完成投资", kind="figure", unit="万元", order=3
    )
    report(district, project, typed())
    milestone = district.milestone(project, move="complete")
    (fact,) = milestone.facts.all()
    assert (fact.kind, fact.value, fact.happened_on) == ("invested-so-far", Decimal(29000), date(2023, 5, 31))
    assert Entry.objects.filter(chain=project.chain_id).latest("pk").kind == "fact.recorded"
    other = district.milestone(district.project(phase="building"), move="complete")
    assert not other.facts.exists(), "where no month was reported there is nothing to carry over"


def test_figures_cost_one_statement_whatever_there_is(district, django_assert_num_queries):
    for _ in range(3):
        report(district, district.project(), typed())
    with django_assert_num_queries(1):
        assert len(figures(district.plan.pk, until=MAY, known_at=district.now)) == 3


def test_any_figure_is_what_its_facts_say(district):
    """A year of reports and corrections drawn by lot, read as of many days and moments, against plain counting."""
    lot = random.Random(4)
    projects = [district.project(phase="building") for _ in range(3)]
    told: list[tuple[int, date, str, Decimal, datetime]] = []
    now = datetime(2024, 1, 2, tzinfo=UTC)
    for _ in range(60):
        now += timedelta(hours=lot.randint(1, 40))
        project, month = lot.choice(projects), date(2023, lot.randint(1, 12), 1)
        said = typed(month, lot.randint(0, 50000), lot.randint(0, 100), word="抽签所得，仅为演示")
        report(district, project, said, now=now)
        told += [
            (project.pk, month, "invested", said.invested, now),
            (project.pk, month, "progress", said.progress, now),
        ]
    for _ in range(40):
        until = date(2023, 1, 1) + timedelta(days=lot.randint(0, 364))
        known_at = datetime(2024, 1, 2, tzinfo=UTC) + timedelta(hours=lot.randint(0, 1200))
        for found in figures(district.plan.pk, until=until, known_at=known_at):
            known: dict[tuple[date, str], Decimal] = {}
            for pk, month, kind, value, when in told:
                if pk == found.pk and when <= known_at and last_day(month) <= until:
                    known[month, kind] = value
            last = max((month for month, _kind in known), default=None)
            assert found.invested == (known[last, "invested"] if last else 0)
            assert found.progress == (known[last, "progress"] if last else None)
