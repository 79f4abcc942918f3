"""Three administrators kept apart: who makes accounts, who confirms, what the database refuses, what is on record."""

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from flows.accounts import closing, operations, operations_codes, rules
from flows.accounts.models import AccountList, OneTimeCode
from flows.accounts.operations_codes import issue, use_code
from flows.engine import operations as engine
from flows.engine.models import Assignment
from flows.journal.models import Entry, EntryPersonal
from hetang_flow.lib import clock
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from notifications.models import Notice
from permissions.models import Appointment, User
from tests.support.listed import actor, administrators, checked, handed_in, locked_out, newcomer, workbook

pytestmark = pytest.mark.django_db
GOOD = "Lotus-pond-73"


@pytest.fixture
def three(district):
    return administrators()


def refused(call, *words, code, **more):
    with pytest.raises((NotAllowed, Invalid, WrongState, NotFound)) as error:
        call(*words, **more)
    assert error.value.code == code


# --- what the database refuses ---


def by_hand(sql, *values):
    with pytest.raises(IntegrityError), transaction.atomic():
        connection.cursor().execute(sql, values)


def test_a4_11_no_account_is_above_the_three(three):
    for flag in ("is_superuser", "is_staff"):
        by_hand(f"UPDATE permissions_user SET {flag} = true WHERE id = %s", three["system"].pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_superuser("root", password=GOOD)


def test_a4_11_no_administrator_holds_a_post_and_no_holder_becomes_one(district, three):
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.create(post=district.posts["wang"], user=three["audit"], from_day="2023-01-01")
    by_hand(
        "UPDATE permissions_appointment SET user_id = %s WHERE post_id = %s",
        three["system"].pk,
        district.posts["wang"].pk,
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=district.users["wang"].pk).update(administrator="security")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=three["audit"].pk).update(administrator="both")


def test_a4_11_who_held_a_post_once_may_become_an_administrator_and_not_hold_it_again(district):
    wang = district.users["wang"]
    held = Appointment.objects.get(user=wang)
    Appointment.objects.filter(pk=held.pk).update(until_day="2023-05-01")
    User.objects.filter(pk=wang.pk).update(administrator="audit")
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.filter(pk=held.pk).update(until_day=None)


# --- newcomers ---


def test_a4_11_one_makes_the_accounts_and_another_gives_them_posts_and_codes(district, three):
    found = checked("joining", newcomer(district), ("second", "另一位", None, None, None))
    assert not User.objects.filter(username="newcomer").exists(), "looking at a list does nothing"
    found = operations.hand_in(found.public_id, by=actor("system"), now=clock.now())
    user = User.objects.get(username="newcomer")
    assert (found.state, user.has_usable_password()) == ("handed_in", False)
    assert not Appointment.objects.filter(user=user).exists()
    refused(operations.confirm, found.public_id, by=actor("system"), now=clock.now(), code="no-such-page")
    slips = operations.confirm(found.public_id, by=actor("security"), now=clock.now())
    assert {slip.user.username for slip in slips} == {"newcomer", "second"}
    assert Appointment.objects.get(user=user).post == district.posts["wang"]
    assert Notice.objects.filter(user=user, kind="appointment.made").count() == 1
    kinds = list(
        Entry.objects.filter(kind__startswith="account")
        .order_by("number")
        .values_list("kind", "actor__username")
    )
    assert kinds == [
        ("accounts.handed_in", "system-admin"),
        ("accounts.confirmed", "security-admin"),
        ("account.code_issued", "security-admin"),
        ("account.code_issued", "security-admin"),
    ]
    refused(operations.confirm, found.public_id, by=actor("security"), now=clock.now(), code="list-settled")


def test_a_list_with_one_fault_does_nothing_and_says_where(district, three):
    rows = [
        newcomer(district),
        newcomer(district, "13800000"),
        (*newcomer(district, post="gao")[:3], "无此岗", None),
    ]
    with pytest.raises(operations.WrongList) as wrong:
        checked("joining", *rows)
    assert [(each.cell, each.code) for each in wrong.value.problems] == [
        ("A3", "account-name-odd"),
        ("D4", "account-post-unknown"),
    ]
    assert not AccountList.objects.exists()


