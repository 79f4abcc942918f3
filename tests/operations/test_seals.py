"""The daily seal: one a day, over all heads, never changed; and what only a seal can tell about a forged record.

The owner of the database switches the triggers off and forges; each forgery is looked for by the system itself and by
the offline verifier, which runs alone in an empty folder.
"""

import gzip
import hashlib
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from flows.journal import checking, operations, rules, selectors, tasks, verifier
from flows.journal.models import RecordCheck, Seal, SealedHead, SealedRowStays
from flows.journal.operations import Draft
from flows.journal.operations_checks import check_due
from flows.journal.sealing import seal_record
from flows.projects.models import Project
from permissions.actors import SYSTEM
from tests.operations.test_journal import as_owner

NOON = datetime(2023, 9, 22, 4, tzinfo=UTC)
DAY = timedelta(days=1)
VERIFIER = Path(verifier.__file__)


def said(number, **more):
    return Draft(
        "step.approved", SYSTEM, NOON, NOON, {"n": number}, personal={"opinion": f"同意{number}"}, **more
    )


def grow(chain, first, last):
    operations.append(chain.pk, [said(number) for number in range(first, last + 1)])


@pytest.fixture
def one(db):
    return operations.open_chain("project", "示例项目一")


@pytest.fixture
def two(db):
    return operations.open_chain("project", "示例项目二")


@pytest.fixture
def sealed(one, two):
    """Two chains of five entries, sealed on two days: after three entries of the first, and after all."""
    grow(one, 1, 3)
    first = seal_record(now=NOON)
    grow(one, 4, 5), grow(two, 1, 5)
    return [first, seal_record(now=NOON + DAY)]


def found(known=()):
    """What the system finds: (chain or nothing, code)."""
    check = checking.verify(known=known)
    return {(key, each.code) for key, findings in check.broken.items() for each in findings} | {
        (None, each.code) for each in check.seals_broken
    }


def offline(folder, *words, forge=None):
    """The verifier alone in an empty folder, with nothing but the export."""
    alone = folder / "alone"
    alone.mkdir(exist_ok=True)
    shutil.copy(VERIFIER, alone / "verifier.py")
    export = alone / "record.gz"
    export.unlink(missing_ok=True)
    call_command("journal_export", export, stdout=StringIO())
    if forge:
        lines = gzip.decompress(export.read_bytes()).decode().splitlines()
        with gzip.open(export, "wt", encoding="utf-8") as out:
            out.write("\n".join(forge(lines)) + "\n")
    command = [sys.executable, "-I", "-S", "verifier.py", "record.gz", *words]
    return subprocess.run(command, cwd=alone, capture_output=True, text=True, timeout=60)


def both_find(folder, wanted, *, known=()):
    """The system and the verifier alone find the same, and this is among it."""
    here = found(known)
    done = offline(folder, *(word for code in known for word in ("--code", code)))
    there = {code for line in done.stdout.splitlines() for code in verifier.MEANING if f"[{code}]" in line}
    assert {code for _key, code in here} == there, done.stdout + done.stderr
    assert wanted <= here, here
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


# --- sealing ---


def test_a_day_has_one_seal_however_often_the_job_runs(one):
    grow(one, 1, 2)
    first = seal_record(now=NOON)
    assert seal_record(now=NOON + timedelta(hours=3)) is None
    assert seal_record(now=NOON - DAY) is None, "a clock that went back makes no second one"
    grow(one, 3, 4)
    second = seal_record(now=NOON + DAY)
    assert [first.number, second.number] == [1, 2]
    assert second.previous == first.hash
    assert list(SealedHead.objects.order_by("seal").values_list("seal", "length")) == [(1, 2), (2, 4)]


def test_a_seal_covers_every_chain_that_grew_and_binds_those_that_did_not(sealed, one, two):
    assert [seal.heads for seal in sealed] == [1, 2]
    third = seal_record(now=NOON + 2 * DAY)
    assert (third.heads, third.root) == (0, hashlib.sha256().hexdigest())
    assert found() == set()


