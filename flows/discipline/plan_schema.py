"""The discipline key of a plan file: who takes cases in, what may be done with them, by when and with whose approval."""

from pydantic import Field

from hetang_flow.lib.plan_file import PRESET, Clause, Name, PlanModel, ShortSlug, Slug


class DispositionEntry(PlanModel):
    """A disposition; `days` are working days from its approval to the conclusion."""

    code: ShortSlug
    name: Name = Field(max_length=40)
    days: int = Field(ge=1, le=250)
    approver: Slug
    clause: Clause = PRESET


class DisciplineEntry(PlanModel):
    """The intake of the district's commission, that of the city's, and the dispositions."""

    intake: Slug
    city: Slug
    dispositions: list[DispositionEntry] = Field(min_length=1)
    clause: Clause = PRESET


class Disciplines(PlanModel):
    """The key of this section."""

    discipline: DisciplineEntry | None = None
