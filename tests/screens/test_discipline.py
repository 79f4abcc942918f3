"""The pages of the compartment: a desk of one's own cases, one page a case, papers; to everybody else they do not exist."""

from io import BytesIO
from uuid import uuid4

import pypdfium2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from flows.discipline import operations
from flows.discipline.models import Case, Dossier, Letter
from tests.support.confided import REASON, accepted, at, closed, entered_clue, furnish, person, proposed

pytestmark = pytest.mark.django_db


@pytest.fixture
def confided(district):
    return furnish(district)


def page(client, name, *args):
    return client.get(reverse(name, args=args)).content.decode()


def press(client, name, case, **typed):
    return client.post(reverse(name, args=[case.public_id]), typed)


def words_of(pdf):
    paper = pypdfium2.PdfDocument(BytesIO(pdf))
    return (
        "".join(each.get_textpage().get_text_range() for each in paper)
        .replace("\r\n", "")
        .replace("\u200b", "")
    )


def test_the_desk_shows_my_cases_by_disposition_and_day_and_says_when_there_is_none(confided, browser):
    assert "Nothing lies with you" in page(browser("xu"), "discipline")
    case = accepted(confided, entered_clue(confided))
    text = page(browser("xu"), "discipline")
    assert case.number in text and "Propose a disposition" in text
    proposed(confided, case)
    at(confided, case, operations.agree, "dep", opinion=REASON)
    text = page(browser("xu"), "discipline")
    assert "谈话函询" in text and "Conclude" in text
    assert "Nothing lies with you" in page(browser("jin"), "discipline")


def test_the_menu_follows_the_duty_and_never_a_case(confided, browser):
    before = {name: page(browser(name), "me") for name in ("xu", "dep", "shu", "desk", "gao", "chen")}
    desk = reverse("discipline")
    assert {name for name, text in before.items() if f'href="{desk}"' in text} == {"xu", "dep", "shu"}


def test_a_clue_is_entered_by_the_form_and_what_is_wrong_comes_back(confided, browser):
    client = browser("xu")
    assert confided.units["stranger"].name in page(client, "discipline-new")
    wrong = client.post(reverse("discipline-new"), {"unit": confided.units["stranger"].code, "text": "短"})
    assert wrong.status_code == 422 and "at least 6" in wrong.content.decode()
    typed = {"unit": confided.units["stranger"].code, "text": "反映该单位工作纪律问题。"}
    done = client.post(reverse("discipline-new"), typed, follow=True)
    assert "The clue is entered." in done.content.decode()
    assert Case.objects.count() == 1


def test_the_answer_to_a_clue_is_the_same_where_the_city_decides(confided, browser):
    client = browser("xu")
    for unit in ("stranger", "discipline-commission"):
        typed = {"unit": confided.units[unit].code, "text": "反映该单位工作纪律问题。"}
        done = client.post(reverse("discipline-new"), typed)
        assert (done.status_code, done["Location"]) == (302, reverse("discipline"))
    assert set(Case.objects.values_list("state", flat=True)) == {"open", "handed"}


def test_a_case_goes_its_way_by_the_forms_of_its_page(confided, browser):
    case = entered_clue(confided)
    post, user = person(confided, "xu")
    assert "Accept or decline" in page(browser("yin"), "discipline-case", case.public_id)
    done = press(
        browser("yin"), "discipline-take-in", case, accept="1", handlers=[f"{post}:{user}"], reason=REASON
    )
    assert done["Location"] == reverse("discipline-case", args=[case.public_id])
    press(browser("xu"), "discipline-propose", case, disposition="inquiry", reason=REASON)
    assert "Approve the disposition" in page(browser("dep"), "discipline-case", case.public_id)
    press(browser("dep"), "discipline-send-back", case, opinion="请补充核实情况后再报。")
    press(browser("xu"), "discipline-propose", case, disposition="inquiry", reason=REASON)
    press(browser("dep"), "discipline-agree", case, opinion=REASON)
    press(
        browser("xu"),
        "discipline-letter",
        case,
        kind="reminder",
        unit=confided.units["stranger"].code,
        text=REASON,
    )
    press(browser("xu"), "discipline-supplement", case, side="for", text="该单位五月已书面报告困难。")
    press(browser("xu"), "discipline-conclude", case, text="经谈话函询，未发现违纪事实。")
    press(browser("dep"), "discipline-agree", case, opinion=REASON)
    case.refresh_from_db()
    assert (case.state, case.letters.count(), case.dossier.supplements.count()) == ("closed", 1, 1)


def test_what_speaks_for_the_subject_stands_first_and_as_prominent(confided, browser):
    case = accepted(confided, entered_clue(confided))
    at(confided, case, operations.add_supplement, "xu", text="该单位五月已书面报告困难。", in_favour=True)
    text = page(browser("xu"), "discipline-case", case.public_id)
    folder = Dossier.objects.get(case=case)
    assert folder.number in text and folder.sha256 in text
    assert text.index("What speaks for the subject") < text.index("What else is known")
    assert text.index("该单位五月已书面报告困难。") < text.index("What else is known")