def test_days_without_a_worker_are_held_by_the_next_seal(one):
    grow(one, 1, 1)
    seal_record(now=NOON)
    grow(one, 2, 9)
    later = seal_record(now=NOON + 5 * DAY)
    assert later.sealed_heads.get().length == 9
    assert rules.missed_days([seal.day for seal in Seal.objects.all()]) == 4


def test_a_code_can_be_read_from_paper_and_typed_as_it_was_understood(sealed):
    code = sealed[0].code
    assert len(code) == 19
    typed = code.lower().replace("-", " - ").replace("o", "0").replace("i", "1")
    assert verifier.codes_in(f"存证码 {typed}（2023年9月22日）") == [code]


@pytest.mark.parametrize("table", ["journal_seal", "journal_sealedhead"])
@pytest.mark.parametrize("act", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
def test_line_32_the_database_refuses_to_change_a_seal(sealed, table, act):
    column = "number" if table == "journal_seal" else "length"
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="journal"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(act.format(table, column))


def test_the_models_cannot_write_past_the_seal(sealed):
    with pytest.raises(SealedRowStays):
        sealed[0].save()
    with pytest.raises(SealedRowStays):
        SealedHead(seal=sealed[0], length=1, head="x").save()


def test_the_jobs_make_the_seal_and_look_once_a_day(one, monkeypatch):
    grow(one, 1, 1)
    monkeypatch.setattr(tasks.clock, "now", lambda: NOON)
    assert [tasks.make_seal(0), tasks.make_seal(0)] == [1, 0]
    assert tasks.check_record(0) is False
    assert check_due(now=NOON + timedelta(hours=1)) is None
    assert check_due(now=NOON + DAY).holds
    assert RecordCheck.objects.count() == 2


def test_a_record_that_does_not_hold_is_told_loudly_and_kept(sealed, caplog):
    as_owner("UPDATE journal_entry SET kind = 'x' WHERE number = 2")
    checked = check_due(now=NOON + DAY)
    assert not checked.holds
    assert "[edited]" in checked.found[0]
    assert caplog.records[-1].levelname == "CRITICAL"
    assert selectors.last_check() == checked


# --- line 33: what the owner of the database can do with the triggers off ---

SHORT = """
UPDATE journal_chain c SET length = {0}, head = (SELECT hash FROM journal_entry WHERE chain_id = c.id AND number = {0})
 WHERE c.id = {1}
"""


def rewritten(chain, **facts):
    """Statements that write a whole chain anew with right hashes, as this program itself would."""
    head, statements = rules.GENESIS, []
    for entry in chain.entries.order_by("number"):
        content = {
            "algorithm": entry.algorithm, "chain": chain.pk, "kind": entry.kind,
            "happened": rules.moment(entry.happened), "recorded": rules.moment(entry.recorded),
            "actor_id": entry.actor_id, "actor_post": entry.actor_post, "on_behalf_of_id": None,
            "on_behalf_post": "", "run_id": None, "facts": entry.facts | facts, "before": None, "after": None,
            "commitments": entry.commitments,
        }  # fmt: skip
        digest = rules.digest(content)
        head = rules.link(head, entry.number, digest)
        said = json.dumps(content["facts"])
        statements.append(
            f"UPDATE journal_entry SET facts = '{said}', digest = '{digest}', hash = '{head}' WHERE id = {entry.pk}"
        )
    return [*statements, f"UPDATE journal_chain SET head = '{head}' WHERE id = {chain.pk}"]


def test_line_33_edit_and_clock_and_personal_value(sealed, one, tmp_path):
    as_owner(
        f"UPDATE journal_entry SET happened = happened - interval '1 day' WHERE chain_id = {one.pk} AND number = 2"
    )
    both_find(tmp_path, {(one.pk, "edited")})
    as_owner("UPDATE journal_entrypersonal SET value = '不同意' WHERE value = '同意4'")
    both_find(tmp_path, {(one.pk, "edited"), (one.pk, "personal-edited")})


def test_line_33_delete_in_the_middle(sealed, one, tmp_path):
    chosen = f"(SELECT id FROM journal_entry WHERE chain_id = {one.pk} AND number = 2)"
    as_owner(
        f"DELETE FROM journal_entrypersonal WHERE entry_id IN {chosen}",
        f"DELETE FROM journal_entry WHERE id IN {chosen}",
    )
    both_find(tmp_path, {(one.pk, "missing")})


def test_line_33_a_tail_cut_off_with_its_head_is_found_by_the_seal_alone(sealed, one, tmp_path):
    chosen = f"(SELECT id FROM journal_entry WHERE chain_id = {one.pk} AND number > 3)"
    as_owner(
        f"DELETE FROM journal_entrypersonal WHERE entry_id IN {chosen}",
        f"DELETE FROM journal_entry WHERE id IN {chosen}",
        SHORT.format(3, one.pk),
    )
    assert found() == {(one.pk, "sealed-gone")}
    both_find(tmp_path, {(one.pk, "sealed-gone")})


def test_line_33_insert_and_reorder(sealed, one, tmp_path):
    as_owner(
        f"UPDATE journal_entry SET number = number + 100 WHERE chain_id = {one.pk} AND number IN (2, 4)",
        f"UPDATE journal_entry SET number = 106 - number WHERE chain_id = {one.pk} AND number > 100",
    )
    both_find(tmp_path, {(one.pk, "unlinked")})
    as_owner(
        f"""INSERT INTO journal_entry (chain_id, number, kind, happened, recorded, actor_post, on_behalf_post,
             facts, commitments, algorithm, digest, hash)
           SELECT chain_id, 6, kind, happened, recorded, actor_post, on_behalf_post, facts, '{{}}', algorithm,
             digest, hash FROM journal_entry WHERE chain_id = {one.pk} AND number = 5"""
    )
    both_find(tmp_path, {(one.pk, "beyond")})


def test_line_33_entries_swapped_between_two_projects(sealed, one, two, tmp_path):
    as_owner(
        f"UPDATE journal_entry SET number = number + 100 WHERE chain_id = {one.pk}",
        f"UPDATE journal_entry SET chain_id = {one.pk} WHERE chain_id = {two.pk}",
        f"UPDATE journal_entry SET chain_id = {two.pk}, number = number - 100 WHERE number > 100",
        "UPDATE journal_chain c SET head = (SELECT hash FROM journal_entry e WHERE e.chain_id = c.id AND number = 5)",
    )
    both_find(tmp_path, {(one.pk, "edited"), (two.pk, "edited"), (one.pk, "sealed-rewritten")})


def test_line_33_what_chains_are_called_swapped_is_found_by_the_seal(sealed, one, two, tmp_path):
    as_owner(
        f"UPDATE journal_chain SET public_id = gen_random_uuid() WHERE id = {two.pk}",
        f"UPDATE journal_chain SET kind = 'case' WHERE id = {one.pk}",
    )
    both_find(tmp_path, {(None, "seal-root")})


def test_line_33_two_projects_that_changed_their_chains(district, tmp_path):
    projects = [district.project(), district.project()]
    assert found() == set()
    (_, first), (_, second) = ((project.pk, project.chain_id) for project in projects)
    hold = "UPDATE projects_project SET chain_id = {0} WHERE id = {1}"
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        spare = operations.open_chain("project", "x").pk
        for chain, project in ((spare, 0), (first, 1), (second, 0)):
            cursor.execute(hold.format(chain, projects[project].pk))
    assert Project.objects.get(pk=projects[0].pk).chain_id == second
    both_find(tmp_path, {(first, "subject"), (second, "subject")})


def test_line_33_a_whole_chain_rewritten_with_right_hashes_is_found_by_the_seal_alone(sealed, one, tmp_path):
    as_owner(*rewritten(one, n=9))
    assert found() == {(one.pk, "sealed-rewritten")}
    both_find(tmp_path, {(one.pk, "sealed-rewritten")})


def test_line_33_a_chain_taken_away_altogether(sealed, two, tmp_path):
    chosen = f"(SELECT id FROM journal_entry WHERE chain_id = {two.pk})"
    fk = "SELECT conname FROM pg_constraint WHERE conrelid = 'journal_sealedhead'::regclass AND confrelid = 'journal_chain'::regclass"
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(fk)
        (name,) = cursor.fetchone()
        cursor.execute(f"ALTER TABLE journal_sealedhead DROP CONSTRAINT {name}")
    as_owner(
        f"DELETE FROM journal_entrypersonal WHERE entry_id IN {chosen}",
        f"DELETE FROM journal_entry WHERE chain_id = {two.pk}",
        f"DELETE FROM journal_chain WHERE id = {two.pk}",
    )
    both_find(tmp_path, {(two.pk, "chain-gone"), (None, "seal-root")})


def reseal():
    """Statements that make all seals anew from what stands in the record, with right hashes and codes."""
    statements, previous = [], rules.GENESIS
    for seal in Seal.objects.order_by("number"):
        root, kept = hashlib.sha256(), list(seal.sealed_heads.select_related("chain").order_by("chain_id"))
        for held in kept:
            place = held.chain.entries.get(number=held.length).hash
            chain = rules.Head(held.chain_id, held.chain.kind, str(held.chain.public_id), "", 0)
            root.update(rules.head_line(chain, held.length, place))
            statements.append(f"UPDATE journal_sealedhead SET head = '{place}' WHERE id = {held.pk}")
        made = rules.seal_hash(
            seal.number,
            seal.day.isoformat(),
            rules.moment(seal.made_at),
            seal.heads,
            previous,
            root.hexdigest(),
        )
        statements.append(
            f"UPDATE journal_seal SET root = '{root.hexdigest()}', hash = '{made}', previous = '{previous}', "
            f"code = '{rules.short_code(made)}' WHERE number = {seal.number}"
        )
        previous = made
    return statements


def test_line_33_even_seals_made_anew_are_found_by_a_code_on_paper(sealed, one, tmp_path):
    on_paper = [seal.code for seal in sealed]
    as_owner(*rewritten(one, n=9))
    as_owner(*reseal())
    assert found() == set(), "nothing inside the house can tell: this is the limit that a paper passes"
    assert offline(tmp_path).returncode == 0
    both_find(tmp_path, {(None, "code-unknown")}, known=on_paper)


def test_line_33_what_happened_since_the_last_seal_has_only_its_chain(sealed, one, tmp_path):
    grow(one, 6, 8)
    chosen = f"(SELECT id FROM journal_entry WHERE chain_id = {one.pk} AND number > 6)"
    as_owner(
        f"DELETE FROM journal_entrypersonal WHERE entry_id IN {chosen}",
        f"DELETE FROM journal_entry WHERE id IN {chosen}",
        SHORT.format(6, one.pk),
    )
    assert found() == set(), "the documented limit: the next seal ends it"


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        (
            "DELETE FROM journal_sealedhead WHERE seal_id = 1; DELETE FROM journal_seal WHERE number = 1",
            "seal-missing",
        ),
        ("UPDATE journal_seal SET day = day - 7 WHERE number = 1", "seal-edited"),
        ("UPDATE journal_seal SET code = 'AAAA-AAAA-AAAA-AAAA' WHERE number = 2", "seal-edited"),
        ("UPDATE journal_seal SET previous = repeat('a', 64) WHERE number = 2", "seal-unlinked"),
        ("UPDATE journal_sealedhead SET head = repeat('a', 64) WHERE seal_id = 2", "seal-root"),
        ("DELETE FROM journal_sealedhead WHERE seal_id = 2", "seal-root"),
    ],
)
def test_line_33_forged_seals_are_found(sealed, tmp_path, statement, code):
    as_owner(*statement.split(";"))
    both_find(tmp_path, {(None, code)})


