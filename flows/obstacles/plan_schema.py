"""The obstacles' keys in a plan file: levels of coordination, kinds with stages and figures, baselines of permits."""

from typing import Annotated, Literal

from pydantic import Field

from hetang_flow.lib.plan_file import PRESET, Clause, Name, PlanModel, ShortSlug, Slug, Unit

Days = Annotated[int, Field(ge=1, le=250)]


class LevelEntry(PlanModel):
    """A level of coordination, the lowest first; after `days` working days it goes up, the last has none."""

    code: ShortSlug
    name: Name = Field(max_length=40)
    holder: Literal["unit", "lead_departments", "contact_leaders", "convener"]
    days: Days | None = None
    clause: Clause = PRESET


class StageEntry(PlanModel):
    """A stage of a kind; one that `repeats` is reported again and again."""

    code: ShortSlug
    name: Name = Field(max_length=40)
    repeats: bool = False


class FigureEntry(PlanModel):
    """A figure of a kind; `indicator` names the targets it counts into."""

    code: Slug = Field(max_length=40)
    name: Name = Field(max_length=40)
    unit: Unit
    indicator: Slug | None = None


class KindEntry(PlanModel):
    """A kind of obstacle or need; `parts` are what it can be about."""

    code: ShortSlug
    name: Name = Field(max_length=40)
    stages: list[StageEntry] = []
    figures: list[FigureEntry] = []
    parts: list[Annotated[str, Field(min_length=1, max_length=20)]] = []
    clause: Clause = PRESET


class PermitEntry(PlanModel):
    """What a permit took before the campaign."""

    code: Slug = Field(max_length=40)
    name: Name = Field(max_length=60)
    days: Days
    documents: int = Field(ge=1, le=500)
    clause: Clause = PRESET


class Obstacles(PlanModel):
    """The keys of this section."""

    obstacle_levels: list[LevelEntry] = []
    obstacle_kinds: list[KindEntry] = []
    permit_baselines: list[PermitEntry] = []
