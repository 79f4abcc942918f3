"""The pages of the three administrators, and the page where a one-time code becomes a password."""

from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse

from flows.accounts.models import AccountList, OneTimeCode
from flows.accounts.operations_codes import issue
from flows.files.handing_out import XLSX
from flows.journal.models import Entry
from hetang_flow.lib import clock
from hetang_flow.lib.workbooks import Column, read
from permissions.models import Access, LogInCount, User
from tests.screens.test_matrix import plain
from tests.support.listed import actor, administrators, handed_in, locked_out, newcomer, workbook
from tests.support.signed import signed_in

pytestmark = pytest.mark.django_db
GOOD = "Lotus-pond-73"


@pytest.fixture
def sits(district):
    """A browser of one of the three."""

    def sign_in(kind, language="en"):
        client = Client()
        signed_in(administrators()[kind], client)
        client.cookies["django_language"] = language
        return client

    return sign_in


def shown(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_list_travels_from_the_workbook_to_printed_slips(district, sits):
    system, security = sits("system"), sits("security")
    answer = system.post(
        reverse("account-list-new", args=["joining"]), {"file": workbook("joining", newcomer(district))}
    )
    found = AccountList.objects.get()
    page = reverse("account-list", args=[found.public_id])
    assert answer["Location"] == page
    assert security.get(page).status_code == 404, "what is only checked is its maker's"
    assert reverse("account-list-hand-in", args=[found.public_id]) in shown(system.get(page))
    system.post(reverse("account-list-hand-in", args=[found.public_id]))
    assert reverse("account-list-confirm", args=[found.public_id]) not in shown(system.get(page))
    assert reverse("account-list-confirm", args=[found.public_id]) in shown(security.get(page))
    slips = security.post(reverse("account-list-confirm", args=[found.public_id]))
    assert (slips["Content-Type"], slips["Cache-Control"]) == ("application/pdf", "private, no-store")
    assert slips.content.startswith(b"%PDF")
    assert OneTimeCode.objects.get().user.username == "newcomer"


def test_what_is_wrong_comes_back_row_by_row_and_nothing_is_kept(district, sits):
    rows = [newcomer(district, "n1"), newcomer(district, "12"), ("n3", "", "无此单位", "无此岗", None)]
    page = sits("system").post(
        reverse("account-list-new", args=["joining"]), {"file": workbook("joining", *rows)}
    )
    text = page.content.decode()
    assert page.status_code == 422
    assert all(f">{cell}<" in text for cell in ("A3", "B4", "C4"))
    assert not AccountList.objects.exists()


def test_the_empty_table_can_be_filled_and_sent_back(district, sits):
    system = sits("system")
    for kind, names in (("joining", 5), ("leaving", 3)):
        answer = system.get(reverse("account-list-template", args=[kind]))
        assert answer["Content-Type"] == XLSX
        reading = read(
            answer.content, [Column("a", "账号"), Column("b", "姓名" if kind == "joining" else "原因")]
        )
        assert len(reading.places) == 2, names


def test_a_reset_is_a_slip_and_the_person_sets_their_own_password(district, sits):
    wang, browser = district.users["wang"], Client()
    slip = sits("security").post(reverse("account-code-issue", args=[wang.pk]))
    assert slip.content.startswith(b"%PDF")
    code = issue([wang.pk], by=actor("security"), now=clock.now())[0].code
    typed = {"username": wang.username, "code": code, "password1": GOOD, "password2": GOOD}
    assert browser.post(reverse("account-code"), typed | {"password2": "other"}).status_code == 422
    answer = browser.post(reverse("account-code"), typed)
    assert (answer.status_code, answer["Location"]) == (302, reverse("account_login"))
    answer = browser.post(reverse("account_login"), {"login": wang.username, "password": GOOD})
    assert answer.status_code == 302
    assert browser.get(reverse("me")).status_code == 200
    assert browser.post(reverse("account-code"), typed).status_code == 422


def test_a4_14_at_the_door_of_codes_unknown_closed_and_wrong_answer_alike(district):
    issue([district.users["wang"].pk], by=administrators() and actor("security"), now=clock.now())
    User.objects.filter(pk=district.users["ke"].pk).update(is_active=False)
    answers = set()
    for username in (
        "nobody",
        district.users["wang"].username,
        district.users["ke"].username,
        district.users["lin"].username,
    ):
        typed = {"username": username, "code": "AAAA-BBBB-CCCC", "password1": GOOD, "password2": GOOD}
        answer = Client().post(reverse("account-code"), typed)
        status, _headers, cookies, body = plain(answer)
        answers.add((status, tuple(cookies), body.replace(username, "NAME")))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 422


def test_a4_13_codes_are_guessed_as_seldom_as_passwords(district):
    typed = {
        "username": district.users["wang"].username,
        "code": "AAAA",
        "password1": GOOD,
        "password2": GOOD,
    }
    for _each in range(5):
        Client().post(reverse("account-code"), typed)
    slip = issue([district.users["wang"].pk], by=administrators() and actor("security"), now=clock.now())[0]
    answer = Client().post(reverse("account-code"), typed | {"code": slip.code})
    assert (answer.status_code, Access.objects.latest("pk").refusal) == (422, "locked-out")
    assert Entry.objects.filter(kind="account.locked").exists()


def test_accounts_are_found_by_name_and_their_page_says_what_may_be_done(district, sits):
    wang = district.users["wang"]
    page = shown(sits("security").get(reverse("accounts"), {"words": "wang"}))
    assert reverse("account", args=[wang.pk]) in page
    assert reverse("account", args=[district.users["lin"].pk]) not in page
    for kind, offered, kept in (
        ("security", "account-code-issue", "account-close"),
        ("system", "account-close", "account-code-issue"),
    ):
        page = shown(sits(kind).get(reverse("account", args=[wang.pk])))
        assert reverse(offered, args=[wang.pk]) in page
        assert reverse(kept, args=[wang.pk]) not in page
    own = administrators()["security"]
    assert "<form" not in shown(sits("security").get(reverse("account", args=[own.pk]))).split("<main")[1]


@pytest.mark.parametrize("page", ["0", "-1", "999999", "x", "９", "1e9"])
def test_no_page_number_breaks_the_list(sits, page):
    assert (
        sits("system").get(reverse("accounts"), {"page": page, "words": "\x00%", "show": "?"}).status_code
        == 200
    )


def test_an_account_is_closed_with_a_reason_and_opened_again(district, sits):
    wang, system = district.users["wang"], sits("system")
    assert system.post(reverse("account-close", args=[wang.pk]), {"reason": ""}).status_code == 422
    assert system.post(reverse("account-close", args=[wang.pk]), {"reason": "调离"}).status_code == 302
    assert reverse("account-open", args=[wang.pk]) in shown(system.get(reverse("account", args=[wang.pk])))
    assert system.post(reverse("account-open", args=[wang.pk])).status_code == 302


def test_a4_13_a_lock_stands_on_the_page_of_security_until_it_is_opened(district, sits):
    row, security = locked_out(district.users["wang"]), sits("security")
    assert reverse("lock-release", args=[row.pk]) in shown(security.get(reverse("locks")))
    assert security.post(reverse("lock-release", args=[row.pk])).status_code == 302
    assert reverse("lock-release", args=[row.pk]) not in shown(security.get(reverse("locks")))
    assert LogInCount.objects.get(pk=row.pk).failures == 0


def test_a4_11_all_three_work_through_pages_that_the_log_keeps(district, sits):
    handed_in("joining", newcomer(district))
    sits("system").get(reverse("accounts"))
    sits("security").get(reverse("account-lists"))
    audit = sits("audit")
    page = shown(audit.get(reverse("audit-access"), {"words": "admin"}))
    assert "accounts" in page
    assert "account-lists" in page
    assert "list of accounts handed in" in shown(audit.get(reverse("audit-journal")))
    assert "System Admin" in shown(audit.get(reverse("audit-journal"), {"words": "system"}))
    assert "list of accounts handed in" not in shown(audit.get(reverse("audit-journal"), {"words": "nobody"}))


def test_the_log_is_filtered_by_person_day_and_outcome_and_taken_out_on_record(district, sits):
    audit, today = sits("audit"), clock.district_day(clock.now()).isoformat()
    Client().post(reverse("account_login"), {"login": "nobody", "password": "wrong"})
    sits("system").get(reverse("audit-access"))
    asked = {"words": "system", "first": today, "last": today, "outcome": "refused"}
    page = shown(audit.get(reverse("audit-access"), asked))
    assert page.count("ac-log") == 1
    assert ">404<" in page
    assert "ac-log" not in shown(audit.get(reverse("audit-access"), {"last": "2020-01-01"}))
    for outcome in ("changes", "commands", "doors", "what"):
        assert audit.get(reverse("audit-access"), {"outcome": outcome, "before": "9" * 18}).status_code == 200
    answer = audit.post(reverse("audit-access-export"), asked)
    reading = read(answer.content, [Column("name", "Name"), Column("status", "Status")])
    assert [row.cells["status"] for row in reading.rows] == ["404"]
    assert BytesIO(answer.content).read(2) == b"PK"
    entry = Entry.objects.get(kind="list.exported")
    assert entry.actor == administrators()["audit"]
    assert len(entry.facts["sha256"]) == 64


def test_a4_11_nothing_of_business_stands_on_an_administrators_pages(district, sits):
    milestone = district.submitted()
    for kind, names in (
        ("system", ("accounts", "account-lists", "home")),
        ("security", ("accounts", "locks")),
        ("audit", ("audit-access", "audit-journal")),
    ):
        for name in names:
            page = sits(kind).get(reverse(name), follow=True).content.decode()
            assert milestone.project.name not in page
            assert reverse("projects") not in page, "no way there either"


def test_a4_27_a_mail_address_is_shown_whole_for_a_reason_that_is_recorded(district, sits):
    person = district.users["chen"]
    User.objects.filter(pk=person.pk).update(email="chen.gong@mail.example.test")
    page, look = reverse("account", args=[person.pk]), reverse("account-unmask", args=[person.pk])
    system, security = sits("system"), sits("security")
    for browser in (system, security):
        said = shown(browser.get(page))
        assert "chen.gong@" not in said
        assert "ch***@mail.example.test" in said
    before = Entry.objects.count()
    assert security.post(look, {"reason": "The letters come back."}).status_code == 404
    refused = system.post(look, {"reason": " "})
    assert refused.status_code == 422
    assert "chen.gong@" not in refused.content.decode()
    assert Entry.objects.count() == before
    seen = system.post(look, {"reason": "The letters come back."})
    assert "chen.gong@mail.example.test" in shown(seen)
    assert "no-store" in seen["Cache-Control"]
    entry = Entry.objects.order_by("pk").last()
    assert (entry.kind, entry.facts["user"]) == ("account.unmasked", person.pk)
    assert {row.value for row in entry.personal_values.all()} >= {"The letters come back."}
    assert "chen.gong@" not in shown(system.get(page)), "the next look needs its own reason"


def test_a4_27_an_account_without_an_address_has_nothing_to_show(district, sits):
    look = reverse("account-unmask", args=[district.users["chen"].pk])
    assert sits("system").post(look, {"reason": "The letters come back."}).status_code == 409
