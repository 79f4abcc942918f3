"""The access log: who asked for what, from where, and what became of it; refusals too."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import include, path

from hetang_flow.lib import clock
from permissions import access
from permissions.middleware import AccessLogMiddleware
from permissions.models import Access, User

NOW = datetime(2023, 6, 1, 1, 30, tzinfo=UTC)


def refuse(request, code):
    request.refusal_code = code
    return HttpResponse(status=403)


def break_down(request):
    User.objects.create(username="half-done", name="Half")
    raise RuntimeError("the work failed")


urlpatterns = [
    path("refuse/<slug:code>/", refuse, name="refuse"),
    path("break/", break_down, name="break"),
    path("accounts/", include("allauth.account.urls")),
    path("", lambda request: HttpResponse("yes"), name="home"),
]


@pytest.fixture
def logged(settings, db):
    """The site with the log in front, as it stands in the settings."""
    settings.ROOT_URLCONF = __name__
    log = "permissions.middleware.AccessLogMiddleware"
    settings.MIDDLEWARE = [log, *(name for name in settings.MIDDLEWARE if name != log)]
    return Client(raise_request_exception=False)


@pytest.fixture
def lin(db):
    return User.objects.create(username="lin", name="Lin")


def test_a_request_leaves_one_row_without_its_query(logged, lin):
    before = clock.now()
    logged.force_login(lin)
    logged.get("/?name=张三", REMOTE_ADDR="10.1.2.3")
    row = Access.objects.get()
    assert (row.method, row.target, row.path, row.status) == ("GET", "home", "/", 200)
    assert (row.user, row.address, row.refusal) == (lin, "10.1.2.3", "")
    assert before <= row.at <= clock.now()


def test_a_refusal_is_kept_with_its_code(logged):
    logged.post("/refuse/not-your-step/")
    row = Access.objects.get()
    assert (row.status, row.refusal, row.user) == (403, "not-your-step", None)


def test_what_leads_nowhere_is_kept_too(logged):
    logged.get("/nowhere/%00/")
    row = Access.objects.get()
    assert (row.target, row.path) == ("", "/nowhere/\ufffd/")
    assert row.status >= 400


def test_a_request_whose_work_failed_is_kept(logged, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    logged.get("/break/")
    assert Access.objects.get().status == 500
    assert not User.objects.filter(username="half-done").exists()


def test_static_files_leave_no_row(logged):
    logged.get("/static/hetang/app.css")
    assert not Access.objects.exists()


def test_who_signs_out_is_still_named(logged, lin):
    logged.force_login(lin)
    logged.post("/accounts/logout/")
    row = Access.objects.get()
    assert (row.status, row.user) == (302, lin)


def test_a_row_costs_one_statement(lin, django_assert_num_queries):
    request = RequestFactory().get("/")
    request.user = lin
    with django_assert_num_queries(1):
        AccessLogMiddleware(lambda _: HttpResponse())(request)


def test_a_log_that_cannot_be_written_does_not_take_the_answer_away(monkeypatch, caplog):
    def broken(**_):
        raise DatabaseError("disk full")

    monkeypatch.setattr(Access.objects, "create", broken)
    request = RequestFactory().get("/inbox/")
    request.user = AnonymousUser()
    assert AccessLogMiddleware(lambda _: HttpResponse("yes"))(request).content == b"yes"
    assert "access log not written" in caplog.text
    assert caplog.records[-1].levelname == "CRITICAL"


def test_a_long_path_is_cut_and_not_lost(logged):
    logged.get("/" + "长" * 400)
    assert len(Access.objects.get().path) == 300


PROXIES = ["10.0.0.0/8", "::1"]


@pytest.mark.parametrize(
    ("remote", "forwarded", "trusted", "address"),
    [
        ("192.0.2.7", "", [], "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", [], "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", PROXIES, "192.0.2.7"),
        ("10.0.0.1", "198.51.100.1", PROXIES, "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2", PROXIES, "198.51.100.1"),
        ("::1", "rubbish", PROXIES, "::1"),
        ("10.0.0.1", "", PROXIES, "10.0.0.1"),
        ("", "198.51.100.1", PROXIES, None),
    ],
)
def test_an_address_is_believed_only_where_our_proxy_wrote_it(remote, forwarded, trusted, address):
    assert access.address_of(remote, forwarded, trusted) == address


def test_a_command_leaves_a_row(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert access.record_command("load_plan", 1, at=NOW, milliseconds=12)
    row = Access.objects.get()
    assert (row.method, row.target, row.status, row.at) == ("COMMAND", "load_plan", 1, NOW)
    assert (row.user, row.address, row.milliseconds) == (None, None, 12)
