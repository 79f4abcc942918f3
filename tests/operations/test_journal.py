"""The record on PostgreSQL: what is appended stays, what is changed is refused, what is forged is found."""

import threading
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.operations import DatabaseOperations

from flows.journal import operations, selectors
from flows.journal.models import Chain, Entry, EntryPersonal, WrittenByAppendOnly
from flows.journal.operations import Draft
from hetang_flow.lib.errors import Invalid, NotFound
from permissions.actors import SYSTEM, Actor, PostRef
from permissions.models import User

NOON = datetime(2023, 9, 22, 4, tzinfo=UTC)
DESK = PostRef(1, "drc-officer", "区发展改革局经办员", "officer", 1, "drc", "区发展改革局")


@pytest.fixture
def chain(db):
    return operations.open_chain("project", "示例项目")


@pytest.fixture
def officer(db):
    user = User.objects.create(username="drc-officer", name="演示·经办员")
    return Actor(user.pk, user.name, (DESK,), acting=DESK)


def draft(by=SYSTEM, kind="step.approved", **more):
    return Draft(kind, by, more.pop("happened", NOON), more.pop("now", NOON), **more)


def filled(chain, count=5, by=SYSTEM):
    return operations.append(
        chain.pk, [draft(by, facts={"n": n}, personal={"opinion": f"同意{n}"}) for n in range(count)]
    )


def findings(chain):
    return [
        (found.code, found.first, found.last) for found in selectors.verify(chain.pk).broken.get(chain.pk, [])
    ]


def as_owner(*statements):
    """What somebody with the owner's password could do: triggers off, then anything."""
    tables = ("journal_entry", "journal_entrypersonal", "journal_chain", "journal_seal", "journal_sealedhead")
    # A table with constraints still to be checked cannot be altered.
    switch = "SET CONSTRAINTS ALL IMMEDIATE; " + "; ".join(
        f"ALTER TABLE {name} {{0}} TRIGGER USER" for name in tables
    )
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in (switch.format("DISABLE"), *statements, switch.format("ENABLE")):
            cursor.execute(statement)


def test_what_was_appended_can_be_read_and_verified(chain, officer):
    recorded = operations.record(
        "milestone.submitted",
        chain_id=chain.pk,
        by=officer,
        happened=NOON - timedelta(days=2),
        now=NOON,
        facts={"phase": "started"},
        before={"state": "signed"},
        personal={"opinion": "材料齐全"},
        on_behalf_of=SYSTEM,
        run_id=12,
    )
    [line] = selectors.history(chain.pk)
    assert (line.id, line.number, recorded.key) == (recorded.id, 1, f"entry:{recorded.id}")
    assert (line.actor_id, line.actor_name, line.actor_post) == (officer.user_id, officer.name, DESK.name)
    assert (line.on_behalf_name, line.on_behalf_post, line.run_id) == (SYSTEM.name, "", 12)
    assert (line.happened, line.recorded) == (NOON - timedelta(days=2), NOON)
    assert (line.facts, line.before, line.after) == ({"phase": "started"}, {"state": "signed"}, None)
    assert line.personal["opinion"] == "材料齐全"
    chain.refresh_from_db()
    assert (chain.head, chain.length) == (recorded.hash, 1)
    assert findings(chain) == []


def test_an_append_is_one_statement_however_many_entries(chain, django_assert_num_queries):
    with django_assert_num_queries(1):
        recorded = filled(chain, 50)
    assert [entry.number for entry in recorded] == list(range(1, 51))
    with django_assert_num_queries(1):
        assert len(selectors.history(chain.pk)) == 50
    with django_assert_num_queries(0):
        assert operations.append(chain.pk, []) == []


def test_history_can_be_narrowed_to_a_run(chain):
    operations.append(chain.pk, [draft(run_id=1), draft(run_id=2), draft(run_id=1)])
    assert [line.number for line in selectors.history(chain.pk, run_id=1)] == [1, 3]


def test_as_of_tells_what_was_known_from_what_had_happened(chain):
    day = timedelta(days=1)
    operations.append(
        chain.pk,
        [
            draft(happened=NOON, now=NOON),
            draft(happened=NOON + 3 * day, now=NOON + 3 * day),
            draft(happened=NOON, now=NOON + 5 * day),
        ],
    )
    later = NOON + 9 * day
    assert [line.number for line in selectors.as_of(chain.pk, NOON + day)] == [1]
    assert [line.number for line in selectors.as_of(chain.pk, later)] == [1, 2, 3]
    assert [line.number for line in selectors.as_of(chain.pk, later, happened_until=NOON + day)] == [1, 3]


