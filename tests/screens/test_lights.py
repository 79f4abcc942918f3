"""The pages of lights: each light with its sentence, rules written by a form, what is wrong comes back."""

import pytest
from django.urls import reverse

from flows.lights.models import LightScheme
from hetang_flow.lib import clock
from tests.support.lit import lit, proposed_scheme, scheme

pytestmark = pytest.mark.django_db
ROW = {"code-0": "red", "colour-0": "red", "name-0": "低于六成", "fact-0-0": "ratio", "operator-0-0": "below"}
REST = {"name": "新方案", "source": "市里做法", "base": "1", "reason": "与市里做法保持一致，先行试用。"}


def test_every_light_stands_with_the_sentence_that_explains_it(district, browser):
    project = district.project(phase="fulfilled")
    lit(district)
    today = clock.district_day(clock.now()).isoformat()
    board = browser("zhao").get(f"{reverse('lights')}?day={today}").content.decode()
    assert project.code in board
    assert "试行方案" in board
    assert 'data-l="' in board
    page = browser("chen").get(reverse("project-lights", args=[project.public_id])).content.decode()
    assert "试行方案" in page


def test_rules_are_tried_on_the_past_and_nothing_is_written(district, browser):
    scheme(district.plan)
    answer = browser("gao").post(reverse("light-scheme-change"), ROW | REST | {"limit-0-0": "60", "try": "1"})
    assert (answer.status_code, 'id="tried"' in answer.content.decode()) == (200, True)
    assert LightScheme.objects.count() == 1


def test_rules_are_proposed_by_the_form_and_confirmed_by_another_office(district, browser):
    scheme(district.plan)
    done = browser("gao").post(reverse("light-scheme-change"), ROW | REST | {"limit-0-0": "60"})
    assert done.status_code == 302
    made = LightScheme.objects.get(number=2)
    assert made.body == [
        {
            "code": "red",
            "colour": "red",
            "name": "低于六成",
            "all": [{"fact": "ratio", "below": 60}],
            "unless": [],
        }
    ]
    assert browser("ma").post(reverse("light-scheme-confirm", args=[made.public_id])).status_code == 302
    made.refresh_from_db()
    assert made.state == "published"


def test_a_rule_without_its_limit_comes_back_as_it_was_typed(district, browser):
    scheme(district.plan)
    answer = browser("gao").post(reverse("light-scheme-change"), ROW | REST | {"limit-0-0": "六十"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "低于六成" in text
    assert 'role="alert"' in text
    assert not LightScheme.objects.filter(state="proposed").exists()


def test_what_is_proposed_is_shown_to_the_two_offices_alone(district, browser):
    scheme(district.plan)
    proposed_scheme(district.plan)
    for who, shown in (("gao", True), ("ma", True), ("zhao", False), ("chen", False)):
        assert ("拟议方案" in browser(who).get(reverse("light-schemes")).content.decode()) == shown