# --- the export ---


def test_an_export_is_checked_alone_with_the_codes_of_papers(sealed, tmp_path):
    done = offline(tmp_path, "--code", sealed[0].code, "--code", sealed[1].code)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "record: 2 chains, 10 entries, 2 seals, 2 codes from papers: everything holds\n"
    assert (tmp_path / "alone" / "record.gz").stat().st_mode & 0o077 == 0


def test_the_seals_that_were_taken_out_are_taken_by_the_verifier(sealed, tmp_path):
    kept = tmp_path / "seals.json"
    kept.write_text(json.dumps({"seals": [{"code": seal.code, "hash": seal.hash} for seal in sealed]}))
    done = offline(tmp_path, "--seals", str(kept))
    assert "2 codes from papers: everything holds" in done.stdout
    kept.write_text("AAAA-AAAA-AAAA-AAAA")
    assert offline(tmp_path, "--seals", str(kept)).returncode == 1


def test_an_export_without_personal_values_still_proves_the_rest(sealed, tmp_path):
    file = tmp_path / "x.gz"
    call_command("journal_export", file, without_personal=True, stdout=StringIO())
    text = gzip.decompress(file.read_bytes()).decode()
    assert "同意" not in text
    assert verifier.check_export(text.splitlines())
    with pytest.raises(CommandError, match="exists"):
        call_command("journal_export", file, stdout=StringIO())