def test_a_plan_named_the_holder_before_there_was_an_account(district, three):
    post = district.posts["wang"]
    Appointment.objects.filter(post=post).update(user=None, holder_name="新来的同志")
    found = handed_in("joining", newcomer(district))
    operations.confirm(found.public_id, by=actor("security"), now=clock.now())
    held = Appointment.objects.get(post=post)
    assert (held.user.username, str(held.from_day)) == ("newcomer", "2023-01-01")


def test_an_account_taken_meanwhile_stops_the_list(district, three):
    found = checked("joining", newcomer(district))
    User.objects.create(username="Newcomer", name="别人")
    refused(
        operations.hand_in, found.public_id, by=actor("system"), now=clock.now(), code="changed-meanwhile"
    )


def test_another_administrator_comes_by_a_list_as_well(district, three):
    found = handed_in("joining", ("audit-2", "第二审计", None, "审计管理员", None))
    assert User.objects.get(username="audit-2").administrator == ""
    operations.confirm(found.public_id, by=actor("security"), now=clock.now())
    assert User.objects.get(username="audit-2").administrator == "audit"


def test_a_list_that_is_declined_leaves_closed_accounts_and_the_reason(district, three):
    found = handed_in("joining", newcomer(district))
    refused(
        operations.decline,
        found.public_id,
        reason=" ",
        by=actor("security"),
        now=clock.now(),
        code="reason-missing",
    )
    operations.decline(found.public_id, reason="岗位有误", by=actor("security"), now=clock.now())
    assert not User.objects.get(username="newcomer").is_active
    assert EntryPersonal.objects.filter(entry__kind="accounts.declined", value="岗位有误").exists()


def test_a_list_that_is_dropped_keeps_no_names(district, three):
    found = checked("joining", newcomer(district))
    operations.drop(found.public_id, by=actor("system"), now=clock.now())
    found.refresh_from_db()
    assert (found.state, found.rows) == ("dropped", [])


@pytest.mark.parametrize("kind", ["security", "audit"])
def test_only_the_system_administrator_brings_lists(district, three, kind):
    file = workbook("joining", newcomer(district))
    refused(operations.check, "joining", file, by=actor(kind), now=clock.now(), code="no-such-page")


# --- codes ---


def test_a_code_is_used_once_and_what_it_replaces_is_void(district, three):
    wang = district.users["wang"]
    wang.set_password(GOOD)
    wang.save()
    epoch = User.objects.get(pk=wang.pk).epoch
    first, second = (issue([wang.pk], by=actor("security"), now=clock.now())[0].code for _each in range(2))
    wang.refresh_from_db()
    assert (wang.has_usable_password(), wang.epoch > epoch) == (False, True)
    assert use_code(wang.username, first, GOOD + "x", now=clock.now()) is None, "void since the second"
    assert (
        use_code(wang.username.upper(), second.lower().replace("-", " "), "Reed-heron-58", now=clock.now())
        == wang
    )
    assert use_code(wang.username, second, "Reed-heron-59", now=clock.now()) is None
    wang.refresh_from_db()
    assert wang.check_password("Reed-heron-58")
    assert not wang.must_change_password
    assert second.replace("-", "") not in str(list(OneTimeCode.objects.values())), "only a keyed hash is kept"


def test_a_code_ends_after_five_wrong_tries_or_seven_days(district, three):
    wang = district.users["wang"]
    slip = issue([wang.pk], by=actor("security"), now=clock.now())[0]
    late = slip.expires
    assert use_code(wang.username, slip.code, GOOD, now=late) is None
    for _each in range(4):
        use_code(wang.username, "AAAA-AAAA-AAAA", GOOD, now=clock.now())
    assert OneTimeCode.objects.get().void
    assert use_code(wang.username, slip.code, GOOD, now=clock.now()) is None


