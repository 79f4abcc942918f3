"""What the pool's flows put on their papers: the matter in names and values, from what the sheet has read."""

from django.utils.translation import gettext as _

from flows.engine.papers import day
from flows.engine.registry import Context
from hetang_flow.lib import figures

from .models import Proposal


def proposal_rows(context: Context) -> list[tuple[str, str]]:
    """The proposal, and every question with what was found."""
    asked = [*context["compliance"], *context["screening"]]
    found = [(q.name, " ".join(filter(None, (q.shown, q.remark)))) for q in asked]
    return [*_about(context["proposal"]), *found]


def promotion_rows(context: Context) -> list[tuple[str, str]]:
    """The proposal, who serves and leads it, what is planned, and why."""
    promotion = context["promotion"]
    return [
        *_about(context["proposal"]),
        (_("Service department"), promotion.service.name),
        (_("Contact leaders"), "、".join(post.name for post in context["leaders"])),
        (_("Planned investment this year"), _money(promotion.planned_investment)),
        (_("Why it is ready"), promotion.reason),
    ]


def _about(proposal: Proposal) -> list[tuple[str, str]]:
    return [
        (_("Number"), proposal.code),
        (_("Campaign line"), proposal.line.name),
        (_("Proposing unit"), proposal.unit.name),
        (_("Owner"), proposal.owner),
        (_("Total investment"), _money(proposal.total_investment)),
        (_("Construction period"), f"{day(proposal.builds_from)} – {day(proposal.builds_until)}"),
        (_("What is built, and what for"), proposal.content),
    ]


def _money(value: object) -> str:
    return f"{figures.yi(value)} {_('× 100 million yuan')}"
