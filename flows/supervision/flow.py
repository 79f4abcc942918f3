"""The flows of this room: a slip is signed for, answered, re-checked and struck off; a hard measure is weighed by a person."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from viewflow import this
from viewflow.workflow import flow

from flows.engine.flows import Flow
from flows.engine.gateways import Choice
from flows.engine.nodes import Effect, End, SignOff, Stop, Work
from hetang_flow.lib.verdicts import Verdict

from . import effects_measures as measures
from . import effects_slips as slips


class SupervisionFlow(Flow):
    """督办单: the unit signs for it and answers by its day; who issued it re-checks, never the unit itself."""

    label = gettext_noop("Supervision slip")
    process_title = _(label)
    code, sheet_template = "slip", "supervision/slip_sheet.html"
    most_days = 40

    start = flow.StartHandle(this.begin).Next(this.sign_for)
    sign_for = Work("slip.sign_for", title=_("Sign for it"), ready=slips.is_signed_for).Next(this.answer)
    answer = Work("slip.answer", title=_("Act and answer"), ready=slips.is_answered, by_form=True).Next(
        this.recheck
    )
    recheck = SignOff("slip.recheck", title=_("Re-check")).Granted(this.strike_off).Refused(this.answer)
    strike_off = Effect(slips.strike_off, title=_("Strike off")).Next(this.end)
    end = End(title=_("Struck off"))

    def due_of(self, run, node):
        """The answer is due on the slip's own day, however often it comes back."""
        return slips.due_of(run) if node.name == "answer" else None

    def on_closed(self, move):
        """A slip that was superseded, or has lost its ground, is closed without being struck off."""
        slips.close(move)

    def on_reopened(self, move):
        """A slip that comes back is open again."""
        slips.reopen(move)


class MeasureFlow(Flow):
    """Criticism and referral: a named person weighs how grave the case is, with reasons; nothing punishes by itself."""

    label = gettext_noop("Weighing of a measure")
    process_title = _(label)
    code, sheet_template = "measure", "supervision/measure_sheet.html"
    most_days = 20

    start = flow.StartHandle(this.begin).Next(this.weigh)
    weigh = Work("measure.weigh", title=_("Weigh and decide"), ready=measures.is_weighed, by_form=True).Next(
        this.verdict
    )
    verdict = (
        Choice(title=_("Confirmed?"))
        .Case(this.carry_out, measures.is_confirmed, label=_("confirmed"))
        .Default(this.set_aside)
    )
    carry_out = Effect(measures.carry_out, title=_("It takes effect")).Next(this.end)
    set_aside = Effect(measures.set_aside, title=_("It is set aside")).Next(this.stop)
    end = End(title=_("Carried out"))
    stop = Stop(title=_("Declined"))

    def on_closed(self, move):
        """A proposal that has lost its ground is not weighed any more."""
        measures.close(move)

    def may_reopen(self, run) -> Verdict:
        """What a person has decided with reasons is not decided again: a new matter is."""
        return Verdict("effects-stand", {})
