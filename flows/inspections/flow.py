"""The one flow of this room: materials come in, the project is visited, the units see what was found."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from viewflow import this
from viewflow.workflow import flow

from flows.engine.flows import Flow
from flows.engine.nodes import Effect, End, Work

from . import effects


class InspectionFlow(Flow):
    """督查: nobody inspects what their own unit serves, and no finding stands that its unit was not shown."""

    label = gettext_noop("Inspection")
    process_title = _(label)
    code, sheet_template = "inspection", "inspections/visit_sheet.html"
    most_days = 20  # besides the days of the round

    start = flow.StartHandle(this.begin).Next(this.hand_in)
    hand_in = Work(
        "inspection.hand_in", title=_("Hand in materials"), ready=effects.materials_are_in, by_form=True
    ).Next(this.visit)
    visit = Work(
        "inspection.visit", title=_("Visit on site"), ready=effects.visit_is_reported, by_form=True
    ).Next(this.seen)
    seen = Work("inspection.seen", title=_("See the findings"), ready=effects.is_seen, by_form=True).Next(
        this.conclude
    )
    conclude = Effect(effects.conclude, title=_("Visit concluded")).Next(this.end)
    end = End(title=_("Finished"))

    def due_of(self, run, node):
        """Materials and visits are due on the days of the round."""
        return effects.due_of(run, node.name)

    def on_closed(self, move):
        """A visit that was called off is closed as far as it came."""
        effects.close(move)

    def on_reopened(self, move):
        """A visit that comes back is open again."""
        effects.reopen(move)
