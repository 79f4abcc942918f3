"""Why a day is the day: sentences for people, in the language that is active."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from flows.deadlines.rules import DueDay, HolidayRun, MarkedDay


def explain(due: DueDay) -> str:
    """Return one sentence: from when, how many working days, what was skipped or counted, if provisional."""
    facts = {"start": full_day(due.start), "due": full_day(due.day), "limit": due.limit}
    facts["detail"] = "".join(_clauses(due))
    facts["proviso"] = _proviso(due)
    return _pattern(due) % facts


def _pattern(due: DueDay) -> str:
    if due.limit == 0 and due.day == due.start:
        return _("Due on the starting day %(start)s itself, a working day%(proviso)s.")
    if due.limit == 0:
        return _("%(start)s is not a working day%(detail)s; due on the next one, %(due)s%(proviso)s.")
    if due.limit == 1:
        return _("1 working day from %(start)s, which is not counted%(detail)s: due on %(due)s%(proviso)s.")
    return _(
        "%(limit)s working days from %(start)s, which is not counted%(detail)s: due on %(due)s%(proviso)s."
    )


def full_day(day: date) -> str:
    """Return a day with its weekday: 2023年9月22日（周五）."""
    return _with_weekday(day) % {"day": date_format(day, "DATE_FORMAT")}


def _with_weekday(day: date) -> str:
    """Return the pattern that puts this day's weekday behind %(day)s."""
    return (
        _("%(day)s (Mon)"),
        _("%(day)s (Tue)"),
        _("%(day)s (Wed)"),
        _("%(day)s (Thu)"),
        _("%(day)s (Fri)"),
        _("%(day)s (Sat)"),
        _("%(day)s (Sun)"),
    )[day.weekday()]


def _month_day(day: date) -> str:
    """Return 9月29日; Django's own Chinese MONTH_DAY_FORMAT would write 09月29日."""
    return date_format(day, _("F j"))


def _listed(parts: list[str]) -> str:
    pattern = _("%(first)s, %(next)s")
    text = parts[0]
    for part in parts[1:]:
        text = pattern % {"first": text, "next": part}
    return text


def _clauses(due: DueDay) -> list[str]:
    """Return what was stepped over and what was counted, each clause with its own leading comma."""
    skipped = due.skipped
    passed = [_holiday(run) for run in skipped.holidays]
    if skipped.weekend_days == 1:
        passed.append(_("1 weekend day"))
    elif skipped.weekend_days:
        passed.append(_("%(days)s weekend days") % {"days": skipped.weekend_days})
    clauses = []
    if passed:
        # From a limit of 0 nothing lies between: the start itself is what is stepped over.
        pattern = _(", skipping %(what)s") if due.limit else _(", stepping over %(what)s")
        clauses.append(pattern % {"what": _listed(passed)})
    if len(skipped.makeup_days) == 1:
        clauses.append(
            _(", counting the make-up working day %(days)s") % {"days": _makeup(skipped.makeup_days)}
        )
    elif skipped.makeup_days:
        clauses.append(
            _(", counting the make-up working days %(days)s") % {"days": _makeup(skipped.makeup_days)}
        )
    return clauses


def _holiday(run: HolidayRun) -> str:
    facts = {
        "name": _listed([holiday_name(name) for name in run.names]),
        "first": _month_day(run.first),
        "last": _month_day(run.last),
        "days": run.days,
    }
    if run.days == 1:
        return _("%(name)s (%(first)s)") % facts
    return _("%(name)s (%(first)s to %(last)s, %(days)s days)") % facts


def _makeup(days: tuple[MarkedDay, ...]) -> str:
    return _listed([_with_weekday(mark.day) % {"day": _month_day(mark.day)} for mark in days])


def _proviso(due: DueDay) -> str:
    if not due.provisional:
        return ""
    years = _listed([str(year) for year in due.unpublished_years])
    return _(
        "; provisional, because the holiday arrangement of %(years)s is not in the calendar"
        " and only weekends and statutory holidays were skipped"
    ) % {"years": years}


def holiday_name(name: str) -> str:
    """Return the festival in the reader's language; a name nobody foresaw stays as it was published."""
    known = {
        "元旦": _("New Year's Day"),
        "春节": _("Spring Festival"),
        "清明节": _("Qingming Festival"),
        "劳动节": _("Labour Day"),
        "端午节": _("Dragon Boat Festival"),
        "中秋节": _("Mid-Autumn Festival"),
        "国庆节": _("National Day"),
        "中秋节、国庆节": _("Mid-Autumn Festival and National Day"),
    }
    return known.get(name, name)
