"""The two flows of this room: the campaign office proposes, a second person of the headquarters office confirms."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from viewflow import this
from viewflow.workflow import flow

from flows.engine.flows import Flow
from flows.engine.nodes import Effect, End, SignOff, Stop

from . import effects


class PolicyFlow(Flow):
    """A new version of a policy, and the runs that go on under it."""

    label = gettext_noop("Change of a sign-off policy")
    process_title = _(label)
    code, sheet_template = "policy", "policies/policy_sheet.html"

    start = flow.StartHandle(this.begin).Next(this.confirm)
    confirm = SignOff("policy.confirm", title=_("Confirm")).Granted(this.publish).Refused(this.refused)
    publish = Effect(effects.publish, title=_("Publish the version")).Next(this.end)
    end = End(title=_("Finished"))
    refused = Stop(title=_("Not confirmed"))


class TokenMoveFlow(Flow):
    """跳转: a run goes on at another step than the one it stands at."""

    label = gettext_noop("Move to another step")
    process_title = _(label)
    code, sheet_template = "token-move", "policies/move_sheet.html"

    start = flow.StartHandle(this.begin).Next(this.confirm)
    confirm = SignOff("token.confirm", title=_("Confirm")).Granted(this.move).Refused(this.refused)
    move = Effect(effects.move_token, title=_("Move the matter")).Next(this.end)
    end = End(title=_("Finished"))
    refused = Stop(title=_("Not confirmed"))
