"""Judging days once, on what was known; nothing is repainted; rules change by two offices."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import InternalError, ProgrammingError

from flows.figures.operations import report_month
from flows.figures.rules import Month
from flows.journal.models import Entry
from flows.lights import selectors
from flows.lights.models import LightScheme, StatusLight
from flows.lights.operations import judge_day, judge_due
from flows.lights.operations_schemes import confirm_scheme, decline_scheme, propose_scheme
from flows.lights.selectors import replay
from flows.projects.models import Project
from hetang_flow.lib.errors import Invalid, NotAllowed, WrongState
from notifications.models import Notice
from permissions.models import User
from tests.support.lit import BODY, reported, scheme

pytestmark = pytest.mark.django_db
TODAY = date(2023, 6, 1)  # the cast's day
WHY = "与市里做法保持一致，先行试用。"


def light_of(project, day=TODAY) -> StatusLight:
    return StatusLight.objects.select_related("scheme").get(project=project, day=day)


def test_a_day_is_judged_once_however_often_the_job_runs(district):
    scheme(district.plan)
    project = district.project(phase="fulfilled")
    assert judge_due(now=district.now) == 1
    assert judge_due(now=district.now + timedelta(hours=1)) == 0
    assert light_of(project).colour == "yellow", "nothing was invested in five months"
    entry = Entry.objects.filter(chain=district.plan.chain_id, kind="lights.judged").get()
    assert entry.facts["counts"] == {"yellow": 1}
    assert len(entry.facts["digest"]) == 64


def test_days_slept_through_are_judged_later_and_say_so(district):
    scheme(district.plan)
    project = district.project(phase="fulfilled")
    judge_due(now=district.now)
    assert judge_due(now=district.now + timedelta(days=3)) == 3
    missed = light_of(project, TODAY + timedelta(days=1))
    assert missed.judged == district.now + timedelta(days=3)


def test_a_project_of_the_notice_is_not_judged_while_only_the_demonstration_works_here(district):
    scheme(district.plan)
    real = district.project(phase="fulfilled")
    Project.objects.filter(pk=real.pk).update(is_demo=False)
    invented = district.project(phase="fulfilled")
    judge_due(now=district.now)
    assert set(StatusLight.objects.values_list("project", flat=True)) == {invented.pk}
    User.objects.filter(pk=district.users["chen"].pk).update(is_demo=False)
    judge_due(now=district.now + timedelta(days=1))
    later = StatusLight.objects.filter(day=TODAY + timedelta(days=1))
    assert set(later.values_list("project", flat=True)) == {real.pk, invented.pk}


def test_a_light_is_never_changed(district):
    scheme(district.plan)
    project = district.project(phase="fulfilled")
    judge_due(now=district.now)
    with pytest.raises((InternalError, ProgrammingError)), transaction.atomic():
        StatusLight.objects.filter(project=project).update(colour="green")
    with pytest.raises(IntegrityError), transaction.atomic():
        light = light_of(project)
        light.pk = None
        light.save(force_insert=True)


def test_two_months_behind_are_red_and_catching_up_repaints_nothing(district):
    scheme(district.plan)
    project = district.project(phase="fulfilled")
    reported(district, project, (3, 10), (4, 20))
    judge_due(now=district.now)
    red = light_of(project)
    assert (red.colour, red.rule) == ("red", "red")
    later = district.now + timedelta(days=40)
    whole = int(project.planned_investment)
    for month in (5, 6):
        said = [(month, whole)]
        reported_at(district, project, said, later)
    judge_due(now=later)
    assert light_of(project, TODAY + timedelta(days=40)).colour == "green"
    assert light_of(project).colour == "red"
    page = selectors.history(project.public_id, district.actor("zhao"), later)
    by_month = {each.month.month: each for each in page.months}
    assert (by_month[7].last.colour, by_month[7].caught_up) == ("green", None)


def reported_at(district, project, months, now):
    for month, invested in months:
        said = Month(
            date(2023, month, 1), Decimal(invested), Decimal(month * 5), "主体施工", "集中到位，已补报。"
        )
        report_month(project.public_id, said, seen={}, by=district.actor("chen", now), now=now)


def test_a_past_day_replays_identically_though_more_is_known_now(district):
    scheme(district.plan)
    project = district.project(phase="fulfilled")
    reported(district, project, (3, 10), (4, 20))
    judge_due(now=district.now)
    reported_at(district, project, [(5, int(project.planned_investment))], district.now + timedelta(days=5))
    (again,) = replay(district.plan, TODAY)
    assert again.is_same, again.inputs
    other = selectors.rules.scheme_of("宽松", [{**BODY[1], "all": [{"fact": "ratio", "below": 1}]}])
    (lenient,) = replay(district.plan, TODAY, other)
    assert (lenient.colour, again.colour) == ("yellow", "red")


def test_judging_costs_the_same_for_one_project_and_for_many(district, django_assert_num_queries):
    scheme(district.plan)
    district.project(phase="fulfilled")
    judge_day(district.plan.pk, TODAY - timedelta(days=1), now=district.now)
    with django_assert_num_queries(16):
        judge_day(district.plan.pk, TODAY, now=district.now)
    for _each in range(12):
        district.project(phase="fulfilled")
    with django_assert_num_queries(16):
        judge_day(district.plan.pk, TODAY + timedelta(days=1), now=district.now)


def propose(district, by="gao", **more):
    words = {"name": "新方案", "source": "市里做法", "base_number": 1, "reason": WHY} | more
    return propose_scheme(district.plan.pk, BODY[1:], **words, by=district.actor(by), now=district.now)


def test_one_office_proposes_another_confirms_and_it_holds_from_tomorrow(district):
    scheme(district.plan)
    project = district.project(phase="fulfilled")
    made = propose(district)
    assert Notice.objects.filter(user=district.users["ma"], kind="lights.proposed").count() == 1
    confirm_scheme(made.public_id, by=district.actor("ma"), now=district.now)
    judge_due(now=district.now)
    judge_due(now=district.now + timedelta(days=1))
    assert [light_of(project, TODAY + timedelta(days=n)).scheme.number for n in (0, 1)] == [1, 2]
    assert Notice.objects.filter(user=district.users["gao"], kind="lights.published").exists()
    kinds = Entry.objects.filter(chain=district.plan.chain_id).values_list("kind", flat=True)
    assert {"lights.scheme_proposed", "lights.scheme_published"} <= set(kinds)


@pytest.mark.parametrize("who", ["zhao", "chen", "ma", "wang"])
def test_only_the_campaign_office_proposes(district, who):
    scheme(district.plan)
    with pytest.raises(NotAllowed):
        propose(district, by=who)


@pytest.mark.parametrize("who", ["gao", "zhao", "chen"])
def test_only_the_desk_of_the_headquarters_office_confirms(district, who):
    scheme(district.plan)
    made = propose(district)
    with pytest.raises(NotAllowed):
        confirm_scheme(made.public_id, by=district.actor(who), now=district.now)
    made.refresh_from_db()
    assert made.state == "proposed"


def test_what_was_decided_is_not_decided_again(district):
    scheme(district.plan)
    made = propose(district)
    decline_scheme(made.public_id, reason=WHY, by=district.actor("ma"), now=district.now)
    with pytest.raises(WrongState) as refused:
        confirm_scheme(made.public_id, by=district.actor("ma"), now=district.now)
    assert refused.value.code == "scheme-decided-already"
    assert LightScheme.objects.get(pk=made.pk).state == "declined"


def test_its_proposer_takes_it_back_and_one_at_a_time_is_proposed(district):
    scheme(district.plan)
    made = propose(district)
    with pytest.raises(WrongState) as refused:
        propose(district, base_number=2)
    assert refused.value.code == "scheme-proposed-already"
    decline_scheme(made.public_id, reason=WHY, by=district.actor("gao"), now=district.now)
    propose(district, base_number=2)


def test_what_is_unsound_short_or_stale_is_refused(district):
    scheme(district.plan)
    for more, error in (
        ({"reason": "短"}, Invalid),
        ({"name": " "}, Invalid),
        ({"base_number": 0}, WrongState),
    ):
        with pytest.raises(error):
            propose(district, **more)
    with pytest.raises(Invalid) as refused:
        propose_scheme(
            district.plan.pk,
            [],
            name="空",
            source="",
            base_number=1,
            reason=WHY,
            by=district.actor("gao"),
            now=district.now,
        )
    assert refused.value.code == "light-rules-missing"
    assert not LightScheme.objects.filter(state="proposed").exists()
