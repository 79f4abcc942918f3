"""The campaign's keys in a plan file: the year, its lines and groups, key tasks and what recurs."""

from typing import Literal

from pydantic import Field

from hetang_flow.lib.plan_file import Clause, Day, Name, PlanModel, ShortName, ShortSlug, Slug, Text

OWING = (
    "lead_departments",
    "lead_leaders",
    "contact_leaders",
    "department_heads",
    "project_owners",
)


class CampaignEntry(PlanModel):
    """The year and the document that orders it."""

    code: Slug
    year: int = Field(ge=2000, le=2100)
    title: Text
    effective_from: Day
    effective_until: Day
    document_number: ShortName = ""
    issued_by: list[Name] = []
    clause: Clause


class LeaderEntry(PlanModel):
    """A lead district leader; exactly one of a line is its convener."""

    post: Slug
    convener: bool = False


class TaskEntry(PlanModel):
    """A key task by its heading."""

    title: ShortName
    clause: Clause


class LineEntry(PlanModel):
    """One line; `and_others` says that the notice ends its list of responsible units with 等."""

    code: ShortSlug
    name: ShortName
    clause: Clause
    leaders: list[LeaderEntry] = Field(min_length=1)
    lead: list[Name] = Field(min_length=1)
    responsible: list[Name] = []
    and_others: bool = False
    tasks: list[TaskEntry] = []


class HeadEntry(PlanModel):
    """A group head; one of several may be the executive one (执行)."""

    post: Slug
    executive: bool = False


class GroupEntry(PlanModel):
    """A group; without a line it is the coordination group."""

    code: Slug
    name: Name
    clause: Clause
    line: ShortSlug | None = None
    leaders: list[LeaderEntry] = []
    heads: list[HeadEntry] = Field(min_length=1)
    lead: list[Name] = Field(min_length=1)
    members: list[Name] = []


class OfficeEntry(PlanModel):
    """The office's head and deputies as the text names them, and as its roster does."""

    head: Slug
    clause: Clause
    deputies: list[Slug] = []
    deputies_clause: Clause
    roster_deputies: list[Slug] = []
    roster_clause: Clause


class CadenceEntry(PlanModel):
    """When it recurs: `day` and `month` only where the notice names them; `quota` is a target's code.

    `covers: previous` is about the month before the one it is due in; `opens` says how many working days before
    the due day people are asked for it.
    """

    every: Literal["half_monthly", "monthly", "quarterly", "yearly"]
    day: int | None = Field(default=None, ge=1, le=31)
    month: int | None = Field(default=None, ge=1, le=12)
    quota: Slug | None = None
    covers: Literal["previous"] | None = None
    opens: int | None = Field(default=None, ge=0, le=60)


class ObligationEntry(PlanModel):
    """What recurs; `roll` says what a day that is no working day becomes, `roll_clause` who says so."""

    code: Slug
    name: Name
    owed_by: ShortName
    owed_to: ShortName = ""
    cadence: CadenceEntry
    roll: Literal["following", "preceding", "strict"]
    roll_clause: Clause
    clause: Clause


class Campaign(PlanModel):
    """The keys of this section."""

    campaign: CampaignEntry
    office: OfficeEntry
    lines: list[LineEntry] = Field(min_length=1)
    groups: list[GroupEntry]
    obligations: list[ObligationEntry] = []
