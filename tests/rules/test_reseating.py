"""A step under another version of its policy: nobody is asked twice, nothing signed is lost."""

from hypothesis import given
from hypothesis import strategies as st

from flows.engine.rules import Taken, Wanted, reseat

ZHAO, QIAN, SUN = 1, 2, 3


def seat(share, *posts, signed=()):
    return Taken(share, frozenset(posts), frozenset(signed))


def named(post, *people):
    return Wanted(post, frozenset(people or {post * 10}))


def test_who_is_named_still_keeps_the_seat_and_who_is_new_gets_one():
    found = reseat([seat(7, ZHAO), seat(8, QIAN)], [named(QIAN), named(SUN)])
    assert found.seats == ((QIAN, 8), (SUN, None))
    assert (found.stays, found.leaves) == ((), (7,))


def test_a_signature_stays_although_its_post_is_no_longer_named():
    found = reseat([seat(7, ZHAO, signed=[10]), seat(8, QIAN)], [named(SUN)])
    assert found.seats == ((SUN, None),)
    assert (found.stays, found.leaves) == ((7,), (8,))


def test_a_share_that_was_passed_on_keeps_the_seat_of_the_post_it_came_from():
    assert reseat([seat(9, ZHAO, QIAN)], [named(ZHAO)]).seats == ((ZHAO, 9),)
    assert reseat([seat(9, ZHAO, QIAN)], [named(QIAN)]).seats == ((QIAN, 9),)


def test_who_has_signed_in_one_post_is_not_asked_again_in_another():
    found = reseat([seat(7, ZHAO, signed=[10])], [named(SUN, 10)])
    assert found.seats == ((SUN, 7),)
    two_could = reseat([seat(7, ZHAO, signed=[10])], [named(SUN, 10, 11)])
    assert (two_could.seats, two_could.stays) == (((SUN, None),), (7,))


people = st.frozensets(st.integers(1, 6), max_size=2)
wanted = st.lists(st.builds(Wanted, st.integers(1, 6), people), unique_by=lambda each: each.post, max_size=6)


@st.composite
def seats(draw):
    posts = draw(st.lists(st.integers(1, 6), unique=True, max_size=6))
    return [Taken(100 + post, frozenset({post}), draw(people)) for post in posts]


@given(seats(), wanted)
def test_every_share_goes_to_one_place_and_every_post_has_one_seat(taken, wanted):
    found = reseat(taken, wanted)
    assert [post for post, _share in found.seats] == [each.post for each in wanted]
    kept = [share for _post, share in found.seats if share is not None]
    assert sorted([*kept, *found.stays, *found.leaves]) == sorted(each.share for each in taken)
    signed = {each.share for each in taken if each.signed}
    assert not signed & set(found.leaves)
    assert signed >= set(found.stays)


@given(seats())
def test_the_same_posts_again_change_nothing(taken):
    same = [Wanted(post, frozenset({0})) for each in taken for post in each.posts]
    found = reseat(taken, same)
    assert [share for _post, share in found.seats] == [each.share for each in taken]
    assert not found.stays
    assert not found.leaves
