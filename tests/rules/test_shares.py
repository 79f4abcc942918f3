"""When a step passes and whose turn it is, for any tree of shares that people can make."""

from dataclasses import replace
from itertools import product

from hypothesis import example, given
from hypothesis import strategies as st

from flows.engine import rules
from flows.engine.rules import Share, Terms
from tests.support.trees import JOINT, MODES, TURNS, Made, granted, opened, settled, signable, terms, trees

OPENABLE = (rules.OPEN, rules.WAITING)
WORDS = st.sampled_from((rules.APPROVED, rules.REJECTED))
weights = st.lists(st.integers(1, 5), min_size=1, max_size=5)
every_no = st.sampled_from((rules.VETO, rules.COUNT))


def ids(shares):
    return [share.id for share in shares]


def step(mode, *weights, on_no=rules.VETO, threshold=50):
    return opened(Terms(mode, on_no, threshold), weights or (1, 1, 1))


# --- of any tree ---


@given(trees())
def test_while_it_is_pending_somebody_has_something_to_do(made):
    if made.result == rules.PENDING:
        assert made.having(rules.OPEN) or made.having(rules.OPEN, role=rules.ADVISE)


@given(trees())
def test_once_it_is_decided_nobody_has_anything_to_do(made):
    if made.result != rules.PENDING:
        for role in (rules.SIGN, rules.ADVISE):
            assert not made.having(*OPENABLE, role=role)


@given(trees())
def test_tallying_again_changes_nothing(made):
    assert settled(made.terms, made.shares) == made


@given(trees(), st.randoms(use_true_random=False))
def test_the_order_in_which_rows_are_read_does_not_matter(made, chance):
    shuffled = list(made.shares)
    chance.shuffle(shuffled)
    assert rules.arrange(made.terms, shuffled) == made.arranged


@given(trees())
def test_no_decision_is_ever_overwritten(made):
    before = {share.id: share.status for share in made.shares}
    for key, status in made.arranged.statuses.items():
        assert before[key] in rules.UNDECIDED
        assert status in rules.UNDECIDED


@given(granted())
def test_one_more_yes_never_takes_a_grant_away(made):
    for late in made.having(rules.MOOT):
        assert made.said(late, rules.APPROVED).result == made.result


@given(signable())
def test_what_a_yes_refuses_a_no_would_have_refused_as_well(where):
    made, share = where
    if made.said(share, rules.APPROVED).result == rules.REFUSED:
        assert made.said(share, rules.REJECTED).result == rules.REFUSED


@given(signable(), st.sampled_from((rules.APPROVED, rules.REJECTED, rules.RETURNED)))
def test_taking_a_decision_back_restores_what_was_before_it(where, word):
    made, share = where
    after = made.said(share, word)
    assert after.said(next(s for s in after.shares if s.id == share.id), rules.WAITING) == made


@given(signable())
def test_a_return_ends_the_step_whatever_the_policy(where):
    made, share = where
    after = made.said(share, rules.RETURNED)
    assert after.result == rules.REFUSED
    for role in (rules.SIGN, rules.ADVISE):
        assert not after.having(*OPENABLE, role=role)


@given(trees(pending=True), st.data())
def test_a_signer_taken_off_vanishes_with_everything_added_to_them(made, data):
    head = data.draw(st.sampled_from(made.having(*rules.UNDECIDED)))
    after = made.without(head)
    gone = set(ids(made.family(head)))
    never = [share for share in made.shares if share.id not in gone]
    assert not gone & after.arranged.statuses.keys()
    assert after.arranged == rules.arrange(made.terms, never)


@given(signable())
def test_passing_on_changes_who_and_nothing_else(where):
    made, mine = where
    after = made.transfer(mine)
    theirs = max(ids(after.shares))
    was, now = made.arranged, after.arranged
    assert now.result == was.result
    assert {mine.id if key == theirs else key: status for key, status in now.statuses.items()} == was.statuses


@given(trees())
def test_an_opinion_is_no_signature(made):
    """The step stands as it would if nobody had been asked for an opinion."""
    signatures = [share for share in made.shares if share.role == rules.SIGN]
    assert rules.arrange(made.terms, signatures).result == made.result


@given(trees())
def test_an_opinion_is_asked_for_or_done_by_other_and_never_waits(made):
    assert not made.having(rules.WAITING, role=rules.ADVISE)


