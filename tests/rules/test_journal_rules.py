"""The record's arithmetic: one form for each value, one hash for each place."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.journal import rules
from flows.journal.rules import GENESIS, Sealed

storable = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | storable,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(storable, inner, max_size=4),
    max_leaves=12,
)
mappings = st.dictionaries(storable, values, max_size=4)
moments = st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(UTC))
maybe_keys = st.none() | st.integers(1, 2**62)
contents = st.fixed_dictionaries(
    {
        "algorithm": st.just("sha256"),
        "chain": st.integers(1, 2**62),
        "kind": storable,
        "happened": moments,
        "recorded": moments,
        "actor_id": maybe_keys,
        "actor_post": storable,
        "on_behalf_of_id": maybe_keys,
        "on_behalf_post": storable,
        "run_id": maybe_keys,
        "facts": mappings,
        "before": st.none() | mappings,
        "after": st.none() | mappings,
        "commitments": st.dictionaries(storable, storable, max_size=2),
    }
)


def told_apart(value):
    """The value in a form where True is not 1, whatever its depth."""
    if isinstance(value, dict):
        return {"{": {key: told_apart(item) for key, item in value.items()}}
    if isinstance(value, list):
        return [told_apart(item) for item in value]
    return (type(value).__name__, value)


def chain_of(contents, personal=()):
    """Link contents as journal_append does; returns entries and head."""
    entries, head = [], GENESIS
    for number, content in enumerate(contents, 1):
        content = rules.plain(content)
        digest = rules.digest(content)
        head = rules.link(head, number, digest)
        entries.append(Sealed(number, content, digest, head, dict(personal)))
    return entries, head


def sample(count):
    """`count` contents that differ in their facts."""
    day = datetime(2023, 9, 22, 8, tzinfo=UTC)
    blank = dict.fromkeys(rules.CONTENT_FIELDS) | {"algorithm": "sha256", "chain": 7, "commitments": {}}
    return [
        blank | {"kind": "step.approved", "happened": day, "recorded": day, "facts": {"n": n}}
        for n in range(count)
    ]


def codes(findings):
    return [(finding.code, finding.first, finding.last) for finding in findings]


@given(values, values)
def test_different_values_are_written_differently(one, other):
    assert (rules.canonical(one) == rules.canonical(other)) == (told_apart(one) == told_apart(other))


@given(values)
def test_what_is_written_reads_back_the_same_and_writes_the_same(value):
    assert told_apart(json.loads(rules.canonical(value))) == told_apart(value)
    assert rules.canonical(json.loads(rules.canonical(value))) == rules.canonical(value)


@given(mappings)
def test_the_order_of_keys_does_not_matter(value):
    assert rules.canonical(dict(reversed(value.items()))) == rules.canonical(value)


@given(contents, contents, st.sampled_from([name for name in rules.CONTENT_FIELDS if name != "algorithm"]))
def test_changing_any_one_field_changes_the_digest(content, other, field):
    changed = content | {field: other[field]}
    same = rules.canonical(content[field]) == rules.canonical(other[field])
    assert (rules.digest(changed) == rules.digest(content)) == same


def test_a_content_with_a_field_too_many_or_too_few_is_refused():
    content = sample(1)[0]
    for wrong in (content | {"extra": 1}, {key: content[key] for key in content if key != "before"}):
        with pytest.raises(ValueError, match="content differs"):
            rules.digest(wrong)


def test_times_days_decimals_and_uuids_have_one_form():
    shanghai = timezone(timedelta(hours=8))
    assert rules.plain(
        {
            "at": datetime(2023, 9, 22, 16, 0, tzinfo=shanghai),
            "on": date(2023, 9, 22),
            "amount": Decimal("1.2E+3"),
            "exact": Decimal("12.30"),
            "id": UUID(int=1),
            "list": (1, "二"),
        }
    ) == {
        "at": "2023-09-22T08:00:00.000000Z",
        "on": "2023-09-22",
        "amount": "1200",
        "exact": "12.30",
        "id": "00000000-0000-0000-0000-000000000001",
        "list": [1, "二"],
    }


@pytest.mark.parametrize("value", [1.5, {1: "a"}, {"a"}, b"a", object(), Decimal("NaN")])
def test_what_storage_would_not_keep_exactly_is_refused(value):
    with pytest.raises(TypeError):
        rules.plain({"value": value})


@pytest.mark.parametrize("value", ["a\x00b", "\ud800"])
def test_broken_text_is_refused_as_key_and_as_value(value):
    for mapping in ({"text": value}, {value: "text"}):
        with pytest.raises(rules.Unstorable):
            rules.plain(mapping)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        rules.plain(datetime(2023, 9, 22))


@given(st.lists(contents, max_size=5))
def test_an_untouched_chain_has_no_findings(many):
    entries, head = chain_of(many)
    assert rules.verify_chain(entries, head, len(entries)) == []


@given(st.lists(contents, min_size=1, max_size=5), st.data())
def test_any_edit_of_any_entry_is_found_where_it_is(many, data):
    entries, head = chain_of(many)
    index = data.draw(st.integers(0, len(entries) - 1))
    victim = entries[index]
    facts = data.draw(
        mappings.filter(lambda facts: rules.canonical(facts) != rules.canonical(victim.content["facts"]))
    )
    entries[index] = victim._replace(content={**victim.content, "facts": facts})
    assert codes(rules.verify_chain(entries, head, len(entries))) == [("edited", index + 1, index + 1)]


@given(st.integers(2, 8), st.data())
def test_entries_taken_out_are_named(length, data):
    entries, head = chain_of(sample(length))
    first = data.draw(st.integers(1, length))
    last = data.draw(st.integers(first, length))
    left = [entry for entry in entries if not first <= entry.number <= last]
    assert codes(rules.verify_chain(left, head, length)) == [
        ("tail" if last == length else "missing", first, last)
    ]


@given(st.permutations(range(5)))
def test_entries_in_each_others_places_are_found(order):
    entries, head = chain_of(sample(5))
    moved = [entries[old]._replace(number=number) for number, old in enumerate(order, 1)]
    assert bool(rules.verify_chain(moved, head, 5)) == (list(order) != list(range(5)))


def test_an_edit_with_its_digest_made_anew_breaks_the_link():
    entries, head = chain_of(sample(4))
    content = {**entries[1].content, "facts": {"n": 99}}
    entries[1] = entries[1]._replace(content=content, digest=rules.digest(content))
    assert codes(rules.verify_chain(entries, head, 4)) == [("unlinked", 2, 2)]


def test_an_entry_of_another_chain_is_not_at_home():
    entries, head = chain_of(sample(3))
    at_home_elsewhere = [entry._replace(content={**entry.content, "chain": 8}) for entry in entries]
    assert codes(rules.verify_chain(at_home_elsewhere, head, 3)) == [("edited", 1, 3)]


def test_an_entry_past_the_end_and_a_forged_head_are_found():
    entries, head = chain_of(sample(3))
    assert codes(rules.verify_chain(entries, entries[1].hash, 2)) == [("beyond", 3, 3)]
    assert codes(rules.verify_chain(entries, "f" * 64, 3)) == [("head", 3, 3)]
    assert codes(rules.verify_chain([], "f" * 64, 0)) == [("head", 0, 0)]


def test_entries_given_out_of_order_and_unknown_algorithms_are_findings():
    entries, head = chain_of(sample(2))
    assert ("order", 1, 1) in codes(rules.verify_chain(reversed(entries), head, 2))
    odd = entries[0]._replace(content={**entries[0].content, "algorithm": "md5"})
    assert codes(rules.verify_chain([odd, entries[1]], head, 2)) == [("algorithm", 1, 1)]


def test_a_personal_value_may_be_gone_but_not_changed_or_added():
    content = sample(1)[0] | {"commitments": {"opinion": rules.commit("salt", "agreed")}}
    [entry], head = chain_of([content])
    kept = entry._replace(personal={"opinion": ("salt", "agreed")})
    changed = entry._replace(personal={"opinion": ("salt", "refused")})
    added = entry._replace(personal={"reason": ("salt", "agreed")})
    assert [list(rules.gone(each)) for each in (entry, kept)] == [["opinion"], []]
    assert [codes(rules.verify_chain([each], head, 1)) for each in (entry, kept, changed, added)] == [
        [],
        [],
        [("personal-edited", 1, 1)],
        [("personal-added", 1, 1)],
    ]


def test_a_finding_reads_as_a_sentence():
    [finding] = rules.verify_chain(chain_of(sample(5))[0][:2], "f" * 64, 5)
    assert str(finding) == "entries 3 to 5: cut off at the end [tail]"