def test_a_poor_password_leaves_the_code_as_it_was(district, three):
    wang = district.users["wang"]
    slip = issue([wang.pk], by=actor("security"), now=clock.now())[0]
    with pytest.raises(ValidationError):
        use_code(wang.username, slip.code, "short", now=clock.now())
    assert use_code(wang.username, slip.code, GOOD, now=clock.now()) == wang


def test_a_code_given_under_yesterdays_secret_still_works(district, three, settings):
    wang = district.users["wang"]
    slip = issue([wang.pk], by=actor("security"), now=clock.now())[0]
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "n" * 60
    assert use_code(wang.username, slip.code, GOOD, now=clock.now()) == wang


def test_a4_11_nobody_gives_a_code_to_themselves_and_only_security_gives_any(district, three):
    keys = [three["security"].pk]
    refused(issue, keys, by=actor("security"), now=clock.now(), code="own-account")
    for kind in ("system", "audit"):
        refused(issue, [district.users["wang"].pk], by=actor(kind), now=clock.now(), code="no-such-page")
    User.objects.filter(pk=district.users["wang"].pk).update(is_active=False)
    refused(
        issue, [district.users["wang"].pk], by=actor("security"), now=clock.now(), code="receiver-inactive"
    )
    assert not OneTimeCode.objects.exists()


def test_the_machine_helps_an_administrator_and_nobody_else(district, three, capsys):
    call_command("administrator_code", "security-admin")
    username, code = capsys.readouterr().out.split()
    assert use_code(username, code, GOOD, now=clock.now()) == three["security"]
    entry = Entry.objects.get(kind="account.code_issued")
    assert (entry.actor_id, entry.facts["user"]) == (None, three["security"].pk)
    with pytest.raises(CommandError):
        call_command("administrator_code", district.users["wang"].username)


# --- closing and leaving ---


def test_a_closed_account_is_out_at_once_and_its_unit_hears_of_it(district, three):
    district.submitted()
    lin = district.users["lin"]
    found = closing.close_account(
        district.users["luo"].pk, reason="调离", by=actor("system"), now=clock.now()
    )
    found.refresh_from_db()
    assert not found.is_active
    assert Notice.objects.filter(user=lin, kind="account.closed").count() == 1
    assert EntryPersonal.objects.filter(entry__kind="account.closed", field="reason", value="调离").exists()
    refused(
        closing.close_account,
        found.pk,
        reason="调离",
        by=actor("system"),
        now=clock.now(),
        code="account-closed-already",
    )
    closing.open_account(found.pk, by=actor("system"), now=clock.now())
    found.refresh_from_db()
    assert (found.is_active, found.has_usable_password()) == (True, False)
    refused(closing.open_account, found.pk, by=actor("system"), now=clock.now(), code="account-open-already")


@pytest.mark.parametrize(
    ("by", "whom", "code"),
    [
        ("system", "system", "own-account"),
        ("system", "audit", "last-administrator"),
        ("security", "luo", "no-such-page"),
        ("audit", "luo", "no-such-page"),
    ],
)
def test_who_may_not_be_closed(district, three, by, whom, code):
    user = three.get(whom) or district.users[whom]
    refused(closing.close_account, user.pk, reason="调离", by=actor(by), now=clock.now(), code=code)


def test_a_reason_is_asked_for(district, three):
    user = district.users["luo"].pk
    refused(
        closing.close_account, user, reason=" ", by=actor("system"), now=clock.now(), code="reason-missing"
    )


