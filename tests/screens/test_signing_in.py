"""Signing in: what is refused, what is counted, when it ends."""

import time
from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import identify_hasher, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from flows.engine import operations as engine
from flows.journal.models import Entry
from hetang_flow import passwords
from hetang_flow.lib import clock
from hetang_flow.lib.errors import NotFound, WrongState
from permissions import operations_log_in
from permissions.models import LogInCount, PasswordUsed, User
from tests.screens.test_matrix import plain

pytestmark = pytest.mark.django_db
GOOD, NEXT = "Lotus-pond-73", "Lotus-pond-74"
FAR = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture
def lin():
    user = User(username="lin", name="Lin")
    user.set_password(GOOD)
    user.save()
    return user


def knock(username="lin", password=GOOD, client=None, **more):
    return (client or Client()).post(
        reverse("account_login"), {"login": username, "password": password}, **more
    )


def signed_in(password=GOOD) -> Client:
    client = Client()
    assert knock(password=password, client=client).status_code == 302
    return client


def answers_at_home(client) -> bool:
    return client.get(reverse("me")).status_code == 200


# --- wrong passwords ---


def test_a4_13_five_wrong_passwords_lock_this_account_from_this_address_and_no_other(lin):
    for _time in range(5):
        assert knock(password="wrong").status_code == 200
    assert knock().status_code == 200, "the right one is refused as well"
    assert not answers_at_home(Client())
    assert knock(**FAR).status_code == 302, "at another desk the leader is let in"
    entry = Entry.objects.get(kind="account.locked")
    assert entry.facts | {"count": 0} == {"count": 0, "of": "pair", "failures": 5, "user": lin.pk}
    with time_machine.travel(clock.now() + timedelta(minutes=15, seconds=1)):
        assert knock().status_code == 302


def test_a4_13_one_right_password_in_between_forgets_the_wrong_ones(lin):
    for _round in range(3):
        for _time in range(4):
            knock(password="wrong")
        assert knock().status_code == 302
    assert not Entry.objects.filter(kind="account.locked").exists()


def test_a4_13_guesses_at_many_accounts_lock_the_address(lin):
    for number in range(30):
        knock(f"nobody{number}", "wrong")
    assert knock().status_code == 200
    row = LogInCount.objects.get(kind="address")
    assert (row.failures, row.address) == (30, "127.0.0.1")
    assert knock(**FAR).status_code == 302


def test_a4_13_guesses_from_many_addresses_lock_the_account(lin):
    for number in range(50):
        knock(password="wrong", REMOTE_ADDR=f"198.51.100.{number}")
    assert knock(**FAR).status_code == 200


