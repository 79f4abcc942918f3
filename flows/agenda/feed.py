"""One's own deadlines as iCalendar (RFC 5545): a whole day for each, titles only; the library folds the lines."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from .selectors import Deadline

PRODUCT = "-//Hetang Flow//deadlines//ZH"
FETCH_EVERY = timedelta(hours=1)


def calendar_of(found: Iterable[Deadline], now: datetime) -> bytes:
    """The calendar, in the language of the site: a program that fetches it speaks for nobody's browser."""
    with translation.override(settings.LANGUAGE_CODE):
        name = _("My deadlines")
        calendar = Calendar()
        calendar.add("prodid", PRODUCT)
        calendar.add("version", "2.0")
        calendar.add("method", "PUBLISH")
        calendar.add("name", name)
        calendar.add("x-wr-calname", name)
        calendar.add("x-wr-timezone", settings.TIME_ZONE)
        calendar.add("refresh-interval", FETCH_EVERY, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT1H")
        for each in found:
            if each.due is not None:
                calendar.add_component(_event(each, now))
        return calendar.to_ical()


def _event(each: Deadline, now: datetime) -> Event:
    """A whole day that keeps nobody's time; what is confidential says only that there is a task, and leads home."""
    event = Event()
    event.add("uid", str(uuid5(NAMESPACE_URL, f"{settings.PUBLIC_URL}#{each.key}")))
    event.add("dtstamp", now)
    event.add("sequence", each.moved)
    event.add("dtstart", each.due)
    event.add("dtend", each.due + timedelta(days=1))  # type: ignore[operator] - the caller left out what has no day
    event.add("summary", said(each))
    event.add("url", settings.PUBLIC_URL + ("/" if each.confidential else each.url))
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    return event


def said(each: Deadline) -> str:
    """What a calendar says of a deadline."""
    if each.confidential:
        return _("You have a new task")
    return _("%(what)s: %(title)s") % {"what": each.what, "title": each.title}
