"""Stages and figures are facts: kept, replaced, never changed; what was known on a day can be asked again."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import ProgrammingError, transaction

from flows.engine import operations as engine
from flows.journal.models import Entry
from flows.obstacles import reporting, selectors_figures
from flows.obstacles.models import ObstacleFact, PermitFact
from flows.projects.models import Project
from flows.targets.models import Target
from flows.targets.selectors_board import standings
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from permissions.models import User
from tests.support import obstructed
from tests.support.obstructed import answered, assigned, raised, sorted_

MAY = date(2023, 5, 10)
UNTIL = date(2023, 6, 30)


@pytest.fixture
def hindered(district):
    return obstructed.prepare(district)


def land(district):
    """A need for land that the stranger's unit deals with."""
    return assigned(district, sorted_(district, raised(district, kind="land", part="", title="需征地一百亩")))


def stage(district, obstacle, code, day=MAY, by="shi", note=""):
    return reporting.report_stage(
        obstacle.public_id, stage=code, happened_on=day, note=note, by=district.actor(by), now=district.now
    )


def figure(district, obstacle, code, value, day=MAY, by="shi", at=None):
    return reporting.report_figure(
        obstacle.public_id,
        figure=code,
        value=Decimal(value),
        happened_on=day,
        by=district.actor(by),
        now=at or district.now,
    )


def correct(district, fact, value=None, day=MAY, by="shi", at=None):
    return reporting.correct_fact(
        fact.pk,
        value=None if value is None else Decimal(value),
        happened_on=day,
        by=district.actor(by),
        now=at or district.now,
    )


def counted(district, indicator, until=UNTIL, known_at=None):
    """The amounts that count into a target."""
    found = selectors_figures.counting(district.plan, until, known_at or datetime.now(UTC))
    return [part.amount for part in found[indicator]]


# --- stages ---


def test_stages_follow_each_other_and_each_is_recorded(hindered):
    obstacle = land(hindered)
    stage(hindered, obstacle, "report")
    stage(hindered, obstacle, "acquire", day=date(2023, 5, 20), note="已签协议九户。")
    assert list(obstacle.facts.values_list("stage", flat=True)) == ["report", "acquire"]
    entry = Entry.objects.filter(chain_id=obstacle.project.chain_id, kind="obstacle.reported").latest("pk")
    assert entry.facts["what"] == "征"
    assert "已签协议九户。" not in str(entry.facts)


@pytest.mark.parametrize(
    ("code", "day", "refused"),
    [
        ("report", date(2023, 5, 20), "stage-goes-back"),
        ("acquire", date(2023, 5, 20), "stage-reached"),
        ("reserve", date(2023, 5, 1), "day-before-last-stage"),
        ("reserve", date(2023, 6, 2), "day-in-future"),
        ("met", date(2023, 5, 20), "no-such-stage"),
    ],
)
def test_a_stage_that_cannot_be_is_refused(hindered, code, day, refused):
    obstacle = land(hindered)
    stage(hindered, obstacle, "acquire")
    with pytest.raises(Invalid, match=refused):
        stage(hindered, obstacle, code, day)
    assert obstacle.facts.count() == 1


def test_unmet_is_reported_month_by_month_until_it_is_met(hindered):
    obstacle = sorted_(hindered, raised(hindered, kind="money", part="", title="项目贷款未落实"))
    stage(hindered, obstacle, "unmet", date(2023, 4, 10), by="chen", note="缺抵押物，拟由担保公司增信。")
    stage(hindered, obstacle, "unmet", date(2023, 5, 10), by="chen", note="担保方案已上会。")
    stage(hindered, obstacle, "met", date(2023, 5, 30), by="chen")
    at = hindered.now
    gao = hindered.actor("gao")
    found = selectors_figures.financing(gao, at, until=UNTIL)
    assert [each.stage for each in found.met] == ["met"]


@pytest.mark.parametrize("name", ["lin", "zhao", "yu", "ke"])
def test_only_the_units_in_it_and_the_office_report(hindered, name):
    obstacle = land(hindered)
    with pytest.raises(NotAllowed, match="not-reporting"):
        stage(hindered, obstacle, "report", by=name)
    for name_ in ("gao", "chen"):
        figure(hindered, obstacle, "collective-land", "1", by=name_)


