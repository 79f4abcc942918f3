"""The one flow of this room: a case is taken in, disposed of with approval, concluded by people, or given to the city."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from viewflow import this
from viewflow.workflow import flow

from flows.engine.flows import Flow
from flows.engine.gateways import Choice
from flows.engine.nodes import Effect, End, SignOff, Work
from hetang_flow.lib.verdicts import Verdict

from . import effects, following, selectors


class DisciplineFlow(Flow):
    """案件: nobody outside its handlers and their leader knows of it; what is decided, people decide, with reasons."""

    label = gettext_noop("A task")  # stands in notices, and says nothing
    process_title = _("Discipline case")
    code, confidential = "discipline", True
    most_days = 40  # besides the days of the disposition

    start = flow.StartHandle(this.begin).Next(this.place)
    place = (
        Choice(title=_("Decided here?"))
        .Case(this.hand_over, effects.goes_to_the_city, label=_("recusal"))
        .Default(this.intake)
    )
    intake = Work(
        "discipline.intake", title=_("Accept or decline"), ready=effects.is_taken_in, by_form=True
    ).Next(this.accepted)
    accepted = (
        Choice(title=_("Accepted?"))
        .Case(this.propose, effects.is_accepted, label=_("accepted"))
        .Default(this.decline)
    )
    propose = Work(
        "discipline.propose", title=_("Propose a disposition"), ready=effects.is_proposed, by_form=True
    ).Next(this.approve)
    approve = (
        SignOff("discipline.approve", title=_("Approve the disposition"))
        .Granted(this.dispose)
        .Refused(this.propose)
    )
    dispose = Effect(effects.dispose, title=_("Its days run")).Next(this.conclude)
    conclude = Work(
        "discipline.conclude", title=_("Conclude"), ready=effects.is_concluded, by_form=True
    ).Next(this.review)
    review = (
        SignOff("discipline.review", title=_("Approve the conclusion"))
        .Granted(this.close)
        .Refused(this.conclude)
    )
    close = Effect(effects.close, title=_("Feedback to the referrer")).Next(this.end)
    decline = Effect(effects.decline, title=_("Feedback: not accepted")).Next(this.declined)
    hand_over = Effect(effects.hand_over, title=_("Handed to the city level")).Next(this.handed)
    end = End(title=_("Closed"))
    declined = End(title=_("Not accepted"))
    handed = End(title=_("At the city level"))

    def admits(self, run, by, now):
        """Whoever does not know of the case finds no run."""
        return selectors.sees_case(by, selectors.case_of_run(run.pk), now)

    def audience(self, run, people, now):
        """Notices reach nobody who does not know of the case."""
        return selectors.people_admitted(selectors.case_of_run(run.pk), people, now) if people else people

    def address(self, run):
        """A notice leads to the case's own page."""
        return reverse("discipline-case", args=[selectors.case_of_run(run.pk).public_id])

    def due_of(self, run, node):
        """The conclusion is due when the disposition's days are over."""
        return effects.due_of(run) if node.name == "conclude" else None

    def on_people(self, move):
        """A handler who left is out at once, no successor comes in, and the intake gives the case to another."""
        return following.handlers_left(move)

    def may_reopen(self, run):
        """A case that is over is not opened again: a new clue opens a new one."""
        return Verdict("effects-stand", {})
