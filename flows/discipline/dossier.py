"""卷宗: what was known at the referral, put together once from the other rooms, for and against with the same care."""

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from flows.lights.models import StatusLight
from flows.lights.words import explain
from flows.obstacles.models import Obstacle
from flows.supervision.models import Climb, Item, Slip
from flows.timetables.models import Timetable
from hetang_flow.lib.clock import district_day
from notifications.models import Delivery, Notice

from .models import Case, Dossier

FOR, AGAINST = "for", "against"
MOST_LIGHTS = 40


def freeze(case: Case, *, now: datetime) -> Dossier:
    """Write the dossier of a new case; its hash is what stands on every copy."""
    facts = sorted(_facts(case, now), key=lambda fact: (fact["day"], fact["side"], fact["text"]))
    body = canonical(
        {
            "subject": case.unit.name,
            "person": str(case.person) if case.person else "",
            "project": case.project.name if case.project else "",
            "matter": case.measure.climb.item.title if case.measure else "",
            "known_at": now.isoformat(),
            "facts": facts,
        }
    )
    return Dossier.objects.create(case=case, body=body, sha256=digest(body), frozen=now)


def canonical(body: Any) -> str:
    """The one way in which the same content is written."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """The hash that is printed."""
    return hashlib.sha256(text.encode()).hexdigest()


def opened(dossier: Dossier) -> dict[str, Any]:
    """A dossier to be read: its facts in two columns, and whether it still is what was frozen."""
    body = json.loads(dossier.body)
    sides = {side: [fact for fact in body["facts"] if fact["side"] == side] for side in (FOR, AGAINST)}
    return body | {
        "in_favour": sides[FOR],
        "against": sides[AGAINST],
        "whole": digest(dossier.body) == dossier.sha256,
    }


def _fact(side: str, day: date | datetime, text: str) -> dict[str, str]:
    on = district_day(day) if isinstance(day, datetime) else day
    return {"side": side, "day": on.isoformat(), "text": text}


def _facts(case: Case, now: datetime) -> Iterator[dict[str, str]]:
    item = case.measure.climb.item if case.measure else None
    if item is not None:
        yield from _of_item(item)
        yield from _slips(item)
        yield from _notices(item)
    if case.project_id:
        yield from _extensions(case.project_id, now)
        yield from _obstacles(case.project_id, item, now)
        yield from _lights(case.project_id, now)


def _of_item(item: Item) -> Iterator[dict[str, str]]:
    about = {"title": item.title, "due": item.due_on.isoformat()}
    if item.ground == Item.Ground.OVERDUE:
        yield _fact(AGAINST, item.due_on, _("was due: %(title)s") % about)
    else:
        words = {"ground": item.get_ground_display(), "reason": item.reason}
        yield _fact(AGAINST, item.opened, _("entered by a person, %(ground)s: %(reason)s") % words)
    if item.first_due_on and item.first_due_on != item.due_on:
        first = about | {"first": item.first_due_on.isoformat()}
        yield _fact(
            FOR, item.first_due_on, _("the day was moved by approval from %(first)s to %(due)s") % first
        )
    for climb in Climb.objects.filter(item=item).select_related("decided_by").order_by("rung"):
        words = {"rung": climb.name, "state": climb.get_state_display(), "reason": climb.reason}
        side = FOR if climb.state == Climb.State.DECLINED else AGAINST
        text = _("%(rung)s, %(state)s: %(reason)s") if climb.reason else _("%(rung)s, %(state)s")
        yield _fact(side, climb.decided or climb.told, text % words)


def _slips(item: Item) -> Iterator[dict[str, str]]:
    for slip in Slip.objects.filter(climb__item=item).order_by("issued"):
        about = {"slip": slip.code, "due": slip.due_on.isoformat(), "answer": slip.answer}
        if slip.signed_for:
            yield _fact(FOR, slip.signed_for, _("signed for slip %(slip)s") % about)
        if slip.answer:
            yield _fact(FOR, slip.issued, _("answered slip %(slip)s: %(answer)s") % about)
        else:
            yield _fact(AGAINST, slip.due_on, _("slip %(slip)s, due %(due)s, was not answered") % about)
        if slip.struck_off:
            yield _fact(FOR, slip.struck_off, _("slip %(slip)s was struck off") % about)


def _notices(item: Item) -> Iterator[dict[str, str]]:
    """A notice counts against nobody until it is proven that it arrived."""
    sent = Delivery.objects.filter(notice=OuterRef("pk"), state=Delivery.State.SENT)
    rows = Notice.objects.filter(kind="supervision.climbed", key__startswith=f"climb:{item.pk}:")
    for notice in rows.select_related("user").annotate(sent=Exists(sent)).order_by("created", "user_id"):
        about = {"who": str(notice.user), "rung": notice.facts.get("rung", "—")}
        if notice.read_at:
            yield _fact(AGAINST, notice.read_at, _("%(who)s opened the notice of “%(rung)s”") % about)
        elif notice.sent:
            yield _fact(
                AGAINST, notice.created, _("the notice of “%(rung)s” was delivered to %(who)s") % about
            )
        else:
            text = _("no proof that the notice of “%(rung)s” reached %(who)s")
            yield _fact(FOR, notice.created, text % about)


def _extensions(project: int, now: datetime) -> Iterator[dict[str, str]]:
    """Every extension that was asked for, granted or not."""
    asked = Timetable.objects.filter(project_id=project, kind=Timetable.Kind.EXTEND, opened__lte=now)
    for extension in asked.order_by("number"):
        about = {"reason": extension.reason}
        yield _fact(FOR, extension.opened, _("asked for an extension: %(reason)s") % about)
        if extension.adopted:
            yield _fact(FOR, extension.adopted, _("the extension was granted: %(reason)s") % about)
        elif extension.state == Timetable.State.CLOSED:
            yield _fact(AGAINST, extension.opened, _("the extension was not granted: %(reason)s") % about)


def _obstacles(project: int, item: Item | None, now: datetime) -> Iterator[dict[str, str]]:
    """What stood in the way and was reported, and whether it was before the day it was due."""
    for obstacle in Obstacle.objects.filter(project_id=project, opened__lte=now).order_by("opened"):
        about = {"title": obstacle.title}
        in_time = item is None or district_day(obstacle.opened) <= item.due_on
        text = _("reported in time: %(title)s") if in_time else _("reported after the day: %(title)s")
        yield _fact(FOR, obstacle.opened, text % about)
        if obstacle.struck_off:
            yield _fact(FOR, obstacle.struck_off, _("this obstacle was removed: %(title)s") % about)


def _lights(project: int, now: datetime) -> Iterator[dict[str, str]]:
    """The lights where their colour changed, with what explained them then."""
    before = ""
    rows = StatusLight.objects.filter(project_id=project, day__lte=district_day(now)).select_related("scheme")
    for light in list(rows.order_by("-day")[:MOST_LIGHTS])[::-1]:
        if light.colour == before:
            continue
        before = light.colour
        about = {"light": light.get_colour_display(), "why": explain(light)}
        side = AGAINST if light.colour in (StatusLight.Colour.RED, StatusLight.Colour.YELLOW) else FOR
        yield _fact(side, light.day, _("%(light)s: %(why)s") % about)
