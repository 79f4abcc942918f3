"""Single sign-on, tried against a real OpenID provider over HTTP: it opens accounts that were linked, and nothing else."""

from urllib.parse import urlsplit

import oidc_provider_mock
import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.conf import settings as live
from django.test import Client
from django.urls import reverse

from flows.accounts.operations_codes import issue
from flows.accounts.views_phones import BY_PHONE
from flows.journal.models import Entry
from permissions.models import Post, User
from tests.support.listed import actor
from tests.support.signed import signed_in

pytestmark = pytest.mark.django_db
SUBJECT = "zhao@another-house.example.test"


@pytest.fixture(scope="module")
def provider():
    """A provider of its own, on a port of this machine."""
    with oidc_provider_mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def offered(provider, settings):
    settings.OIDC_ISSUER = provider
    app = {
        "provider_id": "oidc",
        "name": "统一身份认证",
        "client_id": "hetang",
        "secret": "only-for-tests",
        "settings": {"server_url": provider, "fetch_userinfo": False},
    }
    known = live.SOCIALACCOUNT_PROVIDERS["openid_connect"]
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": known | {"APPS": [app]}}
    return provider


def through(client, *, subject=SUBJECT, process="", **more):
    """Press the button, say at the other house who one is, and come back."""
    there = client.post(reverse("sso"), {"process": process} if process else {})
    assert there.status_code == 302
    said = requests.post(there["Location"], data={"sub": subject}, allow_redirects=False, timeout=10)
    back = urlsplit(said.headers["Location"])
    return client.get(f"{back.path}?{back.query}", **more)


@pytest.fixture
def linked(offered, district):
    """A leader who has linked the other house once."""
    client = Client()
    signed_in(district.users["zhao"], client)
    answer = through(client, process="connect")
    assert answer["Location"] == reverse("sessions")
    return district.users["zhao"]


def opened(client):
    return client.get(reverse("inbox")).status_code == 200


def test_what_was_linked_opens_the_account_without_the_password(linked):
    client = Client()
    answer = through(client)
    assert answer.status_code == 302
    assert opened(client)
    assert int(client.session["_auth_user_id"]) == linked.pk


def test_what_nobody_linked_opens_nothing_and_makes_no_account(offered, district):
    before = User.objects.count()
    for subject in ("stranger@another-house.example.test", "zhao", district.users["zhao"].username):
        client = Client()
        answer = through(client, subject=subject)
        assert answer["Location"].startswith(reverse("account_login"))
        assert "sso-unknown" in answer["Location"]
        assert not opened(client)
    assert User.objects.count() == before
    assert not SocialAccount.objects.exists()


def test_a_mail_address_that_is_the_same_opens_nothing(offered, district):
    User.objects.filter(pk=district.users["zhao"].pk).update(email=SUBJECT)
    requests.put(f"{offered}/users/{SUBJECT}", json={"email": SUBJECT, "email_verified": True}, timeout=10)
    client = Client()
    assert "sso-unknown" in through(client)["Location"]
    assert not opened(client)


def test_a_closed_account_stays_closed(linked):
    User.objects.filter(pk=linked.pk).update(is_active=False)
    client = Client()
    assert "sso-unknown" in through(client)["Location"], "and answers like an unknown one"
    assert not opened(client)


def test_a_subject_opens_one_account_alone(linked, district):
    other = Client()
    signed_in(district.users["lin"], other)
    answer = through(other, process="connect")
    assert answer["Location"] == reverse("sessions")
    assert [row.user for row in SocialAccount.objects.all()] == [linked]


def test_nobody_links_without_having_signed_in_with_the_password(offered, district):
    assert "sso-needs-password" in through(Client(), process="connect")["Location"]
    by_phone = Client()
    signed_in(district.users["zhao"], by_phone)
    session = by_phone.session
    session[BY_PHONE] = True
    session.save()
    assert "sso-needs-password" in through(by_phone, process="connect")["Location"]
    assert not SocialAccount.objects.exists()


def test_a4_15_who_needs_a_second_factor_is_asked_for_it_all_the_same(linked, district):
    Post.objects.filter(pk=district.posts["zhao"].pk).update(duty="inspector")
    client = Client()
    through(client)
    assert client.get(reverse("inbox"))["Location"] == reverse("mfa_index")


def test_of_what_the_other_house_says_the_subject_alone_is_kept(linked):
    row = SocialAccount.objects.get()
    assert (row.uid, row.extra_data) == (SUBJECT, {})
    assert not EmailAddress.objects.exists()
    assert not SocialToken.objects.exists()


def test_links_are_on_record_and_go_with_a_reset(linked, district):
    issue([linked.pk], by=actor("security"), now=district.now)
    assert not SocialAccount.objects.exists()
    kinds = Entry.objects.filter(kind__in=["account.linked", "account.unlinked"]).order_by("pk")
    assert list(kinds.values_list("kind", flat=True)) == ["account.linked", "account.unlinked"]


def test_a_link_is_taken_away_by_its_owner(linked):
    client = Client()
    through(client)
    assert client.post(reverse("sso-unlink")).status_code == 302
    assert "sso-unknown" in through(Client())["Location"]


def test_a_forged_return_opens_nothing(linked):
    client = Client()
    for query in ("", "?code=x", "?code=x&state=y", "?error=access_denied", "?error=access_denied&state=y"):
        answer = client.get(reverse("openid_connect_callback", args=["oidc"]) + query)
        assert answer.status_code == 302
        assert "sso-failed" in answer["Location"]
    assert not opened(client)


def test_a_provider_that_is_away_is_said_and_the_password_still_opens(offered, settings):
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"] = app["settings"] | {"server_url": "http://localhost:9"}
    answer = Client().post(reverse("sso"))
    assert answer.status_code == 302
    assert "sso-failed" in answer["Location"]


def test_the_door_is_shown_only_where_there_is_one(offered, settings):
    assert "统一身份认证" in Client().get(reverse("account_login")).content.decode()
    settings.OIDC_ISSUER = ""
    assert "统一身份认证" not in Client().get(reverse("account_login")).content.decode()
    assert Client().post(reverse("sso")).status_code == 404