@given(terms, every_no)
def test_a_step_without_signers_stays_pending(given_terms, on_no):
    assert rules.arrange(replace(given_terms, on_no=on_no), []) == rules.Arrangement(rules.PENDING, {})


# --- the four ways ---


def completions(made: Made):
    """Every way in which those who have not spoken could still speak."""
    silent = made.having(*rules.UNDECIDED)
    for words in product((rules.APPROVED, rules.REJECTED), repeat=len(silent)):
        said = dict(zip(ids(silent), words, strict=True))
        yield [replace(share, status=said.get(share.id, share.status)) for share in made.shares]


def by_hand(given_terms: Terms, shares) -> str:
    """A vote counted once everybody has spoken."""
    total = sum(share.weight for share in shares)
    yes = sum(share.weight for share in shares if share.status == rules.APPROVED)
    enough = yes * 100 >= given_terms.threshold * total and yes * 2 > total
    return rules.GRANTED if enough else rules.REFUSED


@given(weights, st.integers(50, 100), st.lists(WORDS, max_size=5))
@example([1, 1], 50, [rules.APPROVED])
@example([3, 2, 1], 67, [rules.REJECTED])
def test_a_vote_closes_exactly_when_nothing_still_to_come_can_change_it(given_weights, threshold, words):
    made = step(rules.VOTE, *given_weights, on_no=rules.COUNT, threshold=threshold)
    for word in words:
        results = {by_hand(made.terms, shares) for shares in completions(made)}
        assert made.result == (results.pop() if len(results) == 1 else rules.PENDING)
        if made.result != rules.PENDING:
            break
        made = made.said(made.having(rules.OPEN)[0], word)


@given(st.integers(1, 3), st.integers(50, 100), every_no)
def test_a_tie_is_not_passed(half, threshold, on_no):
    made = step(rules.VOTE, *[1] * (2 * half), on_no=on_no, threshold=threshold)
    for _yes in range(half):
        assert made.result == rules.PENDING
        made = made.said(made.having(rules.OPEN)[0], rules.APPROVED)
    for _no in range(half if made.result == rules.PENDING else 0):
        made = made.said(made.having(rules.OPEN)[0], rules.REJECTED)
        if made.result != rules.PENDING:
            break
    assert made.result == rules.REFUSED


def test_a_vote_of_two_thirds_counts_by_weight():
    made = step(rules.VOTE, 3, 2, 1, on_no=rules.COUNT, threshold=67)
    made = made.said(made.shares[0], rules.APPROVED)
    assert made.result == rules.PENDING, "half of the weight"
    assert made.said(made.shares[1], rules.APPROVED).result == rules.GRANTED, "five sixths"
    assert made.said(made.shares[1], rules.REJECTED).result == rules.REFUSED, "four sixths at most"


@given(st.integers(1, 5), every_no)
def test_in_a_sequence_exactly_one_has_it_and_the_earliest(count, on_no):
    made = step(rules.SEQUENTIAL, *[1] * count, on_no=on_no)
    for turn in range(count):
        assert ids(made.having(rules.OPEN)) == [turn]
        assert ids(made.having(rules.WAITING)) == list(range(turn + 1, count))
        made = made.said(made.shares[turn], rules.APPROVED)
    assert made.result == rules.GRANTED


@given(trees(st.builds(Terms, st.just(rules.SEQUENTIAL), every_no)))
def test_in_a_sequence_nobody_is_asked_before_those_ahead_have_decided(made):
    """Of those named by the policy, only one at a time has it with all who were added."""
    live = {top_of(made, share).order for share in made.having(rules.OPEN)}
    assert len(live) <= 1


def top_of(made: Made, share: Share) -> Share:
    while share.root is not None:
        share = next(other for other in made.shares if other.id == share.root)
    return share


@given(st.integers(2, 5), st.data())
def test_one_no_is_a_veto_or_counts_for_itself(count, data):
    mode = data.draw(st.sampled_from(MODES))
    veto = step(mode, *[1] * count)
    assert veto.said(veto.having(rules.OPEN)[0], rules.REJECTED).result == rules.REFUSED
    counted = step(mode, *[1] * count, on_no=rules.COUNT)
    after = counted.said(counted.having(rules.OPEN)[0], rules.REJECTED)
    closes = mode == rules.VOTE and count == 2
    assert after.result == (rules.REFUSED if closes else rules.PENDING)


