"""The back office of the rules of approval, as the two offices see it; for everybody else there is no such page."""

import json
import re
from html import unescape

import pytest
from django.urls import reverse

from flows.engine import operations as engine
from flows.engine.models import Policy, Step
from flows.engine.selectors_policy import policy_by_id
from flows.policies.models import PolicyChange, TokenMove
from flows.policies.versions import values_of
from flows.policies.words import COLUMNS
from permissions.models import User
from tests.support.apart import together

KEY = "milestone.approve"
REASON = "联系领导外出较多，会签改为或签。"
LIST, RULE = reverse("policies"), reverse("policy", args=[KEY])
CHANGE, PROPOSE = (reverse(name, args=[KEY]) for name in ("policy-change", "policy-propose"))


def form(**columns):
    """What the form of a rule sends when only these columns were changed."""
    values = values_of(Policy.objects.filter(key=KEY).latest("version")) | columns
    sent = {}
    for column in COLUMNS:
        value = values[column.name]
        if isinstance(value, dict):
            value = "\n".join(f"{name}: {part}" for name, part in value.items())
        if value not in (None, False, []):
            sent[column.name] = value
    return sent


def text(page):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.content.decode())))


def packed(page):
    return unescape(re.search(r'name="values" value="([^"]*)"', page.content.decode()).group(1))


def at_approval(district):
    run = district.submitted().run
    engine.approve(run.public_id, district.share(run, "lin").pk, by=district.actor("lin"), now=district.now)
    return run


def test_the_list_says_every_rule_in_words_and_who_goes_on_under_which_version(district, browser):
    at_approval(district)
    page = text(browser("gao").get(LIST))
    for key in Policy.objects.values_list("key", flat=True):
        assert key in page
    assert "everyone signs" in page
    assert "5 working days" in page
    assert "1 running matter under version 1" in page
    assert "resolver" not in page


def test_from_the_form_over_the_rehearsal_to_the_proposal_and_its_confirmation(district, browser):
    run = at_approval(district)
    gao, ma = browser("gao"), browser("ma")
    assert REASON not in text(gao.get(CHANGE))
    page = gao.post(CHANGE, form(limit_days=2, mode="any_of"))
    said = text(page)
    assert page.status_code == 200
    assert "5 working days 2 working days" in said
    assert "everyone signs any one signs" in said
    assert run.code in said
    assert "due" in said
    assert not PolicyChange.objects.exists(), "a rehearsal writes nothing"
    typed = {"values": packed(page), "base": 1, "run": [run.public_id], "reason": REASON}
    answer = gao.post(PROPOSE, typed)
    change = PolicyChange.objects.get()
    assert answer["Location"] == reverse("sheet", args=[change.run.public_id])
    assert "1 change proposed" in text(gao.get(LIST))
    assert "Proposed by Gao" in text(gao.get(RULE))
    sheet = text(ma.get(reverse("sheet", args=[change.run.public_id])))
    for part in (REASON, "5 working days", "2 working days", run.code, "due"):
        assert part in sheet, part
    share = district.share(change.run, "ma")
    ma.post(
        reverse("work-approve", args=[change.run.public_id]), {"assignment": share.pk, "opinion": "同意。"}
    )
    assert Policy.objects.filter(key=KEY).latest("version").limit_days == 2
    sheet = text(gao.get(reverse("sheet", args=[change.run.public_id])))
    assert "1 running matter goes on under it." in sheet
    assert f"published version 2; goes on under it: {run.code}" in sheet
    assert "goes on under version 2 of its policy (was 1)" in text(
        gao.get(reverse("sheet", args=[run.public_id]))
    )
    versions = text(gao.get(RULE))
    assert "version 2" in versions
    assert "5 working days 2 working days" in versions


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"limit_days": "three"}, "whole number is expected"),
        ({"limit_days": "-4"}, "too small"),
        ({"threshold": "20"}, "too small"),
        ({"name": " "}, "The text is empty"),
        ({"mode": "some_of"}, "is not possible here"),
        ({"resolver": "project.verifier"}, "Use one of project.verifiers"),
        (
            {"alternate": "zhao-aa"},
            "There is no post “zhao-aa”. Write its code or its full name; close to it: zhao-a",
        ),
        ({"weights": "赵区长: 3"}, "There is no post “赵区长”"),
        ({"stand_in": "zhao-a"}, "Give both or neither"),
        ({"weights": "zhao-a"}, "whole number is expected"),
        ({"weights": "zhao-a: 0"}, "too small"),
        ({"forbids": ["fly"]}, "is not possible here"),
        ({"field_access": "money: burn"}, "is not possible here"),
        ({"gate": "1", "on_timeout": "approve"}, "never decided by time"),
    ],
)
def test_a_value_that_cannot_be_is_refused_at_its_column_with_what_to_do(district, browser, columns, said):
    page = browser("gao").post(CHANGE, form() | columns)
    assert page.status_code == 422
    assert said in text(page)
    assert "po-form" in page.content.decode()


