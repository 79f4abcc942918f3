"""The one flow of this room: an obstacle is raised, sorted, assigned, answered, verified, struck off."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from viewflow import this
from viewflow.workflow import flow

from flows.engine.flows import Flow
from flows.engine.nodes import Effect, End, SignOff, Work

from . import effects


class ObstacleFlow(Flow):
    """Nothing is struck off before a unit that neither serves nor answered has verified it."""

    label = gettext_noop("Obstacle")
    process_title = _(label)
    code, sheet_template = "obstacle", "obstacles/obstacle_sheet.html"
    most_days = 60

    start = flow.StartHandle(this.begin).Next(this.sort)
    sort = Work("obstacle.sort", title=_("Sort"), ready=effects.is_sorted, by_form=True).Next(this.assign)
    assign = Work("obstacle.assign", title=_("Assign"), ready=effects.is_assigned, by_form=True).Next(
        this.answer
    )
    answer = Work(
        "obstacle.answer", title=_("Handle and report"), ready=effects.is_answered, by_form=True
    ).Next(this.verify)
    verify = SignOff("obstacle.verify", title=_("Verify")).Granted(this.strike_off).Refused(this.answer)
    strike_off = Effect(effects.strike_off, title=_("Strike off")).Next(this.end)
    end = End(title=_("Finished"))

    def due_of(self, run, node):
        """The unit has until the day it was given, however often its answer comes back."""
        return effects.due_of(run) if node.name == "answer" else None

    def on_closed(self, move):
        """What was taken back stands in nobody's way any more."""
        effects.close(move)

    def on_calendar(self, move):
        """Its level lasts as many working days as before."""
        effects.redate(move)

    def on_resumed(self, move, since):
        """The days of its level go on where they stopped."""
        effects.go_on_with_run(move, since)

    def on_reopened(self, move):
        """What comes back stands in the way again."""
        effects.reopen(move)
