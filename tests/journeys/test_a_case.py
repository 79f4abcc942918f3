"""A case from the ladder's last rung to the closing sheet, told through the pages of those who know of it."""

import pytest
from django.test import Client
from django.urls import reverse

from flows.discipline.models import Case
from flows.supervision.models import Measure
from notifications.models import Notice
from tests.support import cast, confided
from tests.support.confided import REASON, furnish, person
from tests.support.signed import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def district(db):
    return furnish(cast.build())


def test_a_case_from_the_last_rung_to_the_closing_sheet(district):
    def window(name):
        client = Client()
        signed_in(district.users[name], client)
        client.cookies["django_language"] = "zh-hans"
        return client

    def reads(name, page, *args):
        answer = window(name).get(reverse(page, args=args))
        return answer.content.decode() if answer.status_code == 200 else answer.status_code

    def presses(name, page, *args, **typed):
        answer = window(name).post(reverse(page, args=args), typed)
        assert answer.status_code == 302, (name, page, answer.status_code)

    # Tao weighs the referral as ever, on the measure's own page.
    measure: Measure = confided.proposed_referral(district)
    presses("tao", "measure-weigh", measure.public_id, gravity="grave", verdict="confirmed", reason=REASON)
    case = Case.objects.get()

    # Yin is told that there is a task, no more; on the desk it stands by its number.
    notices = reads("yin", "inbox")
    assert case.unit.name not in notices
    assert case.number in reads("yin", "discipline")
    for name in ("tao", "gao", "ma", "xu", "jin", "shu", "dep"):
        assert reads(name, "discipline-case", case.public_id) == 404, name

    # Taken in, proposed, returned, proposed again, approved.
    post, user = person(district, "xu")
    presses("yin", "discipline-take-in", case.public_id, accept="1", handlers=f"{post}:{user}", reason=REASON)
    presses("xu", "discipline-propose", case.public_id, disposition="verification", reason=REASON)
    assert reads("dep", "discipline-case", case.public_id) == 404
    presses("shu", "discipline-send-back", case.public_id, opinion="情节较轻，建议谈话函询。")
    presses("xu", "discipline-propose", case.public_id, disposition="inquiry", reason=REASON)
    assert reads("shu", "discipline-case", case.public_id) == 404
    presses("dep", "discipline-agree", case.public_id, opinion=REASON)

    # What became known later stands beside the frozen dossier; a letter goes out on paper.
    presses("xu", "discipline-supplement", case.public_id, side="for", text="该单位五月已书面报告困难。")
    presses(
        "xu",
        "discipline-letter",
        case.public_id,
        kind="reminder",
        unit=case.unit.code,
        text="请按期参加会议。",
    )
    presses("xu", "discipline-conclude", case.public_id, text="经谈话函询，未发现违纪事实，予以提醒。")
    presses("dep", "discipline-agree", case.public_id, opinion="同意结论。请反馈。")

    # Over: the closing sheet is there, and Tao reads that it was handled.
    case.refresh_from_db()
    assert case.state == "closed"
    closing = window("xu").get(reverse("discipline-closing-paper", args=[case.public_id]))
    assert closing.content.startswith(b"%PDF")
    told = Notice.objects.filter(user=district.users["tao"]).latest("number")
    assert told.title.startswith("您确认移送的事项已办理")
    assert case.number not in told.title + told.url
