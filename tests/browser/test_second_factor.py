"""A passkey in a real browser: a device that answers, set up and asked for at the door."""

import pytest
from django.contrib.auth.hashers import make_password

from permissions.models import User
from tests.browser.conftest import PASSWORD, PHONE
from tests.browser.test_every_page import beside

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in(site, page):
    page.goto(f"{site.address}/account/login/")
    page.fill("[name=login]", "keeper")
    page.fill("[name=password]", PASSWORD)
    page.locator("main [type=submit]").first.click()


def test_a4_15_a_passkey_is_set_up_on_a_telephone_and_opens_the_door(site):
    beside(
        lambda: User.objects.create(
            username="keeper", name="安全管理员", administrator="security", password=make_password(PASSWORD)
        )
    )
    page = site.open_page(PHONE)
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasUserVerification": True,
        "isUserVerified": True,
        "hasResidentKey": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    sign_in(site, page)
    page.wait_for_url("**/account/second/")
    page.goto(f"{site.address}/account/second/keys/new/")
    page.fill("[name=password]", PASSWORD)
    page.locator("main [type=submit]").click()
    page.locator("[data-passkey=add]").click()
    page.wait_for_url("**/account/second/recovery/")
    page.goto(f"{site.address}/administration/accounts/")
    assert page.locator("h1").inner_text() == "账号管理"
    page.context.clear_cookies()
    sign_in(site, page)
    page.wait_for_url("**/account/second/ask/")
    page.locator("[data-passkey=ask]").click()
    page.wait_for_url("**/administration/accounts/")
