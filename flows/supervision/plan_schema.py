"""The ladder's key in a plan file: rungs from the mildest up, what resets it, whom it spares, what holds it."""

from typing import Annotated, Literal

from pydantic import Field

from hetang_flow.lib.plan_file import PRESET, Clause, Name, PlanModel, ShortName, ShortSlug

Who = Literal[
    "holder", "desk", "officer", "head", "lead_departments", "contact_leaders", "line_leader",
    "campaign_office", "hq_office",
]  # fmt: skip
Kind = Literal["leadership", "city", "bureau", "town", "company", "office", "outside"]
Confirmer = Annotated[str, Field(max_length=80, pattern=r"^[a-z0-9]+([-_.][a-z0-9]+)*$")]


class RungEntry(PlanModel):
    """A rung. `wait` are working days, from the due day for the first, then from the day the rung before was told;
    `confirm` is a post, or a resolver, without whose word it is only proposed; `days` are a slip's own; `enters` are
    the sources and grounds that may begin here.
    """

    code: ShortSlug
    name: ShortName
    measure: Literal["remind", "slip", "agenda", "interview", "criticism", "referral"]
    wait: Annotated[int, Field(le=250)] | None = None
    tell: list[Who] = []
    colour: Literal["blue", "yellow", "red"] | None = None
    confirm: Confirmer | None = None
    days: Annotated[int, Field(le=250)] | None = None
    enters: list[ShortSlug] = []


class LadderEntry(PlanModel):
    """The whole ladder; `word` heads the numbers of its slips."""

    name: Name
    word: Annotated[str, Field(min_length=1, max_length=10)]
    rungs: list[RungEntry]
    resets: list[Literal["done", "extended", "suspended", "ended", "settled", "withdrawn"]] = []
    spares: list[Kind] = []
    holds: list[Literal["obstacle"]] = []
    clause: Clause = PRESET


class Ladders(PlanModel):
    """The key of this section."""

    ladder: LadderEntry | None = None
