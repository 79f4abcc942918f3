"""The projects' keys in a plan file: key projects as the annex lists them, and what each move asks for."""

from typing import Literal

from pydantic import Field

from hetang_flow.lib.plan_file import (
    PRESET,
    Clause,
    Months,
    Name,
    PlanModel,
    ShortName,
    ShortSlug,
    Slug,
    Text,
    Unit,
    YiYuan,
)

MoveName = Literal["fulfil", "start", "build", "complete", "review", "suspend", "resume", "terminate"]

IS_NEW = "新增"
PER_YI = 10_000  # 万元 in one 亿元


class ProjectEntry(PlanModel):
    """A key project; money in 亿元, the construction period by months, null where the notice is silent."""

    code: ShortName = Field(max_length=30, pattern=r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$")
    row: int | None = Field(default=None, ge=1, le=9999)
    name: Text
    line: ShortSlug
    clause: Clause
    location: ShortName = ""
    city_leaders: list[Slug] = []
    district_leaders: list[Slug] = []
    builds: Months
    owners: list[Name] = Field(min_length=1)
    service: list[Name] = Field(min_length=1)
    total: YiYuan
    invested_before: YiYuan
    planned: YiYuan
    in_park: bool | None = None
    investor_kind: ShortName | None = None
    chain: ShortName | None = None
    key_level: Literal["province", "city", "district"] | None = None
    remark: Text | None = None


class RequirementEntry(PlanModel):
    """One line of a checklist; a figure has a unit."""

    code: Slug
    name: Name
    kind: Literal["document", "figure", "date"]
    unit: Unit | None = None
    required: bool = True


class GateEntry(PlanModel):
    """What a move asks for."""

    move: MoveName
    name: ShortName
    clause: Clause = PRESET
    requirements: list[RequirementEntry] = Field(min_length=1)


class Projects(PlanModel):
    """The keys of this section."""

    gates: list[GateEntry]
    projects: list[ProjectEntry] = []
