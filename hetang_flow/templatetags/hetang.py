"""What every page says the same way: icons, days, moments and money. Translation only, no queries."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hetang_flow.lib import clock, figures

register = template.Library()

# A date is one word: it never breaks between its number and its unit.
JOIN = "\u2060"
WEEKDAYS = "一二三四五六日"
DEMO = "演示·"


def _chinese() -> bool:
    return (get_language() or "").startswith("zh")


def _local(value: date | datetime) -> datetime | date:
    return value.astimezone(clock.DISTRICT) if isinstance(value, datetime) else value


def _as_day(value: date | datetime) -> date:
    local = _local(value)
    return local.date() if isinstance(local, datetime) else local


def _written(value: date, *, year: bool) -> str:
    if not _chinese():
        return date_format(value, "j M Y" if year else "j M").replace(" ", "\u00a0")
    short = f"{value.month}{JOIN}月{JOIN}{value.day}{JOIN}日"
    return f"{value.year}{JOIN}年{JOIN}{short}" if year else short


@register.filter
def day_short(value: date | datetime | None) -> str:
    """A day without its weekday, the year only when it is another one: 7月12日."""
    if not value:
        return ""
    which = _as_day(value)
    return _written(which, year=which.year != clock.district_day(clock.now()).year)


@register.filter
def day(value: date | datetime | None) -> str:
    """A day with its weekday in this year (7月12日 周三), with its year in another (2024年3月31日)."""
    if not value:
        return ""
    which = _as_day(value)
    if which.year != clock.district_day(clock.now()).year:
        return _written(which, year=True)
    if _chinese():
        return f"{_written(which, year=False)} 周{WEEKDAYS[which.weekday()]}"
    return f"{date_format(which, 'D')}\u00a0{_written(which, year=False)}"


@register.filter
def moment(value: datetime | None) -> str:
    """A time as people say it: 今天 09:42, 昨天 16:05, 7月10日 15:20."""
    if not value:
        return ""
    local = value.astimezone(clock.DISTRICT)
    today = clock.district_day(clock.now())
    if local.date() == today:
        said = _("today")
    elif local.date() == today - timedelta(days=1):
        said = _("yesterday")
    else:
        said = day_short(local)
    return f"{said} {local:%H:%M}"


@register.filter
def hour(value: datetime | None) -> str:
    """The time of day alone: 09:42."""
    return f"{value.astimezone(clock.DISTRICT):%H:%M}" if value else ""


@register.filter
def stamp(value: datetime | None) -> str | SafeString:
    """A time as people say it, which reads in full on paper."""
    if not value:
        return ""
    full = f"{_written(_as_day(value), year=True)} {value.astimezone(clock.DISTRICT):%H:%M}"
    return format_html(
        '<time class="num" datetime="{}" data-full="{}">{}</time>', iso(value), full, moment(value)
    )


@register.filter
def iso(value: datetime | date | str | None) -> str:
    """The machine's form for a `time` element; what was typed into a refused form comes back as it was typed."""
    if isinstance(value, str):
        return value
    return _local(value).isoformat() if value else ""


@register.filter
def masked(address: str) -> str:
    """A mail address its owner knows again, and nobody who looks over their shoulder: zh***@example.cn."""
    name, at, host = address.partition("@")
    return f"{name[:2]}***{at}{host}"


yi = register.filter("yi", figures.yi)
number = register.filter("number", figures.number)


@register.filter
def percent(value: Decimal | None) -> str:
    """A figure in per cent with at most one decimal, without its sign; a dash when it is not known."""
    return number(None if value is None else Decimal(value).quantize(Decimal("0.1")))


@register.filter
def tidy(value: Decimal | None) -> str:
    """A reckoned figure with at most two decimals; a dash when it is not known."""
    return number(None if value is None else Decimal(value).quantize(Decimal("0.01")))


@register.simple_tag
def money(value: Decimal | int | None) -> str | SafeString:
    """An amount in 万元 shown in 亿元 with its unit; below 0.01 亿元 the 万元 figure follows in brackets."""
    if value is None:
        return "—"
    shown = format_html(
        '<span class="num">{}</span><span class="unit">{}</span>', yi(value), _("× 100 million yuan")
    )
    if 0 < abs(Decimal(value)) < 100:
        exact = _("(%(amount)s ten thousand yuan)") % {"amount": number(value)}
        return format_html('{}<span class="unit">{}</span>', shown, exact)
    return shown


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An outline from the sprite; hidden from screen readers unless it carries its own label."""
    source = f"{static('hetang/icons.svg')}#i-{name}"
    if label:
        return format_html(
            '<svg class="ht-i" role="img" aria-label="{}"><use href="{}"/></svg>', label, source
        )
    return format_html('<svg class="ht-i" aria-hidden="true"><use href="{}"/></svg>', source)


@register.filter
def matter(name: Any) -> str | SafeString:
    """A name whose mark of invention (演示·) is set quieter than the name itself."""
    text = str(name)
    if text.startswith(DEMO):
        return format_html('<span class="ht-demo">{}</span>{}', DEMO, text.removeprefix(DEMO))
    return text


@register.filter
def capped(count: int | None) -> str:
    """A count that was only taken up to a cap: 1000+ beyond it."""
    if count is None:
        return ""
    return "1000+" if count > 1000 else str(count)


@register.filter
def initial(name: Any) -> str:
    """The sign that stands for a person in a circle: the first character after the mark of invention."""
    return str(name).removeprefix(DEMO)[:1]