def test_an_unknown_chain_broken_text_and_floats_are_refused_and_leave_nothing(chain):
    with pytest.raises(IntegrityError, match="no chain"), transaction.atomic():
        operations.append(chain.pk + 1000, [draft()])
    for wrong in ({"facts": {"a": "\x00"}}, {"personal": {"opinion": "\ud800"}}):
        with pytest.raises(Invalid, match="text-not-storable"):
            operations.append(chain.pk, [draft(), draft(**wrong)])
    with pytest.raises(TypeError, match="float"):
        operations.append(chain.pk, [draft(facts={"a": 0.1})])
    assert selectors.history(chain.pk) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_entry SET facts = '{}'",
        "UPDATE journal_entry SET run_id = 1",
        "DELETE FROM journal_entry",
        "TRUNCATE journal_entry CASCADE",
        "UPDATE journal_entrypersonal SET value = ''",
        "TRUNCATE journal_entrypersonal",
        "TRUNCATE journal_chain CASCADE",
        "TRUNCATE permissions_user CASCADE",
        "DELETE FROM journal_chain",
        "UPDATE journal_chain SET length = length + 1",
        "UPDATE journal_chain SET length = length - 1",
        "UPDATE journal_chain SET head = repeat('f', 64)",
        "UPDATE journal_chain SET kind = 'case'",
        "UPDATE journal_chain SET public_id = gen_random_uuid()",
    ],
)
def test_line_31_the_database_refuses_to_change_the_record(chain, statement):
    filled(chain)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="journal"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert findings(chain) == []


def test_a_head_cannot_move_to_an_entry_that_skips_numbers(chain):
    filled(chain, 2)
    insert = """INSERT INTO journal_entry (chain_id, number, kind, happened, recorded, actor_post,
        on_behalf_post, facts, commitments, algorithm, digest, hash)
        VALUES (%s, 4, 'x', now(), now(), '', '', '{}', '{}', 'sha256', repeat('a', 64), repeat('b', 64))"""
    with connection.cursor() as cursor:
        cursor.execute(insert, [chain.pk])
    with pytest.raises(IntegrityError, match="journal"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE journal_chain SET length = 4, head = repeat('b', 64) WHERE id = %s", [chain.pk]
        )
    assert findings(chain) == [("edited", 4, 4), ("missing", 3, 3), ("beyond", 3, 4)]


def test_the_models_cannot_write_past_the_chain(chain):
    with pytest.raises(WrittenByAppendOnly):
        Entry.objects.create(chain=chain, number=1, kind="x", happened=NOON, recorded=NOON)
    with pytest.raises(WrittenByAppendOnly):
        EntryPersonal(field="x", value="y").save()
    chain.name = "改名后的项目"
    chain.save(update_fields=["name"])


