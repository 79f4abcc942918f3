"""A phone registered once opens for seven days with a PIN or a passkey: and for nobody else, and no longer."""

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from flows.accounts import operations_phones as operations
from flows.accounts.models import KnownPhone
from flows.journal.models import Entry
from hetang_flow.lib import clock
from notifications.models import Notice
from permissions.models import Post
from permissions.operations_log_in import end_sessions
from tests.support.listed import administrators
from tests.support.signed import signed_in

pytestmark = pytest.mark.django_db
GOOD, PIN, WRONG, NOW = "Lotus-pond-73", "274916", "274917", 1_685_583_000


@pytest.fixture(autouse=True)
def still():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def leader(district):
    user = district.users["zhao"]
    user.set_password(GOOD)
    user.save()
    return user


def knock(user, client=None):
    """Sign in with the password, in a browser that may be a known phone."""
    client = client or Client()
    client.cookies["django_language"] = "en"
    answer = client.post(reverse("account_login"), {"login": user.username, "password": GOOD})
    assert answer.status_code == 302
    return client


def remembered(user, name="Own phone", pin=PIN):
    """A browser of this person that was made known."""
    client = knock(user)
    answer = client.post(reverse("phones"), {"name": name, "pin": pin, "again": pin})
    assert answer.status_code == 302, answer.content.decode()
    return client


def with_pin(client, pin=PIN, **more):
    return client.post(reverse("phone"), {"pin": pin} | more)


def idle(client, still, **passed):
    """So long nobody touches it; then the next page leads to the door."""
    still.shift(timedelta(**passed))
    return client.get(reverse("inbox"), follow=True)


def test_a4_16_a_known_phone_asks_for_its_pin_after_half_an_hour_and_goes_on_where_it_was(leader, still):
    client = remembered(leader)
    door = idle(client, still, minutes=31)
    assert door.redirect_chain[-1][0].startswith(reverse("phone"))
    said = door.content.decode()
    assert 'name="pin"' in said
    assert 'name="password"' not in said
    assert "nothing was done" in said, "it says why"
    answer = with_pin(client, next=reverse("inbox"))
    assert answer["Location"] == reverse("inbox")
    assert client.get(reverse("inbox")).status_code == 200
    assert not KnownPhone.objects.get().failures


def test_a4_16_nothing_is_decided_before_the_pin(leader, still, district):
    client = remembered(leader)
    still.shift(timedelta(minutes=31))
    answer = client.post(reverse("phones"), {"name": "x", "pin": PIN, "again": PIN})
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))
    assert KnownPhone.objects.count() == 1


def test_a4_16_on_the_seventh_day_it_opens_and_on_the_eighth_it_asks_for_the_password(leader, still):
    client = remembered(leader)
    still.shift(timedelta(days=7, seconds=-1))
    assert with_pin(client).status_code == 302
    client.post(reverse("account_logout"))
    still.shift(timedelta(seconds=1))
    door = client.get(reverse("account_login"), follow=True)
    assert 'name="password"' in door.content.decode()
    assert not client.cookies["hetang_phone"].value, "it is told to forget what it holds"


def test_a4_16_five_wrong_pins_and_the_phone_is_forgotten_on_record_and_its_owner_told(leader, still):
    client = remembered(leader)
    client.post(reverse("account_logout"))
    for left in (4, 3, 2, 1):
        answer = with_pin(client, WRONG)
        assert answer.status_code == 422
        assert f"{left} tr" in answer.content.decode()
    with_pin(client, WRONG)
    phone = KnownPhone.objects.get()
    assert (phone.failures, phone.why) == (5, "guessed")
    assert with_pin(client)["Location"].startswith(reverse("account_login")), "the right one comes too late"
    assert Entry.objects.filter(kind="phone.guessed").count() == 1
    assert Notice.objects.get(kind="phone.guessed").user == leader


def test_a4_16_a_right_pin_takes_the_wrong_ones_away(leader):
    client = remembered(leader)
    client.post(reverse("account_logout"))
    for _each in range(4):
        with_pin(client, WRONG)
    assert with_pin(client).status_code == 302
    assert KnownPhone.objects.get().failures == 0


@pytest.mark.parametrize(
    "cookie", ["", "x", "00000000-0000-4000-8000-000000000000.x", "{id}.", "{id}.guess", "\x00.\x00"]
)
def test_a4_16_the_pin_opens_nothing_without_the_phone_itself(leader, cookie):
    remembered(leader)
    stranger = Client()
    stranger.cookies["hetang_phone"] = cookie.format(id=KnownPhone.objects.get().public_id)
    answer = with_pin(stranger)
    assert answer["Location"].startswith(reverse("account_login"))
    assert KnownPhone.objects.get().failures == 0, "nobody locks it from afar"


def test_a4_16_with_the_control_off_the_same_guess_would_open_it(leader, monkeypatch):
    client = remembered(leader)
    client.post(reverse("account_logout"))
    monkeypatch.setattr(operations, "check_password", lambda pin, encoded: True)
    assert with_pin(client, WRONG).status_code == 302
    assert client.get(reverse("inbox")).status_code == 200


