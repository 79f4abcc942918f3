"""The runs of visits: opened after the announcement, closed when their round is called off; each in a transaction.

A round touches many projects, and each has a chain of its own; in one transaction they would be locked one after
another, with people's counters in between.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from viewflow.workflow.status import PROCESS

from flows.engine.models import Run
from flows.engine.operations import close_by_system, start_run
from hetang_flow.lib.errors import Refusal
from permissions.actors import SYSTEM

from .flow import InspectionFlow
from .models import Visit
from .selectors import OVER

LONGEST_TITLE = 200
log = logging.getLogger(__name__)


def open_visits(*, now: datetime, round_id: int | None = None) -> int:
    """Open what waits for its run, of one round or of all; close what has lost its ground. Returns how many were opened.

    Safe to run twice and by several workers: one that fails is logged and left for the next time.
    """
    done = _each(_of_round(_waiting(), round_id), open_one, now=now)
    _each(_of_round(_groundless(), round_id), close_one, now=now)
    return done


def _waiting() -> QuerySet[Visit]:
    return Visit.objects.filter(run=None, closed=None, round__called_off=None).exclude(
        project__phase__in=OVER
    )


def _groundless() -> QuerySet[Visit]:
    """Visits whose round was called off, and those whose project was over before they were opened."""
    lost = Q(round__called_off__isnull=False) | Q(run=None, project__phase__in=OVER)
    return Visit.objects.filter(lost, closed=None)


def _of_round(visits: QuerySet[Visit], round_id: int | None) -> list[int]:
    found = visits.filter(round_id=round_id) if round_id else visits
    return list(found.order_by("pk").values_list("pk", flat=True))


def _each(keys: Iterable[int], act: Callable[..., bool], *, now: datetime) -> int:
    done = 0
    for key in keys:
        try:
            done += act(key, now=now)
        except (Refusal, IntegrityError) as refused:
            log.warning("%s of visit %s is put off: %s", act.__name__, key, refused)
        except Exception:
            log.exception("%s of visit %s failed", act.__name__, key)
    return done


@transaction.atomic
def open_one(visit_id: int, *, now: datetime) -> bool:
    """Open the run of one visit; tells whether it did. What another worker holds, or has opened, is left alone."""
    locked = Visit.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    visit = locked.filter(pk=visit_id).select_related("round", "project").first()
    if visit is None or not _waiting().filter(pk=visit_id).exists():
        return False
    project = visit.project
    number = Visit.objects.filter(project=project, run__isnull=False).count() + 1

    def with_visit(run: Run) -> None:
        visit.run = run
        visit.save(update_fields=["run"])

    start_run(
        InspectionFlow,
        title=f"{visit.round.name}：{project.name}"[:LONGEST_TITLE],
        label=InspectionFlow.label,
        code=f"{project.code}-I{number:02d}",
        chain_id=project.chain_id,
        by=SYSTEM,
        now=now,
        before_first_step=with_visit,
    )
    return True


def close_one(visit_id: int, *, now: datetime) -> bool:
    """Close one visit that has lost its ground, with its run where it has one."""
    visit = Visit.objects.select_related("run").get(pk=visit_id)
    if visit.run is not None and visit.run.status == PROCESS.NEW:
        close_by_system(visit.run.public_id, now=now, why="called-off")
        return True
    return bool(Visit.objects.filter(pk=visit_id, closed=None).update(closed=now))
