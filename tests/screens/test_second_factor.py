"""The second factor: who has to show one, what a code is good for, and that nothing leads past it."""

import json

import pytest
import time_machine
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.urls import reverse

from flows.accounts.operations_codes import issue
from flows.journal.models import Entry
from hetang_flow.lib import clock
from permissions.models import LogInCount, Organisation, Post, User
from tests.screens.matrix import ACTS, ADDRESSES, answers
from tests.support.listed import actor, administrators
from tests.support.signed import BACKEND

pytestmark = pytest.mark.django_db
GOOD, SECRET = "Lotus-pond-73", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
KEYED = {address.name for address in ADDRESSES if address.key} | {f"work-{act.name}" for act in ACTS}
MORE = {address.name: address.more for address in ADDRESSES}
NOW = 1_685_583_000
FAR = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture(autouse=True)
def still():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def code(at=NOW, secret=SECRET):
    return format_hotp_value(hotp_value(secret, int(at) // 30))


def with_password(user: User) -> User:
    user.set_password(GOOD)
    user.save()
    return user


@pytest.fixture
def keeper(district):
    return with_password(administrators()["security"])


def knock(user, client=None, **more):
    client = client or Client()
    client.post(reverse("account_login"), {"login": user.username, "password": GOOD}, **more)
    return client


def again(client):
    """The password once more, before the account is changed."""
    assert client.post(reverse("account_reauthenticate"), {"password": GOOD}).status_code == 302
    return client


def told(client, said, **more):
    return client.post(reverse("mfa_authenticate"), {"code": said}, **more)


def is_in(client):
    return client.get(reverse("me")).status_code == 200


def set_up(user):

    with context.request_context(RequestFactory().get("/")):
        TOTP.activate(user, SECRET)
    return user


# --- who must ---


def test_a4_15_without_one_no_page_opens_to_an_administrator(keeper):
    client, open_pages = knock(keeper), []
    for name, verb, place in answers():
        if (
            verb == "GET"
            and place == "here"
            and name not in ("account_login", "account_inactive", "account-code")
        ):
            if name in KEYED:
                continue
            answer = client.get(reverse(name, args=MORE.get(name, ())))
            if not (answer.status_code == 302 and answer["Location"] == reverse("mfa_index")):
                open_pages.append(name)
    on_the_way = {"mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate"}
    harmless = {
        "account_change_password",
        "account_logout",
        "set_language",
        "health-live",
        "health-ready",
        "health-metrics",
    }
    assert set(open_pages) <= on_the_way | harmless
    assert client.get(reverse("accounts"), headers={"HX-Request": "true"}).status_code == 403


def test_a4_15_with_the_control_off_the_same_page_opens(keeper, settings):
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if "second_factor" not in each]
    assert knock(keeper).get(reverse("accounts")).status_code == 200


def test_a4_15_an_inspector_needs_one_and_so_does_who_stands_in(district):
    chen = with_password(district.users["chen"])
    assert is_in(knock(chen))
    Post.objects.filter(pk=district.posts["chen"].pk).update(duty="inspector")
    answer = knock(chen).get(reverse("inbox"))
    assert answer["Location"] == reverse("mfa_index")


@pytest.mark.parametrize(
    ("duty", "due"), [("deputy", True), ("leader", True), ("head", True), ("officer", False)]
)
def test_a4_15_who_decides_in_the_discipline_commission_needs_one(district, duty, due):
    zhao = with_password(district.users["zhao"])
    post = Post.objects.get(pk=district.posts["zhao"].pk)
    commission = Organisation.objects.create(
        code="discipline-commission", name="区纪委监委", kind=Organisation.Kind.BUREAU
    )
    Post.objects.filter(pk=post.pk).update(organisation=commission, duty=duty)
    assert (knock(zhao).get(reverse("inbox")).get("Location") == reverse("mfa_index")) is due


def test_an_authenticator_is_set_up_with_its_first_code_and_opens_the_pages(keeper):
    client = again(knock(keeper))
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    assert client.post(reverse("mfa_activate_totp"), {"code": "000000"}).status_code == 200
    answer = client.post(reverse("mfa_activate_totp"), {"code": code(secret=secret)})
    assert answer["Location"] == reverse("mfa_view_recovery_codes")
    assert client.get(answer["Location"]).content.decode().count("<li>") >= 10
    assert client.get(reverse("accounts")).status_code == 200
    assert Entry.objects.filter(kind="account.factor_added", actor=keeper).exists()
    assert secret not in json.dumps(list(Authenticator.objects.values_list("data", flat=True))), "sealed"


# --- the door ---


def test_a4_15_the_password_alone_opens_nothing_and_the_code_does(keeper):
    client = knock(set_up(keeper))
    assert not is_in(client)
    assert told(client, "123456").status_code == 200
    assert not is_in(client)
    assert told(client, code()).status_code == 302
    assert client.get(reverse("accounts")).status_code == 200


def test_a4_15_a_code_works_once_whichever_process_is_asked(keeper, still):
    first = knock(set_up(keeper))
    assert told(first, code()).status_code == 302
    cache.clear()  # another process has a cache of its own
    second = knock(keeper)
    told(second, code())
    assert not is_in(second)
    told(second, code(NOW - 30))
    assert not is_in(second), "nor an older one"
    still.shift(30)
    told(second, code(NOW + 30))
    assert is_in(second)


def test_a4_15_codes_are_guessed_as_seldom_as_passwords(keeper):
    client = knock(set_up(keeper))
    for number in range(5):
        told(client, f"{number:06d}")
    told(client, code())
    assert not is_in(client)
    assert LogInCount.objects.get(kind="pair").failures == 5
    assert Entry.objects.filter(kind="account.locked").exists()
    other = knock(keeper, **FAR)
    told(other, code(), **FAR)
    assert is_in(other), "the owner at another desk is let in"


def test_a4_15_a_recovery_code_works_once(keeper):

    with context.request_context(RequestFactory().get("/")):
        TOTP.activate(keeper, SECRET)
        kept = RecoveryCodes.activate(keeper).get_unused_codes()[0]
    first, second = knock(keeper), knock(keeper)
    told(first, kept)
    told(second, kept)
    assert (is_in(first), is_in(second)) == (True, False)


def test_a4_15_a_session_that_was_not_asked_is_no_session(keeper):
    client = Client()
    client.force_login(set_up(keeper), backend=BACKEND)
    assert client.get(reverse("accounts"))["Location"] == reverse("account_login")
    assert not is_in(client)


# --- of one's own will, and taken away ---


def test_whoever_wants_one_is_asked_for_it_and_may_remove_it(district, still):
    chen = set_up(with_password(district.users["chen"]))
    client = knock(chen)
    assert not is_in(client)
    told(client, code())
    assert is_in(client)
    again(client)
    assert client.post(reverse("mfa_deactivate_totp")).status_code == 302
    assert not Authenticator.objects.exists()
    assert Entry.objects.filter(kind="account.factor_removed").exists()


def test_a4_15_an_administrator_does_not_remove_the_last_one(keeper):
    client = knock(set_up(keeper))
    told(client, code())
    again(client).post(reverse("mfa_deactivate_totp"))
    assert Authenticator.objects.filter(user=keeper).exists()


def test_a4_15_a_reset_takes_the_second_factor_with_the_password_on_record(district, keeper):
    audit = set_up(administrators()["audit"])
    issue([audit.pk], by=actor("security"), now=clock.now())
    assert not Authenticator.objects.filter(user=audit).exists()
    assert Entry.objects.get(kind="account.code_issued").facts["second_factor_removed"]