def test_what_was_withdrawn_takes_no_more_reports(hindered):
    obstacle = raised(hindered, kind="land", part="")
    engine.withdraw(
        obstacle.run.public_id, by=hindered.actor("chen"), now=hindered.now, reason="重复填报了一次。"
    )
    with pytest.raises(WrongState, match="obstacle-over"):
        stage(hindered, obstacle, "report", by="chen")


# --- figures ---


def test_land_counts_into_its_target_and_each_part_can_be_opened(hindered):
    obstacle = land(hindered)
    figure(hindered, obstacle, "collective-land", "120.50")
    figure(hindered, obstacle, "state-land", "800")
    (part,) = selectors_figures.counting(hindered.plan, UNTIL, hindered.now)["collective-land"]
    assert (part.amount, part.day, part.unit) == (Decimal("120.50"), MAY, "亩")
    assert part.units == (hindered.units["serving"].pk,)
    assert str(obstacle.run.public_id) in part.url
    assert counted(hindered, "state-land") == [Decimal("800.00")]


def test_a_correction_counts_once_and_what_was_known_before_stays_known(hindered):
    obstacle, before = land(hindered), datetime(2023, 6, 1, 2, tzinfo=UTC)
    wrong = figure(hindered, obstacle, "collective-land", "1205")
    right = correct(hindered, wrong, "120.5", at=before + timedelta(days=3))
    assert right.replaces == wrong
    assert counted(hindered, "collective-land") == [Decimal("120.50")]
    assert counted(hindered, "collective-land", known_at=before) == [Decimal("1205.00")]
    assert counted(hindered, "collective-land", until=date(2023, 5, 9)) == []
    with pytest.raises(WrongState, match="changed-meanwhile"):
        correct(hindered, wrong, "12")


def test_a_stage_takes_no_figure_and_a_figure_no_words_alone(hindered):
    obstacle = land(hindered)
    with pytest.raises(Invalid, match="value-of-wrong-kind"):
        correct(hindered, stage(hindered, obstacle, "report"), "12")
    with pytest.raises(Invalid, match="value-of-wrong-kind"):
        correct(hindered, figure(hindered, obstacle, "state-land", "12"))
    with pytest.raises(NotFound, match="no-such-fact"):
        reporting.correct_fact(10**9, value=None, happened_on=MAY, by=hindered.actor("shi"), now=hindered.now)


@pytest.mark.parametrize(
    ("code", "value", "refused"),
    [
        ("demanded", "1", "no-such-figure"),
        ("state-land", "-1", "figure-negative"),
        ("state-land", "1.234", "figure-too-fine"),
    ],
)
def test_a_figure_that_cannot_be_is_refused(hindered, code, value, refused):
    with pytest.raises(Invalid, match=refused):
        figure(hindered, land(hindered), code, value)
    assert not ObstacleFact.objects.exists()


def test_the_database_changes_no_fact(hindered):
    fact = figure(hindered, land(hindered), "state-land", "12")
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        ObstacleFact.objects.filter(pk=fact.pk).update(value=13)


def test_the_page_of_land_holds_each_figure_against_its_target(hindered):
    Target.objects.create(
        plan=hindered.plan, code="land", indicator="collective-land", name="集体土地征拆", kind="amount",
        comparison="exactly", value=1368, unit="亩", order=1,
    )  # fmt: skip
    figure(hindered, land(hindered), "collective-land", "684")
    (found,) = selectors_figures.land(hindered.plan, until=UNTIL, known_at=hindered.now)
    assert (found.reached, found.share) == (Decimal("684.00"), Decimal("50.0"))


def test_the_page_of_land_and_the_scoreboard_add_up_the_same(hindered):
    """Amounts are turned into the target's unit, and what is invented counts on neither once nobody is."""
    Target.objects.create(
        plan=hindered.plan, code="land", indicator="collective-land", name="集体土地征拆", kind="amount",
        comparison="exactly", value=100, unit="公顷", order=1,
    )  # fmt: skip
    real = land(hindered)
    figure(hindered, real, "collective-land", "150")
    figure(hindered, land(hindered), "collective-land", "15")
    Project.objects.filter(pk=real.project_id).update(is_demo=False)
    when = {"until": UNTIL, "known_at": hindered.now}

    def shown():
        (on_page,) = selectors_figures.land(hindered.plan, **when)
        every = standings(hindered.plan, **when)
        (on_board,) = [each for each in every if each.target.code == "land"]
        assert on_page.reached == on_board.actual
        return on_page.reached

    assert shown() == 11
    User.objects.update(is_demo=False)
    assert shown() == 10


