"""Reading the files of a run: the list on its sheet, one of them, with the same eyes as the sheet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from viewflow.workflow.status import PROCESS, STATUS

from flows.engine.models import Run
from flows.engine.selectors_fields import Fields, fields_of
from flows.engine.visibility import sees_run, visible_run
from hetang_flow.lib.errors import NotFound
from hetang_flow.lib.verdicts import Verdict
from permissions.actors import Actor

from . import rules
from .models import Attachment

FILES = "files"  # what a policy calls them when it hides them
ROW = JSONObject(
    public_id="public_id",
    name="name",
    size="size",
    pages="pages",
    sha256="sha256",
    uploaded="uploaded",
    who="uploaded_by__name",
    who_id="uploaded_by_id",
    step="step__status",
    withdrawn="withdrawn",
)


@dataclass(frozen=True, slots=True)
class Row:
    """A file in the list, and whether this person may take it away."""

    public_id: str
    name: str
    size: int
    pages: int
    sha256: str
    who: str
    uploaded: datetime
    withdrawn: bool
    removable: bool


@dataclass(slots=True)
class Files:
    """The files of a run as one person sees them; `errors` are those of an upload that was refused."""

    run: Run
    rows: Sequence[Row]
    may_add: bool
    errors: list[Any] = field(default_factory=list)

    @property
    def kept(self) -> list[Row]:
        """Those that nobody took away."""
        return [row for row in self.rows if not row.withdrawn]


def of_run(run: str) -> ArraySubquery:
    """The files of the run a row names in the column `run`, to be read with the row (no statement of its own)."""
    return ArraySubquery(Attachment.objects.filter(run_id=OuterRef(run)).order_by("pk").values(j=ROW))


def files_in(rows: Sequence[Mapping[str, Any]], run: Run, actor: Actor, fields: Fields) -> Files:
    """The list as this person sees it, from what `of_run` has read; empty where the policy hides it (no statement)."""
    started = run.initiator_id == actor.user_id and run.initiator_post_id in actor.post_ids
    suspended = run.suspended_at is not None
    bring = rules.may_bring(
        acts=bool(fields.acting), started=started, over=run.status != PROCESS.NEW, suspended=suspended
    )
    shown = [] if fields.hides(FILES) else [_row(row, actor, suspended) for row in rows]
    return Files(run, shown, bool(bring) and not actor.administrator)


def _row(row: Mapping[str, Any], actor: Actor, suspended: bool) -> Row:
    may: Verdict = rules.may_withdraw(
        brought=row["who_id"] == actor.user_id,
        step_open=row["step"] == STATUS.NEW,
        suspended=suspended,
        withdrawn=row["withdrawn"] is not None,
    )
    plain = {name: row[name] for name in ("public_id", "name", "size", "pages", "sha256", "who")}
    uploaded = datetime.fromisoformat(row["uploaded"])
    return Row(**plain, uploaded=uploaded, withdrawn=row["withdrawn"] is not None, removable=bool(may))


def files_of(run_id: UUID, actor: Actor, at: datetime) -> Files:
    """The files of a run this person sees (two statements). Raises NotFound, as the sheet does."""
    run = visible_run(run_id, actor, at, Run.objects.annotate(files=of_run("pk")))
    return files_in(run.files, run, actor, fields_of([run.pk], actor)[run.pk])


def file_for(attachment_id: UUID, actor: Actor, at: datetime) -> Attachment:
    """A file of a run this person sees, as its sheet lists it; NotFound otherwise, as for one that does not exist.

    One that was taken away is not given out any more.
    """
    found = (
        Attachment.objects.filter(public_id=attachment_id, withdrawn=None)
        .select_related("run", "uploaded_by")
        .first()
    )
    seen = found is not None and sees_run(found.run, actor, at)
    if found is None or not seen or fields_of([found.run_id], actor)[found.run_id].hides(FILES):
        raise NotFound("no-such-file")
    return found


def pages_of(file: Attachment) -> range:
    """The pages that can be shown, counted from 1; none of a file that only its own program opens."""
    return range(1, file.pages + 1) if file.content_type in rules.READABLE else range(0)
