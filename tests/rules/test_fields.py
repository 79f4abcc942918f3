"""Who reads, writes or does not see a field: the best part somebody has in a run wins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.engine import rules
from flows.engine.rules import HIDDEN, READ, WRITE, Part, access_at, best_access, votes_needed

WORK, SIGN = Part(False), Part(True)


def parts(judges, **says):
    return Part(judges, says)


@pytest.mark.parametrize(("part", "may"), [(WORK, WRITE), (SIGN, READ)])
def test_without_a_word_of_the_policy_work_writes_and_a_signature_reads(part, may):
    assert access_at("money", part) == may
    assert best_access("money", [part], []) == may


def test_the_policy_says_otherwise_for_single_fields():
    part = parts(True, money=HIDDEN, note=WRITE)
    assert [access_at(name, part) for name in ("money", "note", "done-on")] == [HIDDEN, WRITE, READ]


def test_who_has_a_part_only_where_a_field_is_hidden_does_not_see_it():
    blind = parts(True, money=HIDDEN)
    assert best_access("money", [blind, blind], []) == HIDDEN
    assert best_access("money", [blind, SIGN], []) == READ
    assert best_access("money", [blind, WORK], []) == WRITE


def test_others_read_unless_an_open_step_hides_it_from_them():
    closed = Part(True, {"others:money": HIDDEN})
    assert best_access("money", [], [SIGN]) == READ
    assert best_access("money", [], [SIGN, closed]) == HIDDEN
    assert best_access("note", [], [closed]) == READ
    assert best_access("money", [SIGN], [closed]) == READ, "who has a part is no other"


answers = st.sampled_from((READ, WRITE, HIDDEN))
some_parts = st.lists(
    st.builds(lambda judges, may: parts(judges, money=may), st.booleans(), answers), min_size=1, max_size=5
)


@given(some_parts, some_parts)
def test_one_more_part_never_takes_sight_away(own, more):
    order = (HIDDEN, READ, WRITE).index
    assert order(best_access("money", own + more, [])) >= order(best_access("money", own, []))


@given(st.integers(1, 200), st.integers(50, 100), st.data())
def test_a_vote_passes_exactly_from_what_is_needed_on(total, threshold, data):
    least = votes_needed(total, threshold)
    assert total // 2 < least <= total, "more than half, and within reach"
    yes = data.draw(st.integers(0, total))
    shares = [rules.Share(n, rules.APPROVED if n <= yes else rules.REJECTED) for n in range(1, total + 1)]
    terms = rules.Terms(rules.VOTE, rules.COUNT, threshold)
    assert (rules.arrange(terms, shares).result == rules.GRANTED) == (yes >= least)
