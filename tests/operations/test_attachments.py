"""Files handed in with work: by whom, until when, how many; what was dealt with stays, and the paper names its hash."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from flows.engine import operations as engine
from flows.engine.models import Run
from flows.files import operations, rules, selectors, storage
from flows.files.models import Attachment
from flows.files.papers import file_rows
from flows.journal.models import Entry
from flows.obstacles import operations as obstacles
from flows.obstacles.models import Obstacle
from flows.obstacles.operations import Raised
from hetang_flow.lib import archive
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from hetang_flow.refusal_texts import TEXTS
from tests.operations.test_files import pdf, picture, upload
from tests.support import obstructed
from tests.support.obstructed import MEASURE, REASON, answered, assigned, raised


@pytest.fixture
def hindered(district):
    return obstructed.prepare(district)


def bring(district, obstacle, name, file="现场.jpg", content=None):
    return operations.attach(
        obstacle.run.public_id,
        upload(file, content or picture()),
        by=district.actor(name),
        now=district.now,
    )


def take_away(district, attachment, name):
    return operations.withdraw(attachment.public_id, by=district.actor(name), now=district.now)


def code_of(kind, call):
    with pytest.raises(kind) as caught:
        call()
    assert caught.value.code in TEXTS
    return caught.value.code


def entries(run, kind):
    return list(Entry.objects.filter(run_id=run.pk, kind=kind).order_by("pk"))


def stored():
    root = storage._root()
    return {path.name for path in root.rglob("*") if path.is_file()}


# --- handing in ---


def test_whoever_is_asked_brings_a_photograph_and_the_record_says_so(hindered):
    obstacle = assigned(hindered)
    photo = bring(hindered, obstacle, "shi")
    share = hindered.share(obstacle.run, "shi")
    assert (photo.assignment, photo.step, photo.uploaded_by) == (share, share.step, hindered.users["shi"])
    assert storage.path_of(photo.stored_as).is_file()
    (entry,) = entries(obstacle.run, "attachment.added")
    assert entry.facts["sha256"] == photo.sha256
    assert "现场" not in str(entry.facts), "a file's name may name a person"
    assert entry.actor_id == hindered.users["shi"].pk


def test_whoever_raised_it_adds_papers_while_others_deal_with_it(hindered):
    obstacle = assigned(hindered)
    paper = bring(hindered, obstacle, "chen", "函.pdf", pdf())
    assert paper.assignment is None
    assert paper.step == hindered.share(obstacle.run, "shi").step


def test_the_unit_that_verifies_adds_what_it_saw(hindered):
    obstacle = answered(hindered)
    assert bring(hindered, obstacle, "lin").assignment == hindered.share(obstacle.run, "lin")


@pytest.mark.parametrize("name", ["wang", "zhao", "lin"])
def test_whoever_has_no_part_in_it_brings_nothing(hindered, name):
    obstacle = assigned(hindered)
    before = stored()
    assert code_of(NotAllowed, lambda: bring(hindered, obstacle, name)) == "not-your-matter"
    assert not Attachment.objects.exists()
    assert stored() == before


def test_a_file_that_is_not_what_it_says_leaves_no_row_and_no_bytes(hindered):
    obstacle = assigned(hindered)
    before = stored()
    wrong = code_of(Invalid, lambda: bring(hindered, obstacle, "shi", "a.pdf", picture()))
    assert wrong == "file-not-what-it-says"
    assert not Attachment.objects.exists()
    assert stored() == before


def test_the_twentieth_file_comes_in_and_the_next_does_not(hindered):
    obstacle = assigned(hindered)
    files = [bring(hindered, obstacle, "shi") for _ in range(rules.MOST_FILES)]
    before = stored()
    assert code_of(Invalid, lambda: bring(hindered, obstacle, "shi")) == "too-many-files"
    assert stored() == before
    take_away(hindered, files[0], "shi")
    bring(hindered, obstacle, "shi")


def test_nothing_is_added_to_a_matter_that_is_over_or_stands_still(hindered):
    obstacle = answered(hindered)
    lin, run = hindered.actor("lin"), obstacle.run
    engine.suspend(run.public_id, by=hindered.actor("gao"), now=hindered.now, reason=REASON)
    assert code_of(WrongState, lambda: bring(hindered, obstacle, "lin")) == "run-suspended"
    engine.resume(run.public_id, by=hindered.actor("gao"), now=hindered.now)
    engine.approve(run.public_id, hindered.share(run, "lin").pk, by=lin, now=hindered.now)
    assert code_of(WrongState, lambda: bring(hindered, obstacle, "chen")) == "matter-over"


def test_a_milestone_takes_no_files_but_its_evidence(hindered):
    run = hindered.submitted().run
    lin = hindered.actor("lin")
    refused = code_of(
        WrongState,
        lambda: operations.attach(run.public_id, upload("a.pdf", pdf()), by=lin, now=hindered.now),
    )
    assert refused == "takes-no-files"


def test_an_obstacle_is_raised_together_with_its_photographs_or_not_at_all(hindered):
    project, chen = hindered.project(), hindered.actor("chen")

    def press(kind, *files):
        with operations.keeping(files) as kept:
            said = Raised(kind=kind, title="施工用电未接入")
            return obstacles.raise_obstacle(project.public_id, said, by=chen, now=hindered.now, kept=kept)

    obstacle = press("utilities", upload("一.jpg", picture()), upload("二.pdf", pdf()))
    assert [file.name for file in obstacle.run.attachments.all()] == ["一.jpg", "二.pdf"]
    before = stored()
    assert code_of(Invalid, lambda: press("nonsense", upload("三.jpg", picture()))) == "no-such-kind"
    assert code_of(Invalid, lambda: press("utilities", upload("四.exe", b"x"))) == "file-type"
    assert Obstacle.objects.count() == 1
    assert stored() == before


# --- taking away ---


def test_their_own_file_is_taken_away_while_the_work_is_open_and_its_hash_stays(hindered):
    obstacle = assigned(hindered)
    photo = bring(hindered, obstacle, "shi")
    hindered.now += timedelta(minutes=5)
    take_away(hindered, photo, "shi")
    photo.refresh_from_db()
    assert photo.withdrawn == hindered.now
    (entry,) = entries(obstacle.run, "attachment.withdrawn")
    assert entry.facts["sha256"] == photo.sha256
    assert code_of(WrongState, lambda: take_away(hindered, photo, "shi")) == "changed-meanwhile"
    assert len(entries(obstacle.run, "attachment.withdrawn")) == 1


def test_nobody_takes_away_what_another_brought_or_what_was_dealt_with(hindered):
    obstacle = assigned(hindered)
    photo = bring(hindered, obstacle, "shi")
    assert code_of(NotAllowed, lambda: take_away(hindered, photo, "chen")) == "not-your-file"
    obstacles.answer_obstacle(obstacle.public_id, measure=MEASURE, by=hindered.actor("shi"), now=hindered.now)
    assert code_of(WrongState, lambda: take_away(hindered, photo, "shi")) == "file-handed-in"
    photo.refresh_from_db()
    assert photo.withdrawn is None
    by = hindered.actor("shi")
    with pytest.raises(NotFound):
        operations.withdraw(uuid4(), by=by, now=hindered.now)


# --- reading ---


def read(district, attachment, name):
    return selectors.file_for(attachment.public_id, district.actor(name), district.now)


def test_a_file_is_for_whoever_sees_the_matter_and_for_nobody_once_it_is_taken_away(hindered):
    obstacle = raised(hindered)
    photo = bring(hindered, obstacle, "chen")
    assert read(hindered, photo, "zhao") == photo
    with pytest.raises(NotFound):
        read(hindered, photo, "wang")
    take_away(hindered, photo, "chen")
    with pytest.raises(NotFound):
        read(hindered, photo, "zhao")


def test_the_list_says_what_each_person_may_do(hindered):
    obstacle = assigned(hindered)
    photo = bring(hindered, obstacle, "shi")
    run: Run = obstacle.run

    def files(name):
        return selectors.files_of(run.public_id, hindered.actor(name), hindered.now)

    assert [(row.name, row.removable) for row in files("shi").rows] == [("现场.jpg", True)]
    assert [(row.name, row.removable) for row in files("zhao").rows] == [("现场.jpg", False)]
    assert (files("shi").may_add, files("chen").may_add, files("zhao").may_add) == (True, True, False)
    ((_name, listed),) = file_rows(files("zhao"))
    assert listed == f"1. 现场.jpg\nSHA-256 {photo.sha256}"
    take_away(hindered, photo, "shi")
    assert [row.withdrawn for row in files("zhao").rows] == [True]
    assert file_rows(files("zhao")) == []


def test_a_policy_that_hides_files_hides_them_from_the_list_and_from_the_address(hindered):
    obstacle = assigned(hindered)
    photo = bring(hindered, obstacle, "shi")
    policy = hindered.share(obstacle.run, "shi").step.policy
    type(policy).objects.filter(pk=policy.pk).update(field_access={"others:files": "hidden"})
    obstructed.forget_policies()
    assert selectors.files_of(obstacle.run.public_id, hindered.actor("zhao"), hindered.now).rows == []
    with pytest.raises(NotFound):
        read(hindered, photo, "zhao")
    assert read(hindered, photo, "shi") == photo


def test_a_backup_has_the_files_that_were_handed_in(hindered, tmp_path, settings):
    photo = bring(hindered, assigned(hindered), "shi")
    dump = tmp_path / "dump"
    dump.write_bytes(b"x")
    root = Path(settings.EVIDENCE_ROOT)
    packed = archive.pack(tmp_path / "a.tar.gz", dump=dump, evidence=root, facts={})
    assert packed.hashes[f"{archive.EVIDENCE}{photo.stored_as}"] == photo.sha256
