"""Who may stand in for whom: bounded days, one substitute a day, two hops, never a circle."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permissions import rules
from permissions.actors import Actor, PostRef
from permissions.rules import Cover, Person

TODAY = date(2023, 6, 1)


def post(number, unit="finance", duty="officer"):
    return PostRef(number, f"p{number}", f"post {number}", duty, len(unit), unit, unit)


def actor(*posts, administrator="", user=1):
    return Actor(user, "Chen", posts, administrator, posts[0] if posts else None)


MINE, OTHER = post(1), post(2)
ME = actor(MINE)


def judge(*others, by=ME, mine=MINE, substitute=OTHER, begins=TODAY, days=7):
    return rules.may_substitute(
        mine,
        substitute,
        from_day=begins,
        until_day=begins + timedelta(days=days),
        others=others,
        by=by,
        today=TODAY,
    )


def cover(one, other, begins=0, days=7):
    return Cover(one, other, TODAY + timedelta(begins), TODAY + timedelta(begins + days))


def all_posts_reached(covers, start, day):
    """The posts found by walking the covers of one day, as plainly as can be; fails on a circle."""
    found, here = [], start
    while True:
        onward = [c.substitute for c in covers if c.post == here and c.from_day <= day < c.until_day]
        assert len(onward) <= 1, "two substitutes on one day"
        if not onward:
            return found
        assert onward[0] not in (start, *found), "a circle"
        found.append(here := onward[0])


# --- who may ---


@pytest.mark.parametrize(
    "by",
    [
        ME,
        actor(post(7, duty="head")),
        actor(post(7, duty="desk")),
        actor(post(7, "campaign-office", "officer")),
        actor(post(7, "campaign-office", "desk")),
    ],
    ids=["holder", "head", "desk", "campaign officer", "campaign desk"],
)
def test_the_holder_the_unit_and_the_campaign_office_name_a_substitute(by):
    assert judge(by=by)
    assert rules.may_end(by, MINE, over=False)
    assert rules.may_end(by, MINE, over=True).code == "substitute-over"


@pytest.mark.parametrize(
    ("by", "code"),
    [
        (actor(post(7)), "substitute-not-yours"),
        (actor(post(7, duty="deputy")), "substitute-not-yours"),
        (actor(post(7, "education", "head")), "substitute-not-yours"),
        (actor(post(7, "campaign-office", "leader")), "substitute-not-yours"),
        (actor(), "substitute-not-yours"),
        (actor(MINE, administrator="system"), "administrator"),
    ],
)
def test_nobody_else_does(by, code):
    assert judge(by=by).code == code
    assert rules.may_end(by, MINE, over=False).code == code


def test_whoever_stands_in_does_not_pass_the_post_on():
    standing_in = Actor(1, "Chen", (OTHER,), "", OTHER, False, (MINE,), ((1, 2),))
    assert MINE.id in standing_in.reach
    assert judge(by=standing_in, substitute=post(3)).code == "substitute-not-yours"


def test_one_acts_for_another_in_the_post_through_which_one_stands_in():
    third = post(3)
    standing_in = Actor(1, "Chen", (third, OTHER), "", third, False, (MINE,), ((1, 2),))
    assert standing_in.for_post(1).acting == OTHER
    assert standing_in.for_post(9).acting == third


def test_nobody_names_a_post_of_their_own_to_act_for_another():
    head = post(7, duty="head")
    assert judge(by=actor(head), substitute=OTHER)
    assert judge(by=actor(head), substitute=head).code == "not-to-yourself"
    assert judge(by=actor(MINE, OTHER)), "between two posts of one's own it gives nothing away"


@pytest.mark.parametrize("duty", ["secretary", "contact"])
def test_who_only_prepares_or_reports_stands_in_for_nobody(duty):
    assert judge(substitute=post(2, duty=duty)).code == "substitute-duty"
    assert judge(substitute=post(2, duty="officer"))


# --- when ---


def test_a_post_never_stands_in_for_itself():
    assert judge(substitute=MINE).code == "substitute-own-post"


def test_it_begins_today_at_the_earliest_and_lasts_a_day_at_least():
    assert judge(begins=TODAY, days=1)
    assert judge(begins=TODAY - timedelta(1)).code == "substitute-days"
    assert judge(days=0).code == "substitute-days"
    assert judge(days=-3).code == "substitute-days"


def test_it_lasts_ninety_two_days_at_most():
    assert judge(days=92)
    assert judge(days=93).code == "substitute-too-long"


def test_one_substitute_for_a_post_on_a_day():
    assert judge(cover(1, 3)).code == "substitute-overlaps"
    assert judge(cover(1, 3, begins=6)).code == "substitute-overlaps"
    assert judge(cover(1, 3, begins=7)), "the last day is exclusive"
    assert judge(cover(3, 2)), "one post may stand in for several"


def test_a_circle_is_refused_only_on_shared_days():
    assert judge(cover(2, 1)).code == "substitute-cycle"
    assert judge(cover(2, 3), cover(3, 1)).code == "substitute-cycle"
    assert judge(cover(2, 1, begins=7))
    assert judge(cover(2, 3, days=3), cover(3, 1, begins=3)), "no day has both"


def test_two_hops_are_enough_whichever_comes_last():
    assert judge(cover(2, 3))
    assert judge(cover(3, 1))
    assert judge(cover(2, 3), cover(3, 4)).code == "substitute-chain"
    assert judge(cover(3, 1), cover(4, 3)).code == "substitute-chain"
    assert judge(cover(2, 3), cover(4, 1)).code == "substitute-chain"
    assert judge(cover(2, 3, days=3), cover(4, 1, begins=3)), "no day has three"


wishes = st.lists(
    st.builds(
        cover, st.integers(1, 6), st.integers(1, 6), begins=st.integers(0, 12), days=st.integers(1, 9)
    ).filter(lambda wish: wish.post != wish.substitute),
    max_size=14,
)


@given(wishes)
def test_whatever_is_accepted_in_whatever_order_nobody_goes_in_a_circle_or_beyond_two_hops(wished):
    accepted = []
    for wish in wished:
        if rules.fits(wish, accepted):
            accepted.append(wish)
    for day in range(22):
        for start in range(1, 7):
            assert len(all_posts_reached(accepted, start, TODAY + timedelta(day))) <= 2


@given(wishes)
def test_what_is_refused_would_have_broken_the_bound(wished):
    accepted = []
    for wish in wished:
        if rules.fits(wish, accepted):
            accepted.append(wish)
            continue
        days = [wish.from_day + timedelta(n) for n in range((wish.until_day - wish.from_day).days)]
        assert any(broken([*accepted, wish], day) for day in days), wish


def broken(covers, day):
    """Whether one day has two substitutes for a post, a circle, or a third hop."""
    try:
        return any(len(all_posts_reached(covers, start, day)) > 2 for start in range(1, 7))
    except AssertionError:
        return True


# --- who gives a post ---


def test_a_post_is_given_by_its_unit_or_the_campaign_office_and_never_by_its_holder():
    person = Person(9)
    assert rules.may_appoint(actor(post(7, duty="head")), MINE, person)
    assert rules.may_appoint(actor(post(7, "campaign-office")), MINE, person)
    assert rules.may_appoint(ME, MINE, person).code == "post-not-yours"
    assert rules.may_appoint(actor(post(7, "education", "head")), MINE, person).code == "post-not-yours"
    keeper = actor(post(7, duty="head"), administrator="security")
    assert rules.may_appoint(keeper, MINE, person).code == "administrator"


@pytest.mark.parametrize(
    ("person", "code"),
    [
        (Person(1), "not-to-yourself"),
        (Person(9, "audit"), "receiver-administrator"),
        (Person(9, active=False), "receiver-inactive"),
    ],
)
def test_it_goes_to_somebody_else_who_can_work(person, code):
    head = actor(post(7, duty="head"))
    assert rules.may_appoint(head, MINE, person).code == code
    assert rules.may_hand_over(head, leaver=5, successor=person, posts=[MINE]).code == code


def test_a_leaver_hands_over_what_there_is_to_somebody_else():
    head = actor(post(7, duty="head"))
    assert rules.may_hand_over(head, leaver=5, successor=Person(9), posts=[MINE])
    assert (
        rules.may_hand_over(head, leaver=9, successor=Person(9), posts=[MINE]).code == "successor-is-leaver"
    )
    assert rules.may_hand_over(head, leaver=5, successor=Person(9), posts=[]).code == "nothing-to-hand-over"
