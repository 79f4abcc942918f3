"""What recurs: the system asks a post for it, the post hands it in."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from viewflow import this
from viewflow.workflow import flow

from flows.engine.flows import Flow
from flows.engine.nodes import Effect, End, Work

from . import effects


class ObligationFlow(Flow):
    """Until there are reports of their own kind, each is a step of work with a text."""

    label = gettext_noop("Recurring obligation")
    process_title = _(label)
    code, sheet_template = "obligation", "obligations/occurrence_sheet.html"

    start = flow.StartHandle(this.begin).Next(this.deliver)
    deliver = Work("obligation.deliver", title=_("Hand in"), ready=effects.report_is_written).Next(this.keep)
    keep = Effect(effects.note_delivery, title=_("Delivered")).Next(this.end)
    end = End(title=_("Delivered"))

    def on_calendar(self, move):
        """A period falls due by the calendar in force."""
        effects.redate(move)

    def due_of(self, run, node):
        """The day is the obligation's own."""
        return effects.due_of(run)
