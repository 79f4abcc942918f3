"""Handing in files with a piece of work, and taking one away again before it was dealt with."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from viewflow.workflow.status import PROCESS, STATUS

from flows.engine.models import Assignment, Step
from flows.engine.operations.move import Move, moving
from flows.engine.rules import OPEN
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from permissions.actors import Actor

from . import registry, rules, storage
from .models import Attachment

PERSON_CODES = frozenset({"not-your-matter", "not-your-file"})


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was looked at and lies in the store, before a row names it."""

    inspected: storage.Inspected
    stored_as: str


@contextmanager
def keeping(uploads: Sequence[UploadedFile]) -> Iterator[list[Kept]]:
    """Look at these files and keep them; when what follows fails, none stays. Raises Invalid before anything follows."""
    kept: list[Kept] = []
    try:
        for upload in uploads:
            inspected = storage.inspect(upload)
            kept.append(Kept(inspected, storage.store(upload, inspected)))
        yield kept
    except BaseException:
        for each in kept:
            storage.discard(each.stored_as)
        raise


def attach(run_id: UUID, upload: UploadedFile, *, by: Actor, now: datetime) -> Attachment:
    """附件: add a file to the work this person is asked for, or to the matter they started.

    Raises Invalid for a file of the wrong kind, size or content, NotAllowed for anybody else, WrongState once it is over.
    """
    with _bringing(run_id, by=by, now=now):
        pass  # whether this person may at all is asked before the file is opened, and again when it is written
    with keeping([upload]) as kept:
        return lay(run_id, kept, by=by, now=now)[0]


def lay(run_id: UUID, kept: Sequence[Kept], *, by: Actor, now: datetime) -> list[Attachment]:
    """Write the rows of files that are kept, all or none; raises as `attach` does."""
    with _bringing(run_id, by=by, now=now) as (move, step, share):
        sizes = list(Attachment.objects.filter(run=move.run, withdrawn=None).values_list("size", flat=True))
        return [_written(move, step, share, each, sizes) for each in kept]


def _written(move: Move, step: Step, share: Assignment | None, kept: Kept, sizes: list[int]) -> Attachment:
    found = kept.inspected
    rules.may_attach(sizes, found.size).or_raise(Invalid)
    sizes.append(found.size)
    attachment = Attachment.objects.create(
        run=move.run,
        step=step,
        assignment=share,
        name=found.name,
        stored_as=kept.stored_as,
        content_type=found.content_type,
        size=found.size,
        sha256=found.sha256,
        pages=found.pages,
        uploaded=move.now,
        uploaded_by_id=move.by.user_id,
    )
    # The name of a file may name a person, so it stands with the words and not among the facts.
    move.record("attachment.added", step, opinion=found.name, attachment=attachment.pk, sha256=found.sha256)
    return attachment


def withdraw(attachment_id: UUID, *, by: Actor, now: datetime) -> Attachment:
    """撤下附件: take one's own file away before the step it came with is over; its name and hash stay in the record."""
    found = Attachment.objects.select_related("run").filter(public_id=attachment_id).first()
    if found is None:
        raise NotFound("no-such-file")
    with moving(found.run.public_id, by=by, now=now) as move:
        if by.administrator:
            raise NotAllowed("administrator")
        step = next((step for step in move.open_steps() if step.pk == found.step_id), None)
        verdict = rules.may_withdraw(
            brought=found.uploaded_by_id == by.user_id,
            step_open=step is not None,
            suspended=move.run.suspended_at is not None,
        )
        verdict.or_raise(NotAllowed if verdict.code in PERSON_CODES else WrongState)
        Move.change_one(Attachment.objects.filter(pk=found.pk, withdrawn=None), withdrawn=now)
        move.record(
            "attachment.withdrawn", step, opinion=found.name, attachment=found.pk, sha256=found.sha256
        )
        found.withdrawn = now
        return found


@contextmanager
def _bringing(run_id: UUID, *, by: Actor, now: datetime) -> Iterator[tuple[Move, Step, Assignment | None]]:
    """The run under its lock, with the step and the share of the work the file comes with."""
    with moving(run_id, by=by, now=now) as move:
        if by.administrator:
            raise NotAllowed("administrator")
        run, share = move.run, _share_of(move)
        started = run.initiator_id == by.user_id and run.initiator_post_id in by.post_ids
        if not registry.are_taken(run.flow_class.code):
            raise WrongState("takes-no-files")
        verdict = rules.may_bring(
            acts=share is not None,
            started=started,
            over=run.status != PROCESS.NEW,
            suspended=run.suspended_at is not None,
        )
        verdict.or_raise(NotAllowed if verdict.code in PERSON_CODES else WrongState)
        if share is not None:
            move.act_in_post_of(share)
            yield move, share.step, share
        else:
            move.by = by.in_post(run.initiator_post_id)
            yield move, move.open_steps()[0], None


def _share_of(move: Move) -> Assignment | None:
    """The open share this person may use, the one that was handed to them first."""
    asked = [
        share
        for share in move.load()
        if share.status == OPEN and share.step.status == STATUS.NEW and move.standing(share).mine
    ]
    return min(asked, key=lambda share: share.handed_to_id != move.by.user_id, default=None)