def test_what_was_typed_wrong_comes_back_with_the_case(confided, browser):
    case = accepted(confided, entered_clue(confided))
    done = press(browser("xu"), "discipline-propose", case, disposition="inquiry", reason="短")
    assert done.status_code == 422 and 'id="refused"' in done.content.decode()
    done = press(browser("yin"), "discipline-assign", case, handlers=["x:y"], reason=REASON)
    assert done.status_code == 422


def test_papers_bear_number_and_hash(confided, browser):
    case = accepted(confided, entered_clue(confided))
    said = {"kind": "suggestion", "unit": confided.units["stranger"].code, "text": "建议完善专班会议制度。"}
    letter = at(confided, case, operations.write_letter, "xu", **said)
    client = browser("xu", "zh-hans")
    folder = Dossier.objects.get(case=case)
    dossier = words_of(client.get(reverse("discipline-dossier-paper", args=[case.public_id])).content)
    assert folder.number in dossier and folder.sha256 in dossier and "有利情况" in dossier
    paper = client.get(reverse("discipline-letter-paper", args=[case.public_id, letter.public_id]))
    assert letter.number in words_of(paper.content) and "建议完善专班会议制度。" in words_of(paper.content)
    closing = reverse("discipline-closing-paper", args=[case.public_id])
    assert client.get(closing).status_code == 404
    proposed(confided, case)
    at(confided, case, operations.agree, "dep", opinion=REASON)
    at(confided, case, operations.conclude, "xu", text="经谈话函询，未发现违纪事实。")
    at(confided, case, operations.agree, "dep", opinion=REASON)
    assert "未发现违纪事实" in words_of(client.get(closing).content)


def test_the_city_reads_what_was_handed_over_and_prints_the_letter(confided, browser):
    case = entered_clue(confided, unit="discipline-commission")
    letter = Letter.objects.get(case=case)
    text = page(browser("cheng"), "discipline-case", case.public_id)
    assert "The district does not decide it." in text and letter.number in text
    paper = browser("cheng", "zh-hans").get(
        reverse("discipline-letter-paper", args=[case.public_id, letter.public_id])
    )
    assert case.dossier.number in words_of(paper.content)
    assert browser("xu").get(reverse("discipline-case", args=[case.public_id])).status_code == 404


def test_the_engines_pages_do_not_know_the_run_even_for_whoever_is_asked(confided, browser):
    case = entered_clue(confided)
    client = browser("yin")
    for name in ("sheet", "sheet-pdf", "run-diagram", "run-preview", "work-complete", "work-copy-to"):
        assert client.get(reverse(name, args=[case.run.public_id])).status_code == 404
    assert case.number not in client.get(reverse("inbox")).content.decode()
    assert case.number not in client.get(reverse("agenda")).content.decode()


def test_a_missing_key_is_said_and_is_no_fault(confided, browser, settings):
    case = accepted(confided, entered_clue(confided))
    settings.FIELD_KEYS = ["another-key-0123456789-another-key"]
    answer = browser("xu").get(reverse("discipline-case", args=[case.public_id]))
    assert answer.status_code == 503
    assert "the key it was sealed with is missing" in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "most"), [("discipline", 16), ("discipline-new", 7), ("discipline-case", 30)]
)
def test_a_page_costs_the_same_for_many_cases(confided, browser, name, most):
    first = accepted(confided, entered_clue(confided))
    args = [first.public_id] if name == "discipline-case" else []

    def spent():
        client = browser("xu")
        client.get(reverse(name, args=args))
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse(name, args=args)).status_code == 200
        return [query["sql"] for query in seen if "SAVEPOINT" not in query["sql"]]

    few = spent()
    for _each in range(3):
        accepted(confided, entered_clue(confided))
    many = spent()
    assert len(many) == len(few) <= most, (len(few), len(many))


def test_for_everybody_else_the_desk_costs_no_look_at_a_case(confided, browser):
    closed(confided, entered_clue(confided))
    client = browser("gao")
    with CaptureQueriesContext(connection) as seen:
        assert client.get(reverse("discipline")).status_code == 404
    assert not any("discipline_" in query["sql"] for query in seen)


def test_a4_06_a_case_of_others_costs_as_many_statements_as_none(confided, browser):
    """What is not there and what is not theirs take the same steps, so no clock tells one from the other."""
    case = accepted(confided, entered_clue(confided))
    absent = uuid4()
    for name in ("gao", "chen", "jin", "dep", "shu"):
        client, spent = browser(name), {}
        for key in (absent, case.public_id, absent, case.public_id):
            with CaptureQueriesContext(connection) as seen:
                answer = client.get(reverse("discipline-case", args=[key]))
            assert answer.status_code == 404, name
            spent[key] = [each["sql"].replace(str(key), "?").replace(key.hex, "?") for each in seen]
        assert len(spent[absent]) == len(spent[case.public_id]), (name, spent)
