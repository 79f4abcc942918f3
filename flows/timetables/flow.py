"""The flow of a timetable on one screen: laid or changed by who serves, verified, approved, in force."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from viewflow import this
from viewflow.workflow import flow

from flows.engine.flows import Flow
from flows.engine.nodes import Effect, End, SignOff, Work

from . import effects


class TimetableFlow(Flow):
    """A first timetable, a change, an extension asked for in time: nothing moves before it is approved."""

    label = gettext_noop("Timetable")
    process_title = _(label)
    code, sheet_template = "timetable", "timetables/sheet.html"

    start = flow.StartHandle(this.begin).Next(this.write)
    write = Work("timetable.write", title=_("Write the timetable"), ready=effects.timetable_is_sound).Next(
        this.verify
    )
    verify = SignOff("timetable.verify", title=_("Verify")).Granted(this.approve).Refused(this.write)
    approve = SignOff("timetable.approve", title=_("Approve")).Granted(this.adopt).Refused(this.write)
    adopt = Effect(effects.adopt, title=_("Put in force")).Next(this.end)
    end = End(title=_("Finished"))

    def on_closed(self, move):
        """One that is withdrawn makes room for another."""
        effects.close(move)
