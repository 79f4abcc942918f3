"""What machines ask: alive, ready, how it is doing; no person's data, no row in the access log, no number for strangers."""

import re

import pytest
from django.urls import reverse

from permissions.models import Access

TOKEN = "only-for-this-test"


@pytest.fixture
def watched(settings):
    settings.METRICS_TOKEN = TOKEN
    return {"Authorization": f"Bearer {TOKEN}"}


def test_alive_asks_nobody(client):
    assert client.get(reverse("health-live")).content == b"alive\n"


def test_ready_says_whether_anybody_works_behind_it(client, db, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert client.get(reverse("health-ready")).json() == {"database": "ok", "workers": 0}


def test_machines_leave_no_row(client, db):
    client.get(reverse("health-ready"))
    assert not Access.objects.exists()


@pytest.mark.parametrize("said", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "}])
def test_without_the_token_there_is_no_such_page(client, db, watched, said):
    assert client.get(reverse("health-metrics"), headers=said).status_code == 404


def test_where_no_token_is_set_none_opens_it(client, db, settings):
    settings.METRICS_TOKEN = ""
    assert client.get(reverse("health-metrics"), headers={"Authorization": "Bearer "}).status_code == 404


def test_the_numbers_of_a_house_at_work(district, client, watched, django_assert_num_queries):
    district.submitted()
    client.get(reverse("account_login"))
    with django_assert_num_queries(7):
        said = client.get(reverse("health-metrics"), headers=watched).content.decode()
    assert re.search(r'^hetang_open_shares\{late="true"\} [1-9]', said, re.MULTILINE)
    assert 'hetang_workers{kind="worker"} 0.0' in said
    assert re.search(r'^hetang_requests\{status="2xx"\} [1-9]', said, re.MULTILINE)
    assert 'hetang_request_milliseconds{quantile="0.95"}' in said
    assert "演示" not in said
