"""What is still to come in a run, as lines of its history; the one place to replace when there is a real forecast."""

from django.utils.translation import gettext as _

from . import rules
from .models import Assignment, Step
from .nodes import Effect, End, SignOff
from .selectors_history import Event
from .selectors_run import Seen
from .selectors_signers import title_of


def ahead(seen: Seen) -> list[Event]:
    """Who has it now in each open step, then the steps that would follow."""
    if seen.over:
        return []
    lines = [line for step in seen.open_steps for line in _now(seen, step)]
    if seen.open_steps:
        lines += [Event(who, title, "next") for who, title in coming(seen.open_steps[0])]
    return lines


def _now(seen: Seen, step: Step) -> list[Event]:
    if not step.policy_id:
        return [Event("", title_of(step), "now", due=step.wakes_on)]
    empty = seen.empty_posts(step)
    asked = [share for share in seen.of(step) if share.status == rules.OPEN]
    lines = [
        Event(s.post.name, _said(seen, s), "now", due=step.due_on) for s in asked if s.post.name not in empty
    ]
    return lines + [Event(name, _("the post is empty"), "now") for name in empty]


def _said(seen: Seen, share: Assignment) -> str:
    if seen.is_mine(share):
        return _("waits for me")
    return _("is asked for an opinion") if share.role == rules.ADVISE else title_of(share.step)


def coming(step: Step) -> list[tuple[str, str]]:
    """The steps that follow one that is passed, as who acts and what it is called; as far as the way is certain."""
    found, node, known = [], step.flow_task, set()
    while node is not None and node not in known:
        known.add(node)
        node = getattr(node, "_granted", None) if isinstance(node, SignOff) else getattr(node, "_next", None)
        if node is None or isinstance(node, End):
            break
        found.append((_("System") if isinstance(node, Effect) else "", str(node.task_title)))
    return found
