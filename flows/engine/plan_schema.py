"""How a sign-off policy is written: in the plan file, and in the back office alike."""

from typing import Annotated, Literal

from pydantic import Field

from hetang_flow.lib.plan_file import PRESET, Clause, PlanModel, ShortName, Slug

Forbidden = Literal["return", "transfer", "delegate", "consult", "add_before", "add_alongside", "add_after"]
Key = Annotated[str, Field(max_length=60, pattern=r"^[a-z_]+(\.[a-z_]+)+$")]


class PolicyEntry(PlanModel):
    """How a step is signed. `limit_days` are working days, `threshold` per cent of a vote, `weights` by post code;
    `stand_in` is the post of on_empty: named, `alternate` signs for whoever must stand aside; `duty` is the level
    that signing means, its own when none is named; a `gate` is never passed over.
    """

    key: Key
    name: ShortName
    mode: Literal["any_of", "all_of", "sequential", "vote"]
    resolver: Key
    clause: Clause = PRESET
    on_no: Literal["veto", "count"] = "veto"
    threshold: int = Field(default=50, ge=50, le=100)
    weights: dict[Slug, Annotated[int, Field(ge=1, le=100)]] = {}
    duty: Annotated[str, Field(max_length=60, pattern=r"^[a-z_.]*$")] = ""
    gate: bool = False
    limit_days: int | None = Field(default=None, ge=0, le=250)
    on_empty: Literal["block", "admin", "named", "parent_unit"] = "block"
    stand_in: Slug | None = None
    on_self: Literal["forbid", "to_head", "skip", "allow"] = "forbid"
    on_repeat: Literal["none", "consecutive", "all"] = "none"
    alternate: Slug | None = None
    recuse: list[Key] = []
    on_timeout: Literal["remind", "escalate", "transfer", "approve", "reject"] = "remind"
    forbids: list[Forbidden] = []
    urge_hours: int = Field(default=4, ge=1, le=720)
    field_access: dict[str, Literal["read", "write", "hidden"]] = {}


class Policies(PlanModel):
    """The key of this section."""

    policies: list[PolicyEntry] = []