def test_posts_are_named_by_code_or_by_name(district, browser):
    name = district.posts["zhao"].name
    page = browser("gao").post(CHANGE, form() | {"alternate": name, "weights": f"{name}: 3"})
    values = json.loads(packed(page))
    assert (values["alternate"], values["weights"]) == ("zhao-a", {"zhao-a": 3})
    assert name in text(page)


def test_a_rehearsed_version_can_be_changed_again_without_typing_it_anew(district, browser):
    gao = browser("gao")
    page = gao.post(CHANGE, form(limit_days=2, weights={"zhao-a": 3}))
    again = gao.post(CHANGE, {"values": packed(page)}).content.decode()
    assert 'name="limit_days" value="2"' in again
    assert "zhao-a: 3" in again


TAMPERED = [
    "",
    "[]",
    "{",
    '{"key": 1}',
    '{"key": "milestone.approve"}',
    '{"weights": 5, "alternate": [1], "recuse": 7}',
]


@pytest.mark.parametrize("values", TAMPERED)
def test_a_page_that_was_tampered_with_proposes_nothing(district, browser, values):
    answer = browser("gao").post(PROPOSE, {"values": values, "base": 1, "reason": REASON})
    assert answer.status_code == 422
    assert not PolicyChange.objects.exists()
    assert browser("gao").post(CHANGE, {"values": values}).status_code in (200, 422)


@pytest.mark.parametrize("typed", [{"base": ""}, {"base": "one"}, {"run": ["nobody"]}])
def test_a_proposal_that_cannot_be_read_is_refused(district, browser, typed):
    gao = browser("gao")
    page = gao.post(CHANGE, form(limit_days=2))
    answer = gao.post(PROPOSE, {"values": packed(page), "base": 1, "reason": REASON} | typed)
    assert answer.status_code == 422


def test_the_headquarters_office_sees_everything_and_proposes_nothing(district, browser):
    ma = browser("ma")
    assert "Propose a version" not in text(ma.get(RULE))
    page = text(ma.get(CHANGE))
    assert "Only the project campaign office may do this" in page
    assert "See what it would change" not in page
    assert ma.post(CHANGE, form(limit_days=2)).status_code == 403
    assert "Sign-off policies" in text(ma.get(LIST))


@pytest.mark.parametrize("name", ["chen", "lin", "zhao", "sun", "wang", "ke"])
def test_for_everybody_else_there_is_no_such_page_and_no_way_to_it(district, browser, name):
    client = browser(name)
    assert [client.get(where).status_code for where in (LIST, RULE, CHANGE)] == [404, 404, 404]
    assert LIST not in client.get(reverse("inbox")).content.decode()


@pytest.mark.parametrize("kind", ["system", "security", "audit"])
def test_administrators_see_nothing_of_it(district, browser, kind):
    with together():
        User.objects.filter(pk=district.users["gao"].pk).update(administrator=kind)
    client = browser("gao")
    assert [client.get(where).status_code for where in (LIST, RULE, CHANGE)] == [404, 404, 404]


def test_a_matter_is_moved_from_its_sheet_over_a_form_that_says_why_not(district, browser):
    Policy.objects.filter(key="milestone.verify").update(gate=True)
    policy_by_id.cache_clear()
    run = district.submitted().run
    gao, ma = browser("gao"), browser("ma")
    where = reverse("work-move", args=[run.public_id])
    sheet = reverse("sheet", args=[run.public_id])
    assert where in gao.get(sheet).content.decode()
    assert where not in ma.get(sheet).content.decode()
    page = text(gao.get(where))
    assert "“Verify” is a gate that nobody has signed in this round" in page
    step = Step.objects.get(process=run, status="NEW")
    typed = {"step": step.pk, "reason": "材料需由服务部门重新报送。"}
    assert gao.post(where, typed | {"to": "approve"}).status_code == 409
    answer = gao.post(where, typed | {"to": "submit"})
    move = TokenMove.objects.get()
    assert answer["Location"] == reverse("sheet", args=[move.run.public_id])
    assert "is proposed already" in text(gao.get(where))
    said = text(ma.get(answer["Location"]))
    assert "Verify" in said
    assert "Submit evidence" in said
    assert typed["reason"] in said
    share = district.share(move.run, "ma")
    ma.post(reverse("work-approve", args=[move.run.public_id]), {"assignment": share.pk, "opinion": ""})
    assert "moved it to “Submit evidence”, as proposed by campaign-office officer gao" in text(gao.get(sheet))
    assert browser("chen").get(where).status_code == 404


def test_both_sheets_are_papers_as_well(district, browser):
    gao, run = browser("gao"), at_approval(district)
    page = gao.post(CHANGE, form(limit_days=2))
    gao.post(PROPOSE, {"values": packed(page), "base": 1, "reason": REASON})
    step = Step.objects.get(process=run, status="NEW")
    gao.post(
        reverse("work-move", args=[run.public_id]),
        {"step": step.pk, "to": "verify", "reason": "须重新核验。"},
    )
    for about in (PolicyChange.objects.get(), TokenMove.objects.get()):
        paper = gao.get(reverse("sheet-pdf", args=[about.run.public_id]))
        assert paper["Content-Type"] == "application/pdf"
