"""One office, one table, sent again and again: what is in the file, on the page, in the quota and in the target agree."""

from datetime import date
from io import BytesIO, StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from flows.journal.models import Entry
from flows.ledgers.exporting import hand_out
from flows.ledgers.importing import look_at
from flows.ledgers.models import LedgerImport, LedgerRow
from flows.ledgers.selectors import Filters, ledger_page, newest_kind
from flows.ledgers.selectors_quota import quota_boards
from flows.targets.selectors_board import standings
from hetang_flow import env
from hetang_flow.lib import clock
from hetang_flow.lib.workbooks import Column, read
from permissions.models import User
from permissions.operations import create_demonstration
from permissions.selectors import actor_for
from tests.support.workbooks import xlsx

pytestmark = pytest.mark.django_db
HEAD = ("走访单位", "走访日期", "主要负责人带队", "层级", "争取事项")
FEBRUARY = [
    ("省发展改革委", "2023-02-16", "是", "省直厅局", "中央预算内投资"),
    ("省财政厅", "2023年3月21日", "是", "省直厅局", "专项债额度"),
]
WRONG = ("市交通运输局", "下周", "是", "市直部门", "路网衔接")
MAY = ("市交通运输局", "2023.5.9", "是", "市直部门", "路网衔接")


@pytest.fixture
def office():
    call_command("load_plan", str(env.BASE_DIR / "plans" / "hetang-2023.yaml"), yes=True, stdout=StringIO())
    create_demonstration("a-word-for-this-test-only", now=clock.now())
    return User.objects.get(username="demo-development-reform-desk")


def signed_in(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def send(client, *rows):
    """The table goes up, the job reads it, the page says what it found."""
    file = SimpleUploadedFile("走访.xlsx", xlsx(head=HEAD, rows=rows))
    page = client.post(reverse("ledger-upload", args=["visits"]), {"file": file}, follow=True)
    laid = page.context["laid"]
    assert laid.state == "waiting"
    look_at(laid.pk, now=clock.now())
    page = client.get(reverse("ledger-import", args=[laid.public_id]))
    assert page.status_code == 200
    return page.context["laid"]


def take(client, laid, rows="all"):
    return client.post(reverse("ledger-take", args=[laid.public_id]), {"rows": rows}, follow=True)


def figures(user, *, until=date(2023, 12, 31), known_at=None):
    """The same thing as four pages tell it: the ledger, the unit's quota by quarter, the target, the export."""
    now = clock.now()
    by, kind = actor_for(user, at=now), newest_kind("visits")
    query = {"on": until.isoformat()}
    shown = ledger_page("visits", by, now, Filters.read(query)).count
    board = quota_boards(kind.plan, [kind], until=until, known_at=known_at or now)["visits"]
    (owed,) = [owed for owed in board.units if owed.unit.code == "development-reform"]
    every = standings(kind.plan, until=until, known_at=known_at or now)
    target = next(each for each in every if each.target.code == "quota-visits")
    download = hand_out("visits", Filters.read(query), by=by, now=now)
    exported = read(download.data, [Column("visited", "走访单位"), Column("day", "走访日期")]).rows
    assert len(exported) == shown
    return shown, [done for _quarter, done, _state in owed.quarters], target.actual


def test_the_table_of_visits_goes_through_the_year(office):
    client = signed_in(office)
    template = client.get(reverse("ledger-template", args=["visits"]))
    asked = [Column(name, name) for name in HEAD]
    assert read(BytesIO(template.content).read(), asked).places.keys() == set(HEAD)

    laid = send(client, *FEBRUARY, WRONG)
    assert (laid.good, laid.bad) == (2, 1)
    assert take(client, laid).status_code == 422
    assert figures(office) == (0, [0, 0, 0, 0], 0), "nothing while something is wrong"
    take(client, laid, "good")
    assert figures(office) == (2, [2, 0, 0, 0], 2)

    laid = send(client, *FEBRUARY, MAY)
    assert (laid.good, laid.bad, laid.told["there"]) == (1, 0, 2), "the whole table again: only May is new"
    take(client, laid)
    assert figures(office) == (3, [2, 1, 0, 0], 3)
    assert figures(office, until=date(2023, 4, 30)) == (2, [2, 0, 0, 0], 2)

    before = clock.now()
    row = LedgerRow.objects.get(values__visited="省财政厅")
    corrected = dict(zip(("visited", "visited-on", "head", "level", "matter"), FEBRUARY[1], strict=True))
    words = corrected | {"head": "否", "version": "1", "reason": "当日由分管负责人带队"}
    client.post(reverse("ledger-correct", args=[row.row]), words)
    assert figures(office) == (3, [1, 1, 0, 0], 2)
    assert figures(office, known_at=before)[1:] == ([2, 1, 0, 0], 3), "what the board showed before"
    page = client.get(reverse("ledger-row", args=[row.row])).content.decode()
    assert "当日由分管负责人带队" in page

    row = LedgerRow.objects.get(values__visited="市交通运输局")
    client.post(reverse("ledger-withdraw", args=[row.row]), {"version": "1", "reason": "与另一单位重复登记"})
    assert figures(office) == (2, [1, 0, 0, 0], 1)

    kinds = list(
        Entry.objects.filter(kind__startswith="ledger.").order_by("number").values_list("kind", flat=True)
    )
    assert kinds == [
        "ledger.imported", "ledger.imported", "ledger.corrected", "ledger.withdrawn",
    ]  # fmt: skip
    assert LedgerImport.objects.filter(reading__isnull=False).count() == 0
    call_command("journal_verify", stdout=StringIO())