def test_leavers_are_closed_at_once_and_their_work_goes_over_when_the_second_person_says_so(district, three):
    run = district.submitted().run
    lin, luo, wang = (district.users[name] for name in ("lin", "luo", "wang"))
    rows = [(lin.username, luo.username, "退休"), (wang.username, None, "调离")]
    found = handed_in("leaving", *rows)
    assert not User.objects.filter(pk__in=[lin.pk, wang.pk], is_active=True).exists()
    assert Appointment.objects.filter(user=lin, until_day=None).exists(), (
        "the posts wait for the second person"
    )
    operations.confirm(found.public_id, by=actor("security"), now=clock.now())
    assert Appointment.objects.get(user=luo, post=district.posts["lin"]).until_day is None
    assert not Appointment.objects.filter(user=lin, until_day=None).exists()
    share = Assignment.objects.get(run=run, status="open")
    engine.approve(run.public_id, share.pk, by=district.actor("luo", at=clock.now()), now=clock.now())
    entry = Entry.objects.get(kind="post.handed_over")
    assert entry.actor == three["security"]
    assert Appointment.objects.filter(user=wang, until_day=None).exists(), "nobody was named for it"


def test_leavers_without_anybody_to_take_over_need_no_second_person(district, three):
    found = handed_in("leaving", (district.users["wang"].username, None, "调离"))
    assert found.state == "confirmed"


def test_a_successor_who_was_closed_meanwhile_gets_nothing(district, three):
    lin, luo = district.users["lin"], district.users["luo"]
    found = handed_in("leaving", (lin.username, luo.username, "退休"))
    User.objects.filter(pk=luo.pk).update(is_active=False)
    operations.confirm(found.public_id, by=actor("security"), now=clock.now())
    assert Appointment.objects.filter(user=lin, until_day=None).exists()


def test_a4_11_posts_go_by_a_list_of_two_administrators_or_not_at_all(district, three):
    lin, luo = district.users["lin"], district.users["luo"]
    more = {"reason": "退休", "now": clock.now()}
    refused(
        engine.hand_over_closed,
        lin.pk,
        luo.pk,
        by=actor("system"),
        code="security-administrator-only",
        **more,
    )
    refused(
        engine.hand_over_closed,
        lin.pk,
        luo.pk,
        by=district.actor("gao"),
        code="security-administrator-only",
        **more,
    )
    refused(engine.hand_over_closed, lin.pk, luo.pk, by=actor("security"), code="leaver-not-closed", **more)
    wanted = [(district.posts["wang"].pk, luo.pk, clock.district_day(clock.now()))]
    refused(
        engine.appoint_listed, wanted, by=actor("system"), now=clock.now(), code="security-administrator-only"
    )
    audit = [(district.posts["wang"].pk, three["audit"].pk, clock.district_day(clock.now()))]
    refused(
        engine.appoint_listed, audit, by=actor("security"), now=clock.now(), code="receiver-administrator"
    )


# --- sessions and locks ---


def test_security_signs_an_account_out_and_opens_locks_on_record(district, three):
    wang = district.users["wang"]
    epoch = User.objects.get(pk=wang.pk).epoch
    closing.end_all_sessions(wang.pk, by=actor("security"), now=clock.now())
    assert User.objects.get(pk=wang.pk).epoch == epoch + 1
    row = locked_out(wang)
    refused(closing.release_lock, row.pk, by=actor("system"), now=clock.now(), code="no-such-page")
    closing.release_lock(row.pk, by=actor("security"), now=clock.now())
    refused(closing.release_lock, row.pk, by=actor("security"), now=clock.now(), code="not-locked")
    kinds = set(Entry.objects.values_list("kind", flat=True))
    assert {"account.sessions_ended", "account.released"} <= kinds
    refused(closing.end_all_sessions, wang.pk, by=actor("system"), now=clock.now(), code="no-such-page")


def test_two_use_one_code_and_one_of_them_gets_in(district, three):
    wang = district.users["wang"]
    slip = issue([wang.pk], by=actor("security"), now=clock.now())[0]
    seen = operations_codes._open_code(wang.username, slip.code, clock.now())
    assert seen is not None
    assert use_code(wang.username, slip.code, GOOD, now=clock.now()) == wang
    assert use_code(wang.username, slip.code, "Reed-heron-58", now=clock.now()) is None
    assert rules.MOST_TRIES == 5
