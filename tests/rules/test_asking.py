"""Whom a step asks: nobody who must not sign, nobody twice, nobody lost."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from flows.engine.rules import Asking, Candidate, Placed, one_each, place

people = st.frozensets(st.integers(1, 6), max_size=4)
units = st.frozensets(st.integers(1, 3), max_size=2)
candidates = st.builds(Candidate, st.integers(1, 8), st.integers(1, 3), people)
askings = st.builds(
    Asking,
    st.booleans(),
    st.sampled_from(("forbid", "allow", "skip", "to_head")),
    st.sampled_from(("none", "consecutive", "all")),
    people,
    people,
    people,
    people,
    units,
)


def must_not(asking: Asking, candidate: Candidate) -> set[int]:
    """Who of a post's people must not sign, in plain words."""
    if candidate.unit in asking.recused_units:
        return set(candidate.people)
    out = set(asking.recused)
    if asking.judges:
        out |= asking.signed_elsewhere
        out |= set() if asking.on_self == "allow" else asking.submitters
    return out & candidate.people


@given(askings, candidates)
def test_nobody_who_must_not_sign_is_ever_asked(asking, candidate):
    free = asking.free(candidate)
    assert free == candidate.people - must_not(asking, candidate)
    assert (place(asking, candidate) in (Placed.ASK, Placed.MERGE)) == bool(free)


@given(askings, candidates)
def test_a_post_counts_as_empty_exactly_when_nobody_holds_it(asking, candidate):
    assert (place(asking, candidate) == Placed.EMPTY) == (not candidate.people)


@given(askings, candidates)
def test_merged_is_only_who_signed_within_this_duty_and_only_where_the_policy_says_so(asking, candidate):
    placed = place(asking, candidate)
    if placed == Placed.MERGE:
        assert asking.judges
        assert asking.on_repeat != "none"
        assert asking.free(candidate) <= asking.signed_here
    never = replace(asking, signed_here=frozenset())
    assert place(never, candidate) != Placed.MERGE


@given(askings, candidates)
def test_who_signed_at_another_duty_is_replaced_and_never_merged_nor_passed_over(asking, candidate):
    alone = replace(candidate, people=frozenset({9}))
    elsewhere = replace(asking, judges=True, signed_elsewhere=frozenset({9}), signed_here=frozenset({9}))
    assert place(elsewhere, alone) == Placed.ALTERNATE


@given(askings, candidates)
def test_only_the_initiators_own_matter_is_skipped_or_goes_to_the_head(asking, candidate):
    placed = place(asking, candidate)
    if placed in (Placed.SKIP, Placed.HEAD):
        assert asking.on_self == {Placed.SKIP: "skip", Placed.HEAD: "to_head"}[placed]
        assert candidate.people <= asking.submitters
        assert not candidate.people & (asking.recused | asking.signed_elsewhere)
        assert candidate.unit not in asking.recused_units


@given(askings, candidates)
def test_where_nothing_is_judged_only_a_recusal_keeps_somebody_away(asking, candidate):
    working = replace(asking, judges=False, recused=frozenset(), recused_units=frozenset())
    assert place(working, candidate) == (Placed.ASK if candidate.people else Placed.EMPTY)


@given(st.lists(candidates, max_size=6))
def test_each_post_is_asked_once_and_each_person_who_answers_alone(named):
    found = one_each(named)
    posts = [candidate.post for candidate in found]
    assert len(posts) == len(set(posts))
    alone = [candidate.people for candidate in found if len(candidate.people) == 1]
    assert len(alone) == len(set(alone))


@given(st.lists(candidates, max_size=6))
def test_nobody_is_lost_and_the_order_stays(named):
    last = {candidate.post: candidate for candidate in named}
    found = one_each(named)
    assert {p for c in found for p in c.people} == {p for c in last.values() for p in c.people}
    assert [c.post for c in found] == [post for post in last if post in {c.post for c in found}]
    assert one_each(found) == found
