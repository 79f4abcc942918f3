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

HEAD, SOMEBODY = actor(post(7, duty="head")), Person(9)


def give(by, person=SOMEBODY, from_day=TODAY, holds_already=False):
    return rules.may_appoint(by, MINE, person, from_day=from_day, holds_already=holds_already, today=TODAY)


def end(by=HEAD, on=TODAY, until_day=None):
    return rules.may_end_appointment(by, MINE, on=on, until_day=until_day, today=TODAY)


@pytest.mark.parametrize("by", [HEAD, actor(post(7, "campaign-office"))], ids=["head", "campaign office"])
def test_a_post_is_given_and_taken_by_its_unit_or_the_campaign_office(by):
    assert give(by)
    assert end(by)


@pytest.mark.parametrize(
    ("by", "code"),
    [
        (ME, "post-not-yours"),
        (actor(post(7, "education", "head")), "post-not-yours"),
        (actor(post(7, duty="head"), administrator="security"), "administrator"),
    ],
    ids=["its holder", "another unit", "an administrator"],
)
def test_nobody_else_gives_or_takes_it(by, code):
    assert give(by).code == end(by).code == code


@pytest.mark.parametrize(
    ("person", "code"),
    [
        (Person(1), "not-to-yourself"),
        (Person(9, "audit"), "receiver-administrator"),
        (Person(9, active=False), "receiver-inactive"),
    ],
)
def test_it_goes_to_somebody_else_who_can_work(person, code):
    assert give(HEAD, person).code == code
    assert rules.may_hand_over(HEAD, leaver=5, successor=person, posts=[MINE]).code == code


def test_what_has_gone_by_is_not_changed():
    yesterday, tomorrow = TODAY - timedelta(1), TODAY + timedelta(1)
    assert give(HEAD, from_day=tomorrow)
    assert give(HEAD, from_day=yesterday).code == "day-gone"
    assert give(HEAD, holds_already=True).code == "appointed-already"
    assert end(on=tomorrow)
    assert end(on=yesterday).code == "day-gone"
    assert end(on=TODAY, until_day=tomorrow)
    assert end(on=tomorrow, until_day=tomorrow).code == "appointment-over"
    assert end(on=tomorrow, until_day=TODAY).code == "appointment-over"


def test_a_leaver_hands_over_what_there_is_to_somebody_else():
    def judge_leaving(successor=9, posts=(MINE,)):
        return rules.may_hand_over(HEAD, leaver=5, successor=Person(successor), posts=posts)

    assert judge_leaving()
    assert judge_leaving(successor=5).code == "successor-is-leaver"
    assert judge_leaving(posts=()).code == "nothing-to-hand-over"


def test_a_reason_is_given_and_fits_a_line():
    assert rules.reason_is_given("出差")
    assert rules.reason_is_given(" ").code == "reason-missing"
    assert rules.reason_is_given("长" * 201).code == "text-too-long"
