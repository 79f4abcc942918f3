"""The two flows of a project: a milestone moves it a phase further, a correction puts a wrong move right."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from viewflow import this
from viewflow.workflow import flow

from flows.engine.flows import Flow
from flows.engine.nodes import Effect, End, SignOff, Stop, Work

from . import effects


class MilestoneFlow(Flow):
    """Evidence in, verified by a unit that did not serve, approved by the contact leaders: one phase further."""

    process_title = _("Milestone approval")
    code, sheet_template = "milestone", "projects/milestone_sheet.html"
    most_days = 60

    start = flow.StartHandle(this.begin).Next(this.submit)
    submit = Work("milestone.submit", title=_("Submit evidence"), ready=effects.evidence_is_complete).Next(
        this.verify
    )
    verify = SignOff("milestone.verify", title=_("Verify")).Granted(this.copy).Refused(this.submit)
    copy = Effect(effects.copy_city_leaders, title=_("Copy to city leaders"), reversible=True).Next(
        this.approve
    )
    approve = SignOff("milestone.approve", title=_("Approve")).Granted(this.advance).Refused(this.submit)
    advance = Effect(effects.advance_project, title=_("Move the project")).Next(this.end)
    end = End(title=_("Finished"))

    def on_closed(self, move):
        """A milestone that is taken back makes room for another."""
        effects.close_milestone(move)


class CorrectionFlow(Flow):
    """A phase moved by mistake: the campaign office proposes, the headquarters office confirms."""

    label = gettext_noop("Phase correction")
    process_title = _(label)
    code, sheet_template = "correction", "projects/correction_sheet.html"

    start = flow.StartHandle(this.begin).Next(this.confirm)
    confirm = SignOff("correction.confirm", title=_("Confirm")).Granted(this.apply).Refused(this.refused)
    apply = Effect(effects.apply_correction, title=_("Put the phase right")).Next(this.end)
    end = End(title=_("Finished"))
    refused = Stop(title=_("Not confirmed"))
