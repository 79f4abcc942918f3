"""What one operation leaves behind besides its rows: entries of the record, notices, copies; written once, at its end."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any

from flows.journal.operations import Draft, append
from notifications import notices
from permissions.actors import Actor

from .. import resolvers
from ..models import Copy, Run, Step

CAMPAIGN_OFFICE = "campaign-office"


class Ledger:
    """The record and the notices of one operation on one run; runs moved together share both lists."""

    def __init__(self, *, by: Actor, now: datetime) -> None:
        self.by, self.now = by, now
        self.on_behalf_of: Actor | None = None
        self.run: Run = None  # type: ignore[assignment]
        self.entries: list[tuple[int, Draft]] = []
        self.notices: list[notices.Draft] = []
        self.copies: list[Copy] = []

    def record(self, kind: str, step: Step | None, *, opinion: str = "", **facts: Any) -> None:
        """Keep an accepted fact for the record; written once, when the operation flushes."""
        self.entries.append((self.run.chain_id, self.draft(kind, step, opinion=opinion, **facts)))

    def changed(
        self,
        kind: str,
        before: dict[str, Any],
        after: dict[str, Any],
        *,
        step: Step | None = None,
        opinion: str = "",
        **facts: Any,
    ) -> None:
        """Keep a change of the run's subject for the record: what it was, and what it is now."""
        draft = replace(self.draft(kind, step, opinion=opinion, **facts), before=before, after=after)
        self.entries.append((self.run.chain_id, draft))

    def draft(self, kind: str, step: Step | None, *, opinion: str = "", **facts: Any) -> Draft:
        """An entry about this run, by this person, in the capacity of this operation."""
        about = {"run": self.run.code, "label": self.run.label, "round": self.run.round}
        if step is not None:
            about |= {"node": step.flow_task.name, "step": step.pk, "step_round": step.round}
        return Draft(
            kind=kind,
            by=self.by,
            happened=self.now,
            now=self.now,
            facts=about | facts,
            personal={"opinion": opinion} if opinion else {},
            on_behalf_of=self.on_behalf_of,
            run_id=self.run.pk,
        )

    def tell(self, kind: str, step: Step | None, to: Iterable[int | None], *, key: str, **facts: str) -> None:
        """Announce to people; the rows are written in this transaction, delivered after it."""
        flow = self.run.flow_class.instance
        people = sorted(flow.audience(self.run, {user for user in to if user is not None}, self.now))
        if not people:
            return
        about = {"title": self.run.title, "label": self.run.label, "code": self.run.code}
        if step is not None:
            about["step"] = str(step.flow_task.task_title)
        self.notices.append(
            notices.Draft(
                kind=kind,
                key=key,
                to=people,
                facts=about | facts,
                url=flow.address(self.run),
                about=self.run.public_id,
                copied=kind == "run.copied",
                confidential=flow.confidential,
            )
        )

    def tell_campaign_office(self, kind: str, step: Step | None, *, key: str, **facts: str) -> None:
        """Announce to everybody in the campaign office (one statement)."""
        office = resolvers.signers_where(resolvers.Q(organisation__code=CAMPAIGN_OFFICE), at=self.now)
        self.tell(kind, step, {user for signer in office for user in signer.told}, key=key, **facts)

    def copy_to(self, people: Iterable[int], *, sent_by: int | None = None) -> None:
        """Send the run for information; who has it already is not told again."""
        wanted = sorted(set(people))
        self.copies += [
            Copy(run=self.run, user_id=user, sent_by_id=sent_by, sent=self.now) for user in wanted
        ]
        self.tell("run.copied", None, wanted, key=f"copied:{self.run.pk}")

    def flush(self) -> None:
        """Write copies, the record chain by chain, then all notices at once: the last locks, held shortest."""
        if self.copies:
            Copy.objects.bulk_create(self.copies, ignore_conflicts=True)
        by_chain = sorted(self.entries, key=lambda pair: pair[0])
        for chain_id, pairs in groupby(by_chain, key=lambda pair: pair[0]):
            append(chain_id, [draft for _chain, draft in pairs])
        if self.notices:
            notices.put_many(self.notices, now=self.now)
