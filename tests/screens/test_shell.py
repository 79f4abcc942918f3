"""The frame around every page: the door, the banner, languages, refusals, the content policy."""

import re

import pytest
from django.core.cache import cache
from django.db import InterfaceError, OperationalError, connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse

from hetang_flow import refusal_texts
from hetang_flow.errors_http import broken, status_of
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from permissions.models import User

INLINE = re.compile(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|hx-on|javascript:", re.IGNORECASE)


def test_nobody_gets_past_the_door_without_signing_in(district):
    stranger = Client()
    for name in ("home", "inbox", "inbox-list", "inbox-badge", "me"):
        answer = stranger.get(reverse(name))
        assert answer.status_code == 302, name
        assert reverse("account_login") in answer["Location"]


def test_an_open_page_whose_session_ended_is_told_so_and_keeps_its_words(district):
    answer = Client().get(reverse("inbox-list"), headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer["HX-Retarget"] == "#toasts"
    assert reverse("account_login") in answer.content.decode()


def test_one_signs_in_with_name_and_password_and_lands_in_the_inbox(district):
    user = district.users["zhao"]
    user.set_password("a-long-enough-word")
    user.save()
    visitor = Client()
    words = {"login": user.username, "password": "a-long-enough-word"}
    wrong = visitor.post(reverse("account_login"), words | {"password": "something else"})
    assert wrong.status_code == 200
    assert 'role="alert"' in wrong.content.decode()
    answer = visitor.post(reverse("account_login"), words, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("inbox")


def test_signing_out_leads_back_to_the_door(district, browser):
    zhao = browser("zhao")
    assert zhao.post(reverse("account_logout"))["Location"] == reverse("account_login")
    assert zhao.get(reverse("inbox")).status_code == 302


def test_every_page_says_that_accounts_are_invented_while_they_exist(district, browser):
    zhao = browser("zhao")
    assert 'class="ht-banner demo"' in zhao.get(reverse("me")).content.decode()
    User.objects.update(is_demo=False)
    cache.clear()
    assert 'class="ht-banner demo"' not in zhao.get(reverse("me")).content.decode()


def test_the_banner_costs_no_statement_once_it_is_known(district, browser):
    zhao = browser("zhao")
    zhao.get(reverse("me"))
    with CaptureQueriesContext(connection) as seen:
        zhao.get(reverse("me"))
    assert not [
        query
        for query in seen.captured_queries
        if '"permissions_user"."is_demo"' in query["sql"].partition("WHERE")[2]
    ]


@pytest.mark.parametrize(
    "name", ["inbox", "me", "account_login", "account_logout", "account_change_password"]
)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_page_carries_inline_code_or_style(district, browser, name, language):
    client = Client() if name == "account_login" else browser("zhao", language)
    answer = client.get(reverse(name))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert not INLINE.search(page), INLINE.search(page)
    assert page.count("<h1") == 1 or name == "inbox"


def test_navigation_leads_only_to_pages_that_exist(district, browser):
    zhao = browser("zhao")
    page = zhao.get(reverse("me")).content.decode()
    for where in set(re.findall(r'<a [^>]*href="(/[^"]*)"', page)):
        assert zhao.get(where).status_code == 200, where


def test_the_language_is_switched_on_the_own_page(district, browser):
    zhao = browser("zhao", "zh-hans")
    assert 'lang="zh-Hans"' in zhao.get(reverse("me")).content.decode()
    zhao.post(reverse("set_language"), {"language": "en", "next": reverse("me")})
    assert "My posts" in zhao.get(reverse("me")).content.decode()


def test_the_chosen_theme_is_painted_by_the_server(district, browser):
    zhao = browser("zhao")
    zhao.cookies["ht-theme"] = "dark"
    assert 'data-bs-theme="dark"' in zhao.get(reverse("me")).content.decode()
    zhao.cookies["ht-theme"] = '"><script>'
    assert "<script>" not in zhao.get(reverse("me")).content.decode()


def test_an_unknown_address_is_answered_in_the_frame(district, browser):
    answer = browser("zhao").get("/nowhere/")
    assert answer.status_code == 404
    assert 'class="ht-side"' in answer.content.decode()


@override_settings(DEBUG=False)
def test_a_fault_of_ours_needs_no_database_to_say_so(client):
    page = render_to_string("500.html")
    assert "暂时无法办理" in page
    assert not INLINE.search(page)


def test_a_database_that_is_away_is_said_so_with_the_seconds_to_wait(rf):
    for error, status in (
        (OperationalError("gone"), 503),
        (InterfaceError("closed"), 503),
        (KeyError("x"), 500),
    ):
        try:
            raise error
        except Exception:
            answer = broken(rf.get("/"))
        assert (answer.status_code, answer.get("Retry-After")) == (status, "5" if status == 503 else None)
        assert ("系统恢复中" in answer.content.decode()) is (status == 503)
        assert not INLINE.search(answer.content.decode())


def test_a_request_for_a_host_that_is_not_ours_is_answered_in_our_own_words(db):
    answer = Client(raise_request_exception=False).get("/account/login/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "请求有误" in answer.content.decode()
    assert "viewflow" not in answer.content.decode()


def test_each_kind_of_refusal_has_its_status():
    kinds = (NotAllowed, NotFound, WrongState, Invalid)
    assert [status_of(kind("x")) for kind in kinds] == [403, 404, 409, 422]
    assert status_of(ValueError()) == 0


def test_a_sentence_survives_missing_facts_and_unknown_codes():
    assert "%" not in refusal_texts.sentence("already-decided", {})
    assert "no-such-code" in refusal_texts.sentence("no-such-code", {"who": "x"})
    assert "a、b" in refusal_texts.sentence("evidence-missing", {"missing": ["a", "b"]})
