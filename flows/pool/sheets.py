"""What the engine's pages learn from this room: the body of its sheets and papers, who sees its runs, its words."""

from django.utils.translation import gettext as _

from flows.engine import registry
from flows.engine.registry import Said
from flows.journal.selectors import Line

from . import papers, selectors
from .flow import PromotionFlow, ProposalFlow
from .models import Tier


def _findings(line: Line) -> Said:
    found = list(line.facts.get("found", {}).values())
    text = _("recorded %(number)s findings") % {"number": len(found)}
    return Said(text, "add")


def _corrected(line: Line) -> Said:
    return Said(_("corrected the proposal"), "add")


def _tier(line: Line) -> Said:
    tier = line.facts.get("tier") or (line.after or {}).get("tier", "")
    return Said(_("tier: %(tier)s") % {"tier": Tier(tier).label}, "add", line.personal.get("opinion", ""))


def _promoted(line: Line) -> Said:
    code = (line.after or {}).get("project", "")
    return Said(_("opened the project %(code)s") % {"code": code}, "yes")


registry.sheet_context(ProposalFlow.code, selectors.proposal_context)
registry.sheet_context(PromotionFlow.code, selectors.promotion_context)
registry.paper_rows(ProposalFlow.code, papers.proposal_rows)
registry.paper_rows(PromotionFlow.code, papers.promotion_rows)
registry.run_visibility(selectors.runs_of_room, ProposalFlow.code, PromotionFlow.code)
registry.history_words("finding.recorded", _findings)
registry.history_words("proposal.corrected", _corrected)
registry.history_words("proposal.tier_chosen", _tier)
registry.history_words("proposal.pooled", _tier)
registry.history_words("proposal.promoted", _promoted)