@given(st.lists(WORDS, min_size=1, max_size=5), st.sampled_from((rules.ALL_OF, rules.SEQUENTIAL)))
def test_where_every_opinion_is_collected_all_are_heard_and_then_one_no_refuses(words, mode):
    made = step(mode, *[1] * len(words), on_no=rules.COUNT)
    for word in words:
        assert made.result == rules.PENDING
        made = made.said(made.having(rules.OPEN)[0], word)
    assert made.result == (rules.REFUSED if rules.REJECTED in words else rules.GRANTED)


@given(st.integers(2, 5), WORDS)
def test_where_any_one_signs_the_first_decision_counts_and_the_rest_is_done_by_other(count, word):
    made = step(rules.ANY_OF, *[1] * count)
    made = made.said(made.shares[-1], word)
    assert made.result == (rules.GRANTED if word == rules.APPROVED else rules.REFUSED)
    assert {share.status for share in made.shares[:-1]} == {rules.MOOT}


@given(st.lists(WORDS, min_size=1, max_size=5))
def test_where_any_one_signs_and_a_no_counts_for_itself_only_all_of_them_refuse(words):
    made = step(rules.ANY_OF, *[1] * len(words), on_no=rules.COUNT)
    for word in words:
        if made.result == rules.PENDING:
            made = made.said(made.having(rules.OPEN)[0], word)
    assert made.result == (rules.GRANTED if rules.APPROVED in words else rules.REFUSED)


# --- added signers ---


def test_before_then_me_then_after():
    made = step(rules.ALL_OF, 1)
    made = made.add(made.shares[0], 1, rules.ALL_OF, 1).add(made.shares[0], -1, rules.ALL_OF, 2)
    me, after, first, second = made.shares
    assert ids(made.having(rules.OPEN)) == [first.id, second.id]
    made = made.said(first, rules.APPROVED).said(second, rules.APPROVED)
    assert ids(made.having(rules.OPEN)) == [me.id]
    made = made.said(me, rules.APPROVED)
    assert ids(made.having(rules.OPEN)) == [after.id]
    assert made.said(after, rules.APPROVED).result == rules.GRANTED


def test_the_newest_addition_before_me_comes_first():
    """Somebody added before me has signed, I add another, and the first takes the signature back."""
    made = step(rules.ALL_OF, 1)
    made = made.add(made.shares[0], -1, rules.ALL_OF, 1)
    made = made.said(made.shares[1], rules.APPROVED).add(made.shares[0], -1, rules.ALL_OF, 1)
    assert ids(made.having(rules.OPEN)) == [2]
    made = made.said(made.shares[1], rules.WAITING)
    assert (ids(made.having(rules.OPEN)), ids(made.having(rules.WAITING))) == ([2], [0, 1])


@given(st.sampled_from(TURNS), st.sampled_from(MODES), st.sampled_from(JOINT), st.integers(1, 3), every_no)
def test_my_yes_passes_nothing_over_the_heads_of_those_i_added(turn, mode, joint, several, on_no):
    """Alone in the step, I cannot decide it while somebody I added has not spoken; unless any one is enough."""
    made = step(mode, 1, on_no=on_no).add(Share(0, rules.OPEN), turn, joint, several)
    mine = next((share for share in made.having(rules.OPEN) if share.id == 0), None)
    if turn == -1:
        assert mine is None
    else:
        enough = turn == 0 and mode == rules.ANY_OF
        assert made.said(mine, rules.APPROVED).result == (rules.GRANTED if enough else rules.PENDING)


@given(st.sampled_from((rules.SEQUENTIAL, rules.VOTE)), st.integers(1, 3))
def test_beside_me_means_at_my_place_in_a_sequence_and_within_my_vote(mode, several):
    made = step(mode, 1, 1, 1, on_no=rules.COUNT)
    made = made.add(made.shares[0], 0, rules.ALL_OF, several)
    beside = [share for share in made.shares if share.root == 0]
    assert {share.status for share in beside} == {rules.OPEN}
    assert {made.shares[1].status} == {rules.WAITING if mode == rules.SEQUENTIAL else rules.OPEN}
    for share in beside:
        made = made.said(share, rules.APPROVED)
    assert made.result == rules.PENDING, "no votes of their own"
    assert made.having(rules.OPEN)[0].id == 0, "and no overtaking"


