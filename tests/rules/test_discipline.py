"""The rules of the compartment, without a database: who stands aside, what goes to the city, who knows."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.discipline import rules
from flows.discipline.rules import Admission, Facts, Recusal, Seat
from permissions.actors import SYSTEM, Actor, PostRef

# The head, the deputy, the intake and two inspectors; each person has the number of the post and a hundred.
HEAD, DEPUTY, INTAKE, FIRST, SECOND = 1, 2, 3, 4, 5
SEATS = (
    Seat(HEAD, "leader", frozenset({101})),
    Seat(DEPUTY, "deputy", frozenset({102})),
    Seat(INTAKE, "inspector", frozenset({103})),
    Seat(FIRST, "inspector", frozenset({104})),
    Seat(SECOND, "inspector", frozenset({105})),
)
FACTS = Facts(seats=SEATS, intake=INTAKE, deciding=frozenset({HEAD, DEPUTY}))
PEOPLE = st.frozensets(st.integers(99, 108), max_size=4)
POSTS = st.frozensets(st.integers(1, 7), max_size=3)
ANY = st.builds(
    Facts,
    seats=st.just(SEATS),
    subject=st.none() | st.integers(99, 108),
    of_unit=PEOPLE,
    leaders=POSTS,
    leading_people=PEOPLE,
    approvers=PEOPLE,
    about_commission=st.booleans(),
    own_line=st.booleans(),
    intake=st.just(INTAKE),
    deciding=st.just(frozenset({HEAD, DEPUTY})),
)


def test_without_any_part_nobody_stands_aside_and_the_district_decides():
    assert rules.recusal(FACTS) == Recusal()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"about_commission": True}, "about-commission"),
        ({"own_line": True}, "own-line"),
        ({"leaders": frozenset({HEAD})}, "head-aside"),
        ({"approvers": frozenset({101})}, "head-aside"),
        ({"subject": 101}, "head-aside"),
        ({"leaders": frozenset({DEPUTY})}, "nobody-left"),
        ({"of_unit": frozenset({103})}, "nobody-left"),
        ({"approvers": frozenset({104, 105})}, "nobody-left"),
        ({"approvers": frozenset({104})}, ""),
        ({"leading_people": frozenset({999})}, ""),
    ],
)
def test_what_goes_to_the_city(changes, why):
    assert rules.recusal(replace(FACTS, **changes)).city == why


def test_a_vacant_post_is_no_reason_to_give_a_case_away():
    vacant = tuple(replace(seat, people=frozenset()) for seat in SEATS)
    assert rules.recusal(replace(FACTS, seats=vacant)).city == ""
    assert rules.recusal(replace(FACTS, seats=vacant, leaders=frozenset({HEAD}))).city == "head-aside"


def test_below_a_recused_deputy_stand_all_but_the_head():
    found = rules.recusal(replace(FACTS, approvers=frozenset({102})))
    assert set(found.posts) == {DEPUTY, INTAKE, FIRST, SECOND}
    assert found.posts[FIRST] == rules.BELOW and found.people[104] == rules.BELOW
    assert 101 not in found.people


def test_a_post_of_several_stands_while_one_of_them_is_free():
    several = (*SEATS[:3], Seat(FIRST, "inspector", frozenset({104, 106})), SEATS[4])
    found = rules.recusal(replace(FACTS, seats=several, approvers=frozenset({104})))
    assert FIRST not in found.posts and set(found.people) == {104}


@given(ANY)
def test_everybody_with_a_part_stands_aside(facts):
    found = rules.recusal(facts)
    mine = facts.of_unit | facts.leading_people | facts.approvers
    assert mine <= set(found.people)
    assert facts.subject is None or found.people[facts.subject] == rules.SUBJECT
    assert {seat.post for seat in facts.seats if seat.post in facts.leaders} <= set(found.posts)


@given(ANY)
def test_nobody_below_a_recused_leader_is_left(facts):
    found = rules.recusal(facts)
    ranks = [seat.rank for seat in facts.seats if seat.post in found.posts and seat.rank < 2]
    for seat in facts.seats:
        if ranks and seat.rank > min(ranks):
            assert seat.post in found.posts
            assert seat.people <= set(found.people)


@given(ANY, PEOPLE, POSTS)
def test_one_more_part_never_brings_anybody_back(facts, people, posts):
    before = rules.recusal(facts)
    after = rules.recusal(replace(facts, approvers=facts.approvers | people, leaders=facts.leaders | posts))
    assert set(before.people) <= set(after.people)
    assert set(before.posts) <= set(after.posts)
    assert not before.city or after.city


@given(ANY)
def test_while_the_district_decides_there_is_somebody_for_each_part(facts):
    found = rules.recusal(facts)
    if found.city:
        return
    free = {
        seat.post
        for seat in facts.seats
        if seat.post not in found.posts and seat.people - found.people.keys()
    }
    assert {HEAD, DEPUTY, INTAKE} <= free
    assert free & {FIRST, SECOND}


# --- who knows ---


def actor(person, *posts, **more):
    refs = tuple(
        PostRef(post, str(post), str(post), "inspector", 1, rules.COMMISSION, "commission") for post in posts
    )
    return Actor(person, "—", refs, **more)


KNOWN = [Admission("intake", INTAKE), Admission("handler", FIRST, 104), Admission("city", 9)]


def knows(by, aside=Recusal(), handed=False):  # noqa: B008 - a value
    return rules.roles_of(by, KNOWN, aside, handed=handed)


def test_who_was_named_knows_in_that_post_and_in_person():
    assert knows(actor(104, FIRST)) == {"handler"}
    assert knows(actor(103, INTAKE)) == {"intake"}
    assert not knows(actor(106, FIRST)), "a successor in the post"
    assert not knows(actor(104, SECOND)), "in another post"
    assert not knows(actor(107, SECOND))


def test_nobody_knows_by_standing_in_preparing_or_administering():
    stand_in = replace(actor(107, SECOND), standing_in=actor(0, INTAKE).posts)
    assert INTAKE in stand_in.reach and not knows(stand_in)
    assert not knows(replace(actor(107, SECOND), prepares_for=frozenset({INTAKE})))
    assert not knows(actor(103, INTAKE, administrator="security"))
    assert not knows(SYSTEM)


def test_who_stands_aside_knows_nothing():
    assert not knows(actor(104, FIRST), Recusal(people={104: "approved"}))
    assert not knows(actor(103, INTAKE), Recusal(posts={INTAKE: "below"}))


def test_once_at_the_city_the_district_knows_nothing_and_the_city_does():
    assert not knows(actor(104, FIRST), handed=True)
    assert not knows(actor(103, INTAKE), handed=True)
    assert knows(actor(109, 9), handed=True) == {"city"}
    assert not knows(actor(109, 9))


@given(st.integers(99, 110), st.frozensets(st.integers(1, 10), max_size=4), PEOPLE, st.booleans())
def test_whoever_knows_was_named_and_need_not_stand_aside(person, posts, gone, handed):
    found = knows(actor(person, *posts), Recusal(people=dict.fromkeys(gone, "approved")), handed)
    for role in found:
        assert any(
            each.role == role and each.post in posts and each.person in (None, person) for each in KNOWN
        )
        assert (role == "city") == handed
        assert handed or person not in gone


# --- numbers ---


def test_numbers_are_drawn_and_look_like_no_count():
    drawn = {rules.drawn_number() for _each in range(500)}
    assert len(drawn) == 500
    assert all(
        len(number) == 9 and number[4] == "-" and set(number) <= {*rules.LETTERS, "-"} for number in drawn
    )
