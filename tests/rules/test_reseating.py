"""A step under another version of its policy: nobody is asked twice, nothing signed is lost."""

from hypothesis import given
from hypothesis import strategies as st

from flows.engine.rules import Taken, Wanted, reseat

ZHAO, QIAN, SUN = 1, 2, 3


def seat(share, post, *passed_on, signed=(), added=False):
    return Taken(share, post, frozenset(passed_on), frozenset(signed), added)


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


def test_a_share_that_was_passed_on_counts_for_the_post_it_came_from():
    passed = seat(9, QIAN, ZHAO)
    assert reseat([passed], [named(ZHAO)]).seats == ((ZHAO, 9),)
    assert reseat([passed], [named(QIAN)]).seats == ((QIAN, 9),)
    assert reseat([passed], [named(ZHAO), named(QIAN)]).seats == ((QIAN, 9),), (
        "one signature is enough for both"
    )


def test_who_has_signed_in_one_post_is_not_asked_again_in_another():
    found = reseat([seat(7, ZHAO, signed=[10])], [named(SUN, 10)])
    assert found.seats == ((SUN, 7),)
    two_could = reseat([seat(7, ZHAO, signed=[10])], [named(SUN, 10, 11)])
    assert (two_could.seats, two_could.stays) == (((SUN, None),), (7,))
    both = reseat([seat(7, ZHAO, signed=[10])], [named(ZHAO, 10, 11), named(SUN, 10)])
    assert both.seats == ((ZHAO, 7),)


def test_an_added_signer_whom_the_new_version_names_keeps_the_share_and_others_stay_where_they_hang():
    taken = [seat(7, ZHAO), seat(8, QIAN, added=True), seat(9, SUN, added=True)]
    found = reseat(taken, [named(QIAN)])
    assert (found.seats, found.stays, found.leaves) == (((QIAN, 8),), (), (7,))


people = st.frozensets(st.integers(1, 6), max_size=2)
posts = st.integers(1, 6)
wanted = st.lists(st.builds(Wanted, posts, people), unique_by=lambda each: each.post, max_size=6)
shares = st.lists(
    st.builds(Taken, st.integers(100, 999), posts, st.frozensets(posts, max_size=2), people, st.booleans()),
    unique_by=(lambda each: each.share, lambda each: each.post),
    max_size=6,
)


@given(shares, wanted)
def test_every_share_has_one_place_and_every_post_an_answer(taken, wanted):
    found = reseat(taken, wanted)
    by_id = {each.share: each for each in taken}
    kept = [by_id[share] for _post, share in found.seats if share is not None]
    hanging = [each.share for each in taken if each.added and each not in kept]
    assert sorted([*(each.share for each in kept), *found.stays, *found.leaves, *hanging]) == sorted(by_id)
    assert all(by_id[share].signed for share in found.stays)
    assert not any(by_id[share].signed for share in found.leaves)
    seated = {post for post, _share in found.seats}
    for each in wanted:
        assert each.post in seated or any(
            each.post in share.passed_on or each.people <= share.signed for share in kept
        )
    fresh = {post for post, share in found.seats if share is None}
    assert not fresh & {each.post for each in taken}, "asked twice in one step"


@given(shares)
def test_the_same_posts_again_change_nothing(taken):
    named = [each for each in taken if not each.added]
    found = reseat(taken, [Wanted(each.post, frozenset({0})) for each in named])
    assert [share for _post, share in found.seats] == [each.share for each in named]
    assert (found.stays, found.leaves) == ((), ())
