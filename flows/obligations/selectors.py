"""Reading what is owed: who sees it, the list by how it stands, one occurrence for its sheet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from flows.campaigns.models import CampaignLine, GroupUnit, LineUnit
from flows.engine.models import Run
from flows.engine.selectors_fields import Fields
from flows.engine.selectors_steps import node_asking
from flows.files import selectors as files
from hetang_flow.lib.clock import district_day
from permissions.actors import Actor
from permissions.models import Post

from . import rules
from .models import Occurrence

PAGE = 60
OFFICES = ("campaign-office", "hq-office")
# What is owed under this code has pages of its own, under this URL name.
PAGES = {"line-plans": "line-plans"}
STATES = ("open", "overdue", "done", "late")


def visible_to(actor: Actor, at: datetime) -> QuerySet[Occurrence]:
    """All for leaders, the offices and the coordination group; else one's own, one's unit's and one's lines'."""
    if actor.user_id is None or not actor.has_business:
        return Occurrence.objects.none()
    if sees_all(actor):
        return Occurrence.objects.all()
    units = actor.organisation_ids
    coordinating = GroupUnit.objects.filter(organisation_id__in=units, group__line=None)
    lines = LineUnit.objects.filter(organisation_id__in=units).order_by().values("line_id")
    return Occurrence.objects.filter(
        Q(post_id__in=actor.reach)
        | Q(post__organisation_id__in=units)
        | Q(line_id__in=lines)
        | Exists(coordinating.filter(group__plan_id=OuterRef("obligation__plan_id")))
    )


def sees_all(actor: Actor) -> bool:
    """Whether everything that is owed is this person's business: leaders and the two offices."""
    return any(post.duty == Post.Duty.LEADER or post.organisation_code in OFFICES for post in actor.posts)


def runs_of_room(actor: Actor, at: datetime) -> Q:
    """The runs about what this person sees, as a condition on Run."""
    return Q(pk__in=visible_to(actor, at).order_by().values("run_id"))


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list shows: how it stands, whose, which line."""

    state: str = "open"
    mine: bool = False
    line: str = ""

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> "Filters":
        """From an address; what makes no sense counts as not asked."""
        state = asked.get("state", "open")
        return cls(state if state in STATES else "open", asked.get("mine") == "1", asked.get("line", "")[:30])

    def address(self, **change: str) -> str:
        """The address of this list with something else chosen."""
        values = {"state": self.state, "mine": "1" if self.mine else "", "line": self.line} | change
        return "?" + urlencode({key: value for key, value in values.items() if value})


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    occurrence: Occurrence
    state: str
    days: int


@dataclass(frozen=True, slots=True)
class Listed:
    """The list with its counts."""

    rows: Sequence[Row]
    counts: Mapping[str, int]
    more: bool
    lines: Sequence[tuple[str, str]]


def listed(actor: Actor, at: datetime, filters: Filters) -> Listed:
    """What is owed, by how it stands on the day of `at` (three statements)."""
    today = district_day(at)
    seen = visible_to(actor, at)
    if filters.mine:
        seen = seen.filter(Q(post_id__in=actor.reach) | Q(post__organisation_id__in=actor.organisation_ids))
    if filters.line:
        seen = seen.filter(line__code=filters.line)
    conditions = _conditions(today)
    counts = seen.order_by().aggregate(**{name: Count("pk", filter=q) for name, q in conditions.items()})
    newest_first = filters.state in ("done", "late")
    rows = seen.filter(conditions[filters.state]).select_related(
        "obligation", "post__organisation", "line", "run"
    )
    found = list(rows.order_by("-due_on" if newest_first else "due_on", "pk")[: PAGE + 1])
    lines = CampaignLine.objects.order_by("plan__year", "order").values_list("code", "name")
    return Listed(
        [_row(each, today) for each in found[:PAGE]], counts, len(found) > PAGE, list(dict(lines).items())
    )


def _conditions(today: date) -> dict[str, Q]:
    waiting = Q(delivered=None, run__status="NEW")
    return {
        "open": waiting & Q(due_on__gte=today),
        "overdue": waiting & Q(due_on__lt=today),
        "done": Q(delivered_on__lte=F("due_on")),
        "late": Q(delivered_on__gt=F("due_on")),
    }


def _row(each: Occurrence, today: date) -> Row:
    told = {"due_on": each.due_on, "delivered_on": each.delivered_on, "today": today}
    return Row(each, rules.standing(**told), rules.days_late(**told))


def sheet_context(run: Run, actor: Actor, now: datetime, fields: Fields) -> Mapping[str, object]:
    """The body of an occurrence's sheet (two statements); the sheet decided who sees the run."""
    about = Occurrence.objects.select_related("obligation", "line", "post").annotate(
        laid=files.of_run("run_id")
    )
    found = about.get(run_id=run.pk)
    writes = node_asking(run, actor) == "deliver"
    row = _row(found, district_day(now))
    return {
        "occurrence": found, "row": row, "writes": writes, "most": rules.LONGEST, "moved": found.nominal != found.due_on,
        "files": files.files_in(found.laid, run, actor, fields), "page": PAGES.get(found.obligation.code),
    }  # fmt: skip
