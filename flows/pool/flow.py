"""The two flows of the pool: a proposal is screened and taken in; a ready one goes into the year's list."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from viewflow import this
from viewflow.workflow import flow

from flows.engine.flows import Flow
from flows.engine.nodes import Effect, End, SignOff, Stop, Work

from . import effects


class ProposalFlow(Flow):
    """A unit proposes, the screening institute checks compliance, then reasonableness; the line's contact takes it in."""

    label = gettext_noop("Screening for the pool")
    process_title = _(label)
    code, sheet_template = "proposal", "pool/proposal_sheet.html"
    most_days = 60

    start = flow.StartHandle(this.begin).Next(this.propose)
    propose = Work("proposal.propose", title=_("Propose")).Next(this.compliance)
    compliance = (
        SignOff("proposal.compliance", title=_("Compliance check"))
        .Granted(this.complies)
        .Refused(this.propose)
    )
    complies = Effect(effects.complies, title=_("Findings complete"), reversible=True).Next(this.screening)
    screening = (
        SignOff("proposal.screening", title=_("Reasonableness screening"))
        .Granted(this.reasonable)
        .Refused(this.propose)
    )
    reasonable = Effect(effects.reasonable, title=_("Findings complete"), reversible=True).Next(this.admit)
    admit = SignOff("proposal.admit", title=_("Take into the pool")).Granted(this.keep).Refused(this.decline)
    keep = Effect(effects.take_in, title=_("Into the pool")).Next(this.end)
    end = End(title=_("In the pool"))
    decline = Effect(effects.close, title=_("Close the proposal")).Next(this.declined)
    declined = Stop(title=_("Not taken in"))

    def on_closed(self, move):
        """A proposal that was withdrawn or ended is closed; its record stays."""
        effects.close(move)


class PromotionFlow(Flow):
    """What is ready becomes one of the year's projects: reviewed by the coordination group, approved by the convener."""

    label = gettext_noop("Into the year's list")
    process_title = _(label)
    code, sheet_template = "promotion", "pool/promotion_sheet.html"
    most_days = 30

    start = flow.StartHandle(this.begin).Next(this.review)
    review = SignOff("promotion.review", title=_("Review")).Granted(this.approve).Refused(this.refused)
    approve = SignOff("promotion.approve", title=_("Approve")).Granted(this.promote).Refused(this.refused)
    promote = Effect(effects.promote, title=_("Open the project")).Next(this.end)
    end = End(title=_("In the year's list"))
    refused = Stop(title=_("Stays in the pool"))