def test_a4_16_another_password_another_post_and_a_closed_account_end_it(leader, district):
    for change in ("password", "post", "closed"):
        client = remembered(leader, name=change)
        client.post(reverse("account_logout"))
        if change == "password":
            leader.set_password(GOOD)
            leader.save()
        elif change == "post":
            end_sessions([leader.pk])
            leader.refresh_from_db()
        else:
            type(leader).objects.filter(pk=leader.pk).update(is_active=False)
        assert with_pin(client)["Location"].startswith(reverse("account_login")), change


def test_a4_16_a_phone_is_given_up_by_its_owner_and_by_nobody_else(leader, district):
    client, phone = remembered(leader), KnownPhone.objects.get()
    address = reverse("phone-forget", args=[phone.public_id])
    other = Client()
    signed_in(district.users["lin"], other)
    assert other.post(address).status_code == 404
    assert client.post(address).status_code == 302
    phone.refresh_from_db()
    assert phone.why == "given-up"
    assert client.post(address).status_code == 404, "once"
    assert [
        *Entry.objects.filter(kind__startswith="phone.").order_by("pk").values_list("kind", flat=True)
    ] == [
        "phone.remembered",
        "phone.forgotten",
    ]


@pytest.mark.parametrize(
    ("typed", "status", "words"),
    [
        ({"again": "274915"}, 422, "not the same"),
        ({"pin": "123456", "again": "123456"}, 422, "guessed at once"),
        ({"pin": "2749", "again": "2749"}, 422, "six digits"),
        ({"name": " "}, 422, "a name"),
    ],
)
def test_a_phone_that_cannot_be_made_known_says_why_and_nothing_is_kept(leader, typed, status, words):
    client = knock(leader)
    answer = client.post(reverse("phones"), {"name": "Own", "pin": PIN, "again": PIN} | typed)
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert not KnownPhone.objects.exists()
    assert "hetang_phone" not in answer.cookies


def test_a4_15_who_needs_a_second_factor_registers_no_phone(district):
    client = Client()
    signed_in(administrators()["security"], client)
    answer = client.post(reverse("phones"), {"name": "Own", "pin": PIN, "again": PIN})
    assert answer.status_code == 422
    assert not KnownPhone.objects.exists()


def test_a4_15_a_phone_of_somebody_whose_post_needs_a_second_factor_opens_no_more(leader, district):
    client = remembered(leader)
    client.post(reverse("account_logout"))
    phone = KnownPhone.objects.get()
    assert operations.known(client.cookies["hetang_phone"].value, now=clock.now()) == phone
    Post.objects.filter(pk=district.posts["zhao"].pk).update(duty="inspector")
    assert operations.known(client.cookies["hetang_phone"].value, now=clock.now()) is None


def test_a4_15_an_authenticator_of_ones_own_free_will_was_shown_when_the_phone_was_registered(leader):
    client = remembered(leader)
    Authenticator.objects.create(user=leader, type=Authenticator.Type.TOTP, data={"secret": "sealed"})
    client.post(reverse("account_logout"))
    knocked = Client()
    answer = knocked.post(reverse("account_login"), {"login": leader.username, "password": GOOD})
    assert answer["Location"].startswith(reverse("mfa_authenticate")), "elsewhere the password is not enough"
    assert with_pin(client).status_code == 302
    assert client.get(reverse("inbox")).status_code == 200


def test_a_session_that_a_phone_opened_makes_no_other_phone_known(leader):
    client = remembered(leader)
    client.post(reverse("account_logout"))
    with_pin(client)
    answer = client.post(reverse("phones"), {"name": "Another", "pin": PIN, "again": PIN})
    assert answer.status_code == 422
    assert KnownPhone.objects.count() == 1


def test_a_fourth_phone_takes_the_place_of_the_oldest(leader, still):
    for number in range(4):
        still.shift(timedelta(minutes=1))
        remembered(leader, name=f"No {number}")
    live = KnownPhone.objects.filter(forgotten=None).order_by("made")
    assert [phone.name for phone in live] == ["No 1", "No 2", "No 3"]
    assert KnownPhone.objects.get(name="No 0").why == "replaced"


def test_the_cookie_is_read_by_no_script_and_leads_to_no_other_site(leader):
    client = remembered(leader)
    morsel = client.cookies["hetang_phone"]
    assert (morsel["httponly"], morsel["samesite"], morsel["max-age"]) == (True, "Lax", 7 * 24 * 3600)
    client.post(reverse("account_logout"))
    assert with_pin(client, next="https://elsewhere.example.test/")["Location"] == "/"


def test_an_address_that_is_too_long_to_lead_anywhere_leads_to_the_door(leader):
    client, far = remembered(leader), "/inbox/?" + "x" * 20_000
    client.post(reverse("account_logout"))
    assert client.get(reverse("account_login"), {"next": far})["Location"] == reverse("phone")
    assert client.get(reverse("phone"), {"next": far}).status_code == 200
    assert with_pin(client, next=far)["Location"] == "/"
    assert Client().get(reverse("phone"), {"next": far})["Location"].endswith("next=")


def test_the_password_is_always_another_way(leader):
    client = remembered(leader)
    client.post(reverse("account_logout"))
    assert client.get(reverse("account_login")).status_code == 302
    assert 'name="password"' in client.get(reverse("account_login") + "?password=1").content.decode()
    knock(leader, client)
    assert client.get(reverse("inbox")).status_code == 200
