"""A branch that has come to rest waits, goes on for its whole split, or ends the run; the order makes no difference."""

from hypothesis import given
from hypothesis import strategies as st

from flows.engine.rules import Meeting, Place, meeting, split_of

WAITS, OVER = Meeting(), Meeting(over=True)


def on(join, token):
    return Meeting(join=join, token=token)


def test_a_token_says_its_split():
    assert split_of("start/12_1") == split_of("start/12_10") == "start/12_"
    assert split_of("start/12_1/30_2") == "start/12_1/30_"
    assert "start/1_10".startswith(split_of("start/1_1"))
    assert not "start/11_1".startswith(split_of("start/1_1"))


def test_a_join_waits_for_every_branch_of_its_split_and_for_no_other():
    here = Place("start/1_1/7_1", "inner")
    assert meeting(here, [Place("start/1_1/7_2")]) == WAITS
    assert meeting(here, [Place("start/1_1/7_2/9_1")]) == WAITS
    assert meeting(here, [Place("start/1_2"), Place("start/1_1/7_2", "inner")]) == on("inner", "start/1_1")


def test_an_end_lets_a_join_pass_that_waited_for_it():
    assert meeting(Place("start/1_1"), [Place("start/1_2", "meet")]) == on("meet", "start")
    assert meeting(Place("start/1_1"), [Place("start/1_2", "meet"), Place("start/1_3")]) == WAITS


def test_the_last_end_of_a_split_asks_the_split_around_it():
    inner = Place("start/1_1/7_2")
    assert meeting(inner, [Place("start/1_2", "meet")]) == on("meet", "start")
    assert meeting(inner, [Place("start/1_2")]) == WAITS
    assert meeting(inner, []) == OVER


def test_outside_of_any_split_a_join_lets_through_and_an_end_ends():
    assert meeting(Place("start", "meet"), []) == on("meet", "start")
    assert meeting(Place("start"), []) == OVER


def test_branches_at_two_joins_wait_for_each_other():
    assert meeting(Place("start/1_1", "one"), [Place("start/1_2", "other")]) == WAITS


@given(st.permutations(range(1, 6)), st.sets(st.integers(1, 5)))
def test_in_whatever_order_five_branches_come_the_last_of_them_goes_on_and_only_the_last(order, ending):
    places = {number: Place(f"start/3_{number}") for number in order}
    for number in order:
        del places[number]
        join = "" if number in ending else "meet"
        last = not any(place.join == "" for place in places.values())
        found = meeting(Place(f"start/3_{number}", join), places.values())
        if last:
            everybody_ended = not join and not places
            assert found == (OVER if everybody_ended else on("meet", "start"))
        else:
            assert found == WAITS
            if join:
                places[number] = Place(f"start/3_{number}", join)