# --- the financing loop ---


def test_the_months_list_says_who_failed_and_what_is_arranged(hindered):
    money = {"kind": "money", "part": ""}
    failing = sorted_(hindered, raised(hindered, title="一期贷款", **money))
    waiting = sorted_(hindered, raised(hindered, title="二期贷款", **money))
    figure(hindered, failing, "demanded", "5000", by="chen")
    figure(hindered, failing, "arranged", "1500", by="chen")
    stage(hindered, failing, "checked", by="chen")
    stage(hindered, failing, "unmet", date(2023, 5, 25), by="chen", note="由担保公司增信。")
    stage(hindered, waiting, "published", by="chen")
    found = selectors_figures.financing(hindered.actor("gao"), hindered.now, until=UNTIL)
    assert [(each.obstacle.title, each.note) for each in found.unmet] == [("一期贷款", "由担保公司增信。")]
    assert [each.obstacle.title for each in found.under_way] == ["二期贷款"]
    assert (found.demanded, found.arranged) == (Decimal("5000.00"), Decimal("1500.00"))
    none = selectors_figures.financing(hindered.actor("gao"), hindered.now, until=date(2023, 5, 31))
    assert not none.unmet  # raised in June only


# --- permits ---


def permit(district, days, documents, by="chen", code="planning", project=None, replaces=None):
    return reporting.record_permit(
        (project or district.project()).public_id,
        permit=code,
        days=days,
        documents=documents,
        happened_on=MAY,
        replaces=replaces,
        by=district.actor(by),
        now=district.now,
    )


def test_permits_are_measured_against_the_baseline_of_their_day(hindered):
    permit(hindered, 12, 11)
    permit(hindered, 15, 10)
    found = selectors_figures.permits(hindered.plan.pk, until=UNTIL)
    assert (found.days.cut, found.documents.cut) == (Decimal("10.0"), Decimal("12.5"))
    by_code = {each.permit.code: each for each in found.kinds}
    assert (by_code["planning"].days.count, by_code["construction"].days.cut) == (2, None)
    hindered.plan.permit_baselines.update(days=100)
    assert selectors_figures.permits(hindered.plan.pk, until=UNTIL).days.cut == Decimal("10.0")


def test_a_permit_reported_wrongly_is_replaced_once(hindered):
    project = hindered.project()
    wrong = permit(hindered, 120, 11, project=project)
    permit(hindered, 12, 11, project=project, replaces=wrong.pk)
    assert selectors_figures.permits(hindered.plan.pk, until=UNTIL).days.actual == 12
    with pytest.raises(WrongState, match="changed-meanwhile"):
        permit(hindered, 13, 11, project=project, replaces=wrong.pk)
    with pytest.raises(NotFound, match="no-such-fact"):
        permit(hindered, 13, 11, replaces=wrong.pk)  # of another project


@pytest.mark.parametrize(
    ("words", "error", "code"),
    [
        ({"by": "lin"}, NotAllowed, "not-reporting"),
        ({"by": "yu"}, NotAllowed, "not-reporting"),
        ({"code": "driving"}, Invalid, "no-such-permit"),
        ({"days": -1}, Invalid, "permit-days"),
        ({"documents": 501}, Invalid, "permit-documents"),
    ],
)
def test_a_permit_that_cannot_be_is_refused(hindered, words, error, code):
    with pytest.raises(error, match=code):
        permit(hindered, **{"days": 1, "documents": 1} | words)
    assert not PermitFact.objects.exists()


def test_figures_of_what_was_struck_off_may_still_be_put_right(hindered):
    obstacle = answered(hindered, land(hindered))
    share = hindered.share(obstacle.run, "lin")
    engine.approve(obstacle.run.public_id, share.pk, by=hindered.actor("lin"), now=hindered.now)
    figure(hindered, obstacle, "collective-land", "10")
    assert counted(hindered, "collective-land") == [Decimal("10.00")]