FORGED = {
    "cut off": lambda lines: lines[:-3],
    "a line taken out at the end of a chain": lambda lines: lines[:-2] + lines[-1:],
    "nothing": lambda lines: [],
    "another file": lambda lines: ['{"is": "something"}'],
    "no JSON": lambda lines: ["x", *lines],
    "a line of another shape": lambda lines: [*lines[:4], "[1, 2]", *lines[4:]],
    "a field taken out": lambda lines: [lines[0], lines[1].replace('"root"', '"route"'), *lines[2:]],
}


@pytest.mark.parametrize("name", FORGED)
def test_a_file_that_is_no_whole_export_is_told_in_one_line(sealed, tmp_path, name):
    done = offline(tmp_path, forge=FORGED[name])
    assert (done.returncode, done.stderr) == (2, "")
    assert done.stdout.startswith("not readable: ")


def test_what_is_changed_in_the_file_is_found(sealed, tmp_path):
    done = offline(tmp_path, forge=lambda lines: [line.replace('"n":2}', '"n":7}') for line in lines])
    assert done.returncode == 1
    assert "[edited]" in done.stdout


def test_the_command_takes_codes_from_papers(sealed):
    out = StringIO()
    call_command("journal_verify", code=[sealed[0].code], stdout=out)
    assert out.getvalue() == "journal: 2 chains, 10 entries, 2 seals, all verified\n"
    with pytest.raises(CommandError, match="code-unknown"):
        call_command("journal_verify", code=["AAAA-AAAA-AAAA-AAAA"], stdout=StringIO())
    with pytest.raises(CommandError, match="four times four"):
        call_command("journal_verify", code=["AAAA"], stdout=StringIO())
    out = StringIO()
    call_command("journal_seal", stdout=out)
    assert Seal.objects.latest("number").code in out.getvalue()