EDIT = "UPDATE journal_entry SET {0} WHERE number = 3"
TAMPERED = {
    "facts": (EDIT.format("facts = '{\"n\": 9}'"), [("edited", 3, 3)]),
    "clock": (EDIT.format("happened = happened - interval '1 day'"), [("edited", 3, 3)]),
    "record clock": (EDIT.format("recorded = 'infinity'"), [("edited", 3, 3)]),
    "post": (EDIT.format("actor_post = '区长'"), [("edited", 3, 3)]),
    "digest": (EDIT.format("digest = repeat('a', 64)"), [("edited", 3, 3), ("unlinked", 3, 3)]),
    "hash": (EDIT.format("hash = repeat('a', 64)"), [("unlinked", 3, 4)]),
    "opinion": (
        "UPDATE journal_entrypersonal SET value = '不同意' WHERE value = '同意2'",
        [("personal-edited", 3, 3)],
    ),
    "reorder": (
        """UPDATE journal_entry SET number = number + 100 WHERE number IN (2, 4);
           UPDATE journal_entry SET number = 106 - number WHERE number > 100""",
        [("unlinked", 2, 5)],
    ),
    "insert": (
        """UPDATE journal_entry SET number = number + 100 WHERE number > 2;
           UPDATE journal_entry SET number = number - 99 WHERE number > 100;
           INSERT INTO journal_entry (chain_id, number, kind, happened, recorded, actor_post, on_behalf_post,
             facts, commitments, algorithm, digest, hash)
           SELECT chain_id, 3, kind, happened, recorded, actor_post, on_behalf_post, facts, '{}', algorithm,
             digest, hash FROM journal_entry WHERE number = 2""",
        [("edited", 3, 3), ("unlinked", 3, 6), ("head", 5, 5), ("beyond", 6, 6)],
    ),
    "append": (
        """INSERT INTO journal_entry (chain_id, number, kind, happened, recorded, actor_post, on_behalf_post,
             facts, commitments, algorithm, digest, hash)
           SELECT chain_id, 6, kind, happened, recorded, actor_post, on_behalf_post, facts, '{}', algorithm,
             digest, hash FROM journal_entry WHERE number = 5""",
        [("edited", 6, 6), ("unlinked", 6, 6), ("beyond", 6, 6)],
    ),
    "head": ("UPDATE journal_chain SET head = repeat('a', 64)", [("head", 5, 5)]),
    "length": ("UPDATE journal_chain SET length = 4", [("head", 4, 4), ("beyond", 5, 5)]),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_line_33_tampering_by_the_owner_is_found(chain, name):
    filled(chain)
    statement, found = TAMPERED[name]
    as_owner(*statement.split(";"))
    assert sorted(findings(chain)) == sorted(found)


@pytest.mark.parametrize(
    ("numbers", "found"),
    [("3", ("missing", 3, 3)), ("4, 5", ("tail", 4, 5)), ("1, 2, 3, 4, 5", ("tail", 1, 5))],
)
def test_line_33_entries_deleted_by_the_owner_are_missed(chain, numbers, found):
    filled(chain)
    chosen = f"(SELECT id FROM journal_entry WHERE number IN ({numbers}))"
    as_owner(
        f"DELETE FROM journal_entrypersonal WHERE entry_id IN {chosen}",
        f"DELETE FROM journal_entry WHERE id IN {chosen}",
    )
    assert findings(chain) == [found]


def test_line_33_entries_swapped_between_two_projects_are_found(chain):
    other = operations.open_chain("project", "另一项目")
    filled(chain), filled(other)
    as_owner(
        f"UPDATE journal_entry SET number = number + 100 WHERE chain_id = {chain.pk}",
        f"UPDATE journal_entry SET chain_id = {chain.pk} WHERE chain_id = {other.pk}",
        f"UPDATE journal_entry SET chain_id = {other.pk}, number = number - 100 WHERE number > 100",
        """UPDATE journal_chain c
           SET head = (SELECT hash FROM journal_entry e WHERE e.chain_id = c.id AND number = 5)""",
    )
    assert [findings(each) for each in (chain, other)] == [[("edited", 1, 5)]] * 2


def test_a_personal_value_can_be_removed_and_the_chain_stays_whole(chain, officer):
    [entry] = filled(chain, 1, officer)
    removal = operations.forget_personal(entry.id, "actor_name", by=officer, now=NOON, reason="本人申请")
    [line] = selectors.history(chain.pk)
    assert (line.actor_name, line.removed, line.personal) == ("", {"actor_name"}, {"opinion": "同意0"})
    [said] = selectors.history(operations.system_chain())
    assert (said.id, said.facts["number"], said.personal["reason"]) == (removal.id, 1, "本人申请")
    assert selectors.verify().broken == {}


def test_a_personal_value_removed_behind_the_records_back_is_found(chain):
    filled(chain)
    EntryPersonal.objects.filter(value="同意2").delete()
    assert findings(chain) == [("personal-gone", 3, 3)]


def test_forgetting_needs_a_reason_and_something_to_forget(chain):
    [entry] = filled(chain, 1)
    with pytest.raises(Invalid, match="reason-missing"):
        operations.forget_personal(entry.id, "opinion", by=SYSTEM, now=NOON, reason=" ")
    with pytest.raises(NotFound, match="nothing-to-forget"):
        operations.forget_personal(entry.id, "no such field", by=SYSTEM, now=NOON, reason="本人申请")
    assert selectors.history(chain.pk)[0].removed == frozenset()


def test_there_is_one_system_chain(db):
    assert operations.system_chain() == operations.system_chain()
    with pytest.raises(IntegrityError), transaction.atomic():
        operations.open_chain("system", "second")


def test_the_command_counts_what_it_verified_and_fails_on_what_is_broken(chain):
    empty = operations.open_chain("plan", "2023")
    filled(chain)
    out = StringIO()
    call_command("journal_verify", stdout=out)
    assert out.getvalue() == "journal: 2 chains, 5 entries, 0 seals, all verified\n"
    as_owner(EDIT.format("kind = 'x'"))
    out = StringIO()
    call_command("journal_verify", chain=empty.pk, stdout=out)
    assert out.getvalue() == "journal: 1 chains, 0 entries, all verified\n"
    out = StringIO()
    with pytest.raises(CommandError, match="journal: 2 chains, 5 entries, 0 seals, 1 chains BROKEN: edited"):
        call_command("journal_verify", stdout=out)
    assert out.getvalue() == (
        f"chain {chain.pk} (project {chain.public_id}): "
        "entry 3: the content is not what was recorded [edited]\n"
    )
    with pytest.raises(CommandError, match="no chain"):
        call_command("journal_verify", chain=chain.pk + 1000)


@pytest.fixture(scope="module")
def emptied_with_triggers_off():
    """Let Django empty the tables after a test with real transactions; the triggers would rightly refuse."""

    def flush(self, sql_list):
        as_owner(*sql_list)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", flush)
        yield


@pytest.mark.races
@pytest.mark.usefixtures("emptied_with_triggers_off")
@pytest.mark.django_db(transaction=True)
def test_appends_at_the_same_instant_keep_one_chain():
    chain = operations.open_chain("project", "示例项目")
    start, errors = threading.Barrier(4), []

    def write():
        try:
            start.wait()
            for _ in range(25):
                operations.append(chain.pk, [draft(), draft()])
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert errors == []
    assert Chain.objects.get(pk=chain.pk).length == 200
    assert findings(chain) == []
