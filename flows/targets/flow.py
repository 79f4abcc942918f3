"""The flows of this room: a line's plan is filed and accepted; the year's end is assessed."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from viewflow import this
from viewflow.workflow import flow

from flows.engine.flows import Flow
from flows.engine.gateways import Choice
from flows.engine.nodes import Effect, End, SignOff, Work

from . import effects_assessment as assessment
from . import effects_line_plans as line_plans
from .selectors_line_plans import has_co_leads


class LinePlanFlow(Flow):
    """A lead department files its line's plan; the others countersign, the coordination group accepts it."""

    label = gettext_noop("Line plan")
    process_title = _(label)
    code, sheet_template = "line-plan", "targets/line_plan_sheet.html"
    most_days = 30

    start = flow.StartHandle(this.begin).Next(this.write)
    write = Work("line_plan.write", title=_("Write the plan"), ready=line_plans.is_complete).Next(
        this.several
    )
    several = (
        Choice(title=_("Several lead departments?"))
        .Case(this.countersign, has_co_leads, label=_("several"))
        .Default(this.head)
    )
    countersign = (
        SignOff("line_plan.countersign", title=_("Countersign")).Granted(this.head).Refused(this.write)
    )
    head = SignOff("line_plan.head", title=_("Department head")).Granted(this.review).Refused(this.write)
    review = (
        SignOff("line_plan.review", title=_("Coordination group")).Granted(this.approve).Refused(this.write)
    )
    approve = SignOff("line_plan.approve", title=_("Convener")).Granted(this.adopt).Refused(this.write)
    adopt = Effect(line_plans.adopt, title=_("Shares take effect")).Next(this.end)
    end = End(title=_("Accepted"))

    def on_closed(self, move):
        """A plan that was withdrawn or ended leaves the version before it in force."""
        line_plans.close(move)


class AssessmentFlow(Flow):
    """The campaign office scores the units on frozen facts; they may object; the headquarters office confirms."""

    label = gettext_noop("Year-end assessment")
    process_title = _(label)
    code, sheet_template = "assessment", "targets/assessment_sheet.html"
    most_days = 60

    start = flow.StartHandle(this.begin).Next(this.score)
    score = Work("assessment.score", title=_("Score"), ready=assessment.scores_complete).Next(this.notify)
    notify = Effect(assessment.notify, title=_("Tell the units"), reversible=True).Next(this.objections)
    objections = Work(
        "assessment.objections", title=_("Answer objections"), ready=assessment.objections_settled
    ).Next(this.confirm)
    confirm = SignOff("assessment.confirm", title=_("Confirm")).Granted(this.publish).Refused(this.score)
    publish = Effect(assessment.publish, title=_("Publish")).Next(this.end)
    end = End(title=_("Published"))

    def due_of(self, run, node):
        """Objections are due by their own last day."""
        return assessment.due_of_objections(run) if node.name == "objections" else None

    def on_closed(self, move):
        """An assessment that was withdrawn or ended leaves the way open for another."""
        assessment.close(move)
