"""Lists that go out as workbooks: the rows of a page, with who took them out, when and a number; the record keeps the hash."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from flows.engine.typesetting import seal_line
from flows.journal.operations import record
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import NotAllowed
from hetang_flow.lib.verdicts import YES, Verdict
from hetang_flow.lib.workbooks import Field, Page, export
from permissions.actors import Actor

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def may_take_out(actor: Actor) -> Verdict:
    """Whether this person takes a list out that they see: whoever holds a post that is not an outside party's."""
    return YES if actor.is_of_the_district else Verdict("not-to-be-taken-out", {})


def hand_out(
    title: str,
    fields: Sequence[Field],
    rows: Iterable[Mapping[str, Any]],
    *,
    chain_id: int,
    may: Verdict | None = None,
    notes: Sequence[str] = (),
    by: Actor,
    now: datetime,
) -> bytes:
    """The workbook of these rows, and the entry that says who took it out. Raises NotAllowed before a row is read.

    `may` is the verdict of a room with a narrower rule than `may_take_out`; `notes` stand below the rows.
    """
    (may_take_out(by) if may is None else may).or_raise(NotAllowed)
    day = district_day(now)
    number = f"{day:%Y%m%d}-{now:%H%M%S}-{by.user_id}"
    about = {"who": by.capacity or by.name, "day": day.isoformat(), "number": number}
    footer = [_("taken out by %(who)s on %(day)s, number %(number)s") % about, *notes]
    data = export(Page(title, fields, [line for line in (*footer, seal_line()) if line]), rows)
    facts = {"list": title, "number": number, "sha256": hashlib.sha256(data).hexdigest()}
    record("list.exported", chain_id=chain_id, by=by, happened=now, now=now, facts=facts)
    return data


def download(name: str, data: bytes) -> HttpResponse:
    """A workbook as a download that nothing on the way keeps."""
    response = HttpResponse(data, content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.xlsx") or "attachment"
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
