"""The demonstration: made twice it is there once; removed, its people and projects are gone and the record holds."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from flows.engine.models import Assignment, Run
from flows.journal.models import Entry
from flows.journal.selectors import verify
from flows.projects.models import Milestone, Project
from flows.projects.selectors import Filters, listed, visible_to
from flows.supervision.models import Measure
from flows.supervision.opening import open_runs
from flows.supervision.operations import Entered, enter_ground
from hetang_flow import demonstration, env
from hetang_flow.lib import clock
from permissions import operations
from permissions.models import Appointment, Post, User
from permissions.selectors import actor_for, demonstration_running
from tests.support.plans import NOTICE

OFFICER = "hq-office-officer"  # sees the whole plan


@pytest.fixture
def campaign(db):
    """The notice's own plan, with the demonstration on it."""
    call_command("load_plan", str(NOTICE), yes=True, stdout=StringIO())
    return demonstrate()


def demonstrate(*words):
    """What the command prints."""
    out = StringIO()
    call_command("demonstration", *words, stdout=out)
    return out.getvalue()


def rows():
    """How many there are of everything the demonstration makes."""
    models = (User, Appointment, Project, Milestone, Run, Assignment, Entry)
    return {model.__name__: model.objects.count() for model in models}


def somebody_real():
    """A person of flesh and blood in a post from which the whole plan is seen."""
    user = User.objects.create(username="somebody", name="Somebody")
    operations.appoint(Post.objects.get(code=OFFICER), user, from_day=clock.district_day(clock.now()))
    return user


def codes_seen(user):
    now = clock.now()
    return set(visible_to(actor_for(user, at=now), now).values_list("code", flat=True))


def signs_in(username):
    words = {"login": username, "password": env.kept_secret("demo-password")}
    return Client().post(reverse("account_login"), words).status_code == 302


def test_every_post_has_an_account_named_by_the_post_and_the_inboxes_hold_something(campaign):
    assert User.objects.filter(is_demo=True, is_active=True).count() == Post.objects.count()
    assert not User.objects.filter(is_demo=True).exclude(name__startswith=operations.DEMO_NAME).exists()
    assert Project.objects.filter(is_demo=True).count() == len(demonstration.INVENTED)
    assert verify()


def test_the_accounts_to_try_can_take_every_invented_project_through_a_gate(campaign):
    named = {user.username.removeprefix("demo-") for user in demonstration.people_to_try()}
    for project in Project.objects.filter(is_demo=True):
        leaders = project.leaders.filter(level="district").values_list("post__code", flat=True)
        assert {demonstration.officer_of(project).code, *leaders} <= named
    assert "development-reform-desk" in named  # verifies what it did not serve


def test_made_a_second_time_it_adds_nothing(campaign):
    before = rows()
    said = demonstrate()
    assert rows() == before
    assert "0" in said
    assert str(before["User"]) not in said


def test_removed_its_accounts_are_closed_their_posts_empty_and_the_record_holds(campaign):
    assert signs_in("demo-" + OFFICER)
    running = Run.objects.filter(status="NEW").count()
    entries = Entry.objects.count()

    demonstrate("--remove")

    assert not signs_in("demo-" + OFFICER)
    assert not demonstration_running()
    assert not Appointment.objects.filter(user__is_demo=True, until_day=None).exists()
    assert not actor_for(User.objects.get(username="demo-" + OFFICER), at=clock.now()).posts
    assert not Run.objects.filter(status="NEW").exists()
    assert Entry.objects.count() == entries + 2 * running, "each run is closed by the system, and says so"
    assert verify()


def test_what_is_supervised_on_an_invented_project_is_closed_with_it(campaign):
    now, project = clock.now(), Project.objects.get(code=demonstration.INVENTED[0][0])
    office = demonstration.in_post(Post.objects.get(code="hq-office-officer"), now=now)
    unit = demonstration.officer_of(project).organisation.code
    why = "连续两次调度会未落实议定事项。"
    said = Entered("weak", unit, "演示·议定事项未落实", why, "criticism", project=project.public_id)
    item = enter_ground(project.plan.code, said, by=office, now=now)
    open_runs(now=now)
    measure = Measure.objects.get(climb__item=item)
    demonstrate("--remove")
    measure.refresh_from_db()
    assert measure.closed
    assert not Run.objects.filter(status="NEW").exists()
    assert verify()


def test_invented_projects_are_hidden_from_everybody_while_no_invented_account_is_active(campaign):
    somebody = somebody_real()
    invented = {code for code, *_ in demonstration.INVENTED}
    assert invented < codes_seen(somebody)

    demonstrate("--remove")
    seen = codes_seen(somebody)
    assert len(seen) == 6
    assert not invented & seen

    demonstrate()
    assert invented < codes_seen(somebody)


def test_a_person_who_sees_only_a_part_loses_the_invented_ones_too(campaign):
    project = Project.objects.get(code=demonstration.INVENTED[0][0])
    user = User.objects.create(username="clerk", name="Clerk")
    operations.appoint(demonstration.officer_of(project), user, from_day=clock.district_day(clock.now()))
    assert project.code in codes_seen(user)
    demonstrate("--remove")
    assert project.code not in codes_seen(user)


def test_hiding_costs_the_list_no_statement(campaign, django_assert_max_num_queries):
    now = clock.now()
    actor = actor_for(somebody_real(), at=now)
    with django_assert_max_num_queries(1):
        list(visible_to(actor, now))
    assert listed(actor, now, Filters()).count == 10


def test_made_again_after_a_removal_it_says_how_many_accounts_were_opened(campaign):
    posts = Post.objects.count()
    demonstrate("--remove")
    assert str(posts) in demonstrate()
    assert signs_in("demo-" + OFFICER)


def test_a_real_persons_appointment_stays_when_the_demonstration_goes(campaign):
    somebody = somebody_real()
    demonstrate("--remove")
    assert [post.code for post in actor_for(somebody, at=clock.now() + timedelta(days=1)).posts] == [OFFICER]