# --- what was removed ---


def test_a_personal_value_is_removed_by_a_command_with_who_and_why(sealed, one, tmp_path, django_user_model):
    django_user_model.objects.create(username="zhang", name="演示·张")
    words = [str(one.public_id), "2", "opinion"]
    call_command("journal_forget", *words, by="zhang", reason="本人申请删除", stdout=StringIO())
    assert found() == set()
    assert offline(tmp_path).returncode == 0
    [entry] = [line for line in selectors.history(one.pk) if line.number == 2]
    assert entry.removed == {"opinion"}
    [told] = selectors.history(operations.system_chain())
    assert (told.actor_name, told.personal["reason"]) == ("演示·张", "本人申请删除")
    for by, reason, number in (
        ("nobody", "x", "2"),
        ("zhang", " ", "3"),
        ("zhang", "x", "2"),
        ("zhang", "x", "99"),
    ):
        with pytest.raises(CommandError):
            call_command(
                "journal_forget", words[0], number, "opinion", by=by, reason=reason, stdout=StringIO()
            )


def test_a_value_removed_behind_the_records_back_is_found_alone_as_well(sealed, one, tmp_path):
    as_owner("DELETE FROM journal_entrypersonal WHERE value = '同意4'")
    both_find(tmp_path, {(one.pk, "personal-gone")})