@given(st.integers(1, 4), st.integers(1, 3))
def test_a_voter_brings_no_votes_of_their_own_however_many_they_add(additions, several):
    made = step(rules.VOTE, 2, 2, 1, on_no=rules.COUNT)
    for _addition in range(additions):
        made = made.add(made.shares[0], 0, rules.ALL_OF, several)
    made = made.add(made.shares[0], -1, rules.ALL_OF, several)
    while made.shares[0].status in OPENABLE:
        share = next(share for share in made.having(rules.OPEN) if share.id not in (1, 2))
        made = made.said(share, rules.APPROVED)
    for share in [share for share in made.having(rules.OPEN) if share.id not in (1, 2)]:
        made = made.said(share, rules.APPROVED)
    assert made.result == rules.PENDING, "two of five"
    assert made.said(made.shares[2], rules.APPROVED).result == rules.GRANTED, "three of five"
    assert made.said(made.shares[1], rules.REJECTED).result == rules.PENDING, "two against two of five"


def test_a_voter_keeps_the_weight_whoever_signs_before():
    made = step(rules.VOTE, 3, 1, 1, on_no=rules.COUNT)
    made = made.add(made.shares[0], -1, rules.ALL_OF, 1)
    made = made.said(made.shares[-1], rules.APPROVED)
    assert made.said(made.shares[0], rules.APPROVED).result == rules.GRANTED, "three of five"


def test_beside_somebody_in_an_added_sequence_means_at_their_place():
    made = step(rules.ALL_OF, 1).add(Share(0, rules.OPEN), -1, rules.SEQUENTIAL, 2)
    made = made.add(made.shares[1], 0, rules.ALL_OF, 1)
    assert (ids(made.having(rules.OPEN)), ids(made.having(rules.WAITING))) == ([1, 3], [0, 2])


@given(st.sampled_from(JOINT), st.integers(2, 3), st.data())
def test_several_added_together_pass_by_their_own_mode(joint, several, data):
    made = step(rules.ALL_OF, 1)
    made = made.add(made.shares[0], -1, joint, several)
    added = ids(made.shares[1:])
    needed = {rules.ANY_OF: 1, rules.ALL_OF: several, rules.SEQUENTIAL: several}[joint]
    assert ids(made.having(rules.OPEN)) == (added[:1] if joint == rules.SEQUENTIAL else added)
    for _yes in range(needed):
        assert made.shares[0].status == rules.WAITING
        share = data.draw(st.sampled_from(made.having(rules.OPEN)))
        made = made.said(share, rules.APPROVED)
    assert ids(made.having(rules.OPEN)) == [0]
    assert {share.status for share in made.shares[1:]} <= {rules.APPROVED, rules.MOOT}


# --- opinions ---


def test_a_delegated_share_waits_for_the_opinion_and_comes_back():
    made = step(rules.ALL_OF, 1, 1)
    made = made.ask(made.shares[0], blocks=True)
    assert made.shares[0].status == rules.WAITING
    assert made.having(rules.OPEN, role=rules.ADVISE)
    made = made.said(made.shares[-1], rules.ADVISED)
    assert made.shares[0].status == rules.OPEN
    assert made.shares[-1].status == rules.ADVISED


def test_a_consulted_share_does_not_wait_and_is_done_by_other_once_i_decide():
    made = step(rules.ALL_OF, 1, 1)
    made = made.ask(made.shares[0], blocks=False)
    assert made.shares[0].status == rules.OPEN
    made = made.said(made.shares[0], rules.APPROVED)
    assert made.shares[-1].status == rules.MOOT
    assert made.result == rules.PENDING


def test_an_opinion_taken_off_lets_its_asker_go_on():
    made = step(rules.ALL_OF, 1)
    made = made.ask(made.shares[0], blocks=True)
    made = made.said(made.shares[-1], rules.REMOVED)
    assert made.shares[0].status == rules.OPEN


def test_a_question_stays_open_though_its_asker_has_to_wait_for_somebody_added():
    made = step(rules.ALL_OF, 1)
    made = made.ask(made.shares[0], blocks=False).add(made.shares[0], -1, rules.ALL_OF, 1)
    assert [share.status for share in made.shares] == [rules.WAITING, rules.OPEN, rules.OPEN]