def test_a4_13_a_made_up_address_does_not_get_round_it(lin):
    for number in range(5):
        knock(password="wrong", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
    assert knock(HTTP_X_FORWARDED_FOR="198.51.100.77").status_code == 200


def test_a4_13_a_lock_is_opened_before_its_time_once(lin):
    for _time in range(5):
        knock(password="wrong")
    row = LogInCount.objects.get(kind="pair")
    operations_log_in.release(row.pk, now=clock.now())
    assert knock().status_code == 302
    with pytest.raises(NotFound):
        operations_log_in.release(row.pk, now=clock.now())
    other = LogInCount.objects.filter(kind="address").first()
    with pytest.raises(WrongState, match="not-locked"):
        operations_log_in.release(other.pk, now=clock.now())


def test_a4_13_what_was_typed_is_counted_and_not_kept(lin):
    knock("MeinPasswort-im-Namensfeld", "wrong")
    assert not [row for row in LogInCount.objects.values_list("key", flat=True) if "passwort" in row.lower()]
    assert LogInCount.objects.filter(address=None).count() == 3


# --- who is there ---


def test_a4_14_an_unknown_a_closed_and_a_known_account_answer_alike(lin):
    for name, active in (("zz-known", True), ("zz-closed", False)):
        User.objects.create(username=name, name=name, is_active=active, password=make_password(GOOD))
    said = {name: plain(knock(name, "wrong")) for name in ("zz-known", "zz-closed", "zz-nobody")}
    (answer,) = {str(body).replace(name, "") for name, body in said.items()}
    assert "200" in answer


def test_a4_14_an_unknown_account_is_as_slow_as_a_known_one(lin, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    lin.set_password(GOOD)
    lin.save()

    def cost(name: str) -> float:
        began = time.process_time()
        knock(name, "wrong")
        return time.process_time() - began

    known, unknown = (min(cost(name) for _time in range(4)) for name in ("lin", "nobody"))
    assert unknown > known / 3, "the hash is reckoned for nobody as well"


# --- passwords ---


def test_a4_12_passwords_are_kept_as_argon2id(settings):
    from hetang_flow.settings import base

    settings.PASSWORD_HASHERS = base.PASSWORD_HASHERS
    assert make_password(GOOD).startswith("argon2$argon2id$")
    assert identify_hasher(make_password(GOOD)).algorithm == "argon2"


@pytest.mark.parametrize(
    "password",
    [
        "Short-7",
        "alllowercase",
        "lowercase123",
        "Hetang#2023x",
        "荷塘-Aa-2023",
        "Password-1!",
        "Lin-zhi-73-x9",
    ],
)
def test_a4_12_a_weak_password_is_refused(password):
    user = User(username="lin-zhi", name="林枝")
    with pytest.raises(ValidationError):
        validate_password(password, user)


def test_a4_12_none_of_the_last_five_comes_back(lin):
    for number in range(5):
        validate_password(f"Reed-{number}-bank", lin)
        lin.set_password(f"Reed-{number}-bank")
        lin.save()
    for number in range(5):
        with pytest.raises(ValidationError):
            validate_password(f"Reed-{number}-bank", lin)
    validate_password(GOOD, lin)
    assert PasswordUsed.objects.filter(user=lin).count() == passwords.PASSWORDS_REMEMBERED


def test_a4_12_an_old_or_given_password_leads_to_one_page_only(lin):
    client = signed_in()
    assert answers_at_home(client)
    User.objects.filter(pk=lin.pk).update(password_set_at=clock.now() - timedelta(days=90))
    answer = client.get(reverse("inbox"))
    assert answer["Location"] == reverse("account_change_password")
    assert client.get(reverse("inbox"), headers={"HX-Request": "true"}).status_code == 403
    assert client.get(reverse("account_change_password")).status_code == 200
    typed = {"oldpassword": GOOD, "password1": NEXT, "password2": NEXT}
    client.post(reverse("account_change_password"), typed)
    assert answers_at_home(client)
    User.objects.filter(pk=lin.pk).update(must_change_password=True)
    assert not answers_at_home(client)


# --- sessions ---


def test_a4_16_a_session_left_idle_ends_and_says_why(lin):
    client = signed_in()
    start = clock.now()
    with time_machine.travel(start + timedelta(minutes=29)):
        assert answers_at_home(client)
    with time_machine.travel(start + timedelta(minutes=58)):
        assert answers_at_home(client), "used in between"
    with time_machine.travel(start + timedelta(minutes=89)):
        answer = client.get(reverse("me"), follow=True)
        assert answer.redirect_chain[0][0].startswith(reverse("account_login"))
        assert "超过半小时未操作" in answer.content.decode()


def test_a4_16_what_the_page_asks_by_itself_keeps_no_session_awake(lin):
    client = signed_in()
    start = clock.now()
    for minutes in (9, 19, 29):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            assert client.get(reverse("inbox-badge"), headers={"HX-Request": "true"}).status_code == 200
    with time_machine.travel(start + timedelta(minutes=31)):
        assert not answers_at_home(client)


def test_a4_16_however_busy_a_session_ends_after_eight_hours(lin):
    client = signed_in()
    start = clock.now()
    for step in range(24):
        with time_machine.travel(start + timedelta(minutes=20 * step)):
            assert answers_at_home(client)
    with time_machine.travel(start + timedelta(hours=8, minutes=1)):
        assert not answers_at_home(client)


def test_a4_16_the_key_of_a_session_changes_when_somebody_signs_in(lin):
    client = Client()
    client.get(reverse("account_login"))
    client.session.save()
    before = client.session.session_key
    knock(client=client)
    assert client.cookies["sessionid"].value != before


def test_a4_16_all_sessions_end_with_the_password_and_with_the_account(lin):
    here, there = signed_in(), signed_in()
    typed = {"oldpassword": GOOD, "password1": NEXT, "password2": NEXT}
    here.post(reverse("account_change_password"), typed)
    assert answers_at_home(here)
    assert not answers_at_home(there)
    User.objects.filter(pk=lin.pk).update(is_active=False)
    assert not answers_at_home(here)


@pytest.mark.parametrize("change", ["appoint", "end"])
def test_a4_16_all_sessions_end_when_a_post_comes_or_goes(district, browser, change):
    client = browser("luo")
    assert answers_at_home(client)
    by, day = district.actor("gao"), district.now.date()
    if change == "appoint":
        engine.appoint(
            district.posts["bai"].pk, district.users["luo"].pk, from_day=day, by=by, now=district.now
        )
    else:
        held = district.users["luo"].appointments.get()
        engine.end_appointment(held.pk, on=day, by=by, now=district.now)
    assert not answers_at_home(client)


def test_a4_16_a_sixth_session_ends_the_oldest(lin):
    clients = [signed_in() for _each in range(6)]
    assert [answers_at_home(client) for client in clients] == [False, *[True] * 5]


def test_ones_own_sessions_are_seen_and_ended(lin):
    here, there = signed_in(), signed_in()
    page = here.get(reverse("sessions")).content.decode()
    assert page.count('name="session" value="') == 2  # the other one, and all others
    other = UserSession.objects.exclude(session_key=here.session.session_key).get()
    here.post(reverse("sessions"), {"session": other.pk})
    assert not answers_at_home(there)
    third = signed_in()
    here.post(reverse("sessions"), {"session": "others"})
    assert not answers_at_home(third)
    assert answers_at_home(here)


@pytest.mark.parametrize("which", ["", "x", "-1", "9" * 30, "0"])
def test_nobody_elses_session_is_ended(lin, which):
    other = User.objects.create(username="mo", name="Mo", password=make_password(GOOD))
    stranger = Client()
    knock("mo", client=stranger)
    theirs = UserSession.objects.get(user=other)
    here = signed_in()
    for said in (which, str(theirs.pk)):
        here.post(reverse("sessions"), {"session": said})
    assert answers_at_home(stranger)
