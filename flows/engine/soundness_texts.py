"""The faults of the soundness gate in sentences, and the paths that lead to them in words."""

from typing import Any

from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from .models import Policy
from .rules.soundness import Fault, Flow, Report, Stop, Trail

SENTENCES: dict[str, Any] = {
    # the picture
    "way-missing": _("a way on from here is not named. Name it in the flow."),
    "both-ways-same": _("yes and no lead to the same place, so the decision changes nothing."),
    "default-missing": _("the branches have no default; when no condition holds there is no way on."),
    "default-never-taken": _("one branch is always taken, so the default never is."),
    "sub-run-of-itself": _("the sub-run starts its own flow again, without end."),
    "sub-run-too-deep": _("the sub-run “%(sub)s” starts a sub-run itself; only one level is allowed."),
    "never-reached": _("no path from the start leads here."),
    "branch-without-step": _(
        "a branch has no step in it, so it is no branch: nothing in it waits for anybody."
    ),
    "dead-branch": _("no end can be reached from this branch."),
    "no-way-out": _("no end can be reached from here."),
    "endless-circle": _("the matter can go in a circle without anybody deciding anything."),
    # the tokens
    "split-in-itself": _("the branches can split again inside themselves, without end."),
    "joins-wait-for-each-other": _("branches of one split wait at different joins, each for the others."),
    "join-outside-split": _("the join is reached outside any branch."),
    "join-mixed": _("the join is reached from branches of several splits, so it cannot know for which to wait."),
    "return-not-passed": _(
        "a no leads out of its branch to here, and not every way to the split passes here. Name a step that every way "
        "passes."
    ),
    "return-into-other-branch": _(
        "a no leads from a branch into the branch of another split. Name a step of its own branch, or one before "
        "both splits."
    ),
    "inside-and-outside": _("the step can be reached inside a branch and outside of it."),
    "too-many-states": _("the flow has more than %(most)s states and was not looked at to the end. Divide it."),
    # the policies
    "policy-missing": _("there is no policy “%(policy)s”. Add it to the plan."),
    "resolver-unknown": _("nothing resolves “%(name)s” into posts."),
    "recusal-unknown": _("nothing recuses by “%(name)s”."),
    "post-unknown": _("the policy names the post “%(post)s”, which does not exist."),
    "threshold-out-of-reach": _("a vote needs 50 to 100 per cent, not %(threshold)s."),
    "vote-with-veto": _("one no ends the vote whatever the others say. Use on_no: count if votes are to be counted."),
    "weights-without-vote": _("weights count in a vote only; this step is not one."),
    "gate-signs-itself": _("a gate is never signed or skipped by its initiator (on_self: %(value)s)."),
    "gate-decided-by-time": _("a gate is never decided by time (on_timeout: %(value)s)."),
    "transfer-to-nobody": _("when time runs out it passes to the alternate, and none is named."),
    "stand-in-missing": _("a named post is to stand in for an empty one, and none is named."),
    "limit-missing": _("the decision has no limit, so nothing is ever late here."),
    "limits-too-long": _("the limits add up to %(days)s working days, more than the %(most)s of this flow."),
    # the people
    "nobody-asked": _("no post is asked here, and the policy lets the step wait."),
    "nobody-asked-but": _("no post is asked here; it passes only because the policy lets %(instead)s sign."),
    "post-empty": _("nobody holds %(posts)s, and the policy lets the step wait (on_empty: block)."),
    "post-empty-but": _("nobody holds %(posts)s; %(instead)s signs by the policy."),
    "unit-without-head": _(
        "%(unit)s has no head, so nobody answers for the signature of its desk, and the policy says nothing about it "
        "(on_empty: block). Name a head, or say who signs instead."
    ),
    "unit-without-head-but": _(
        "%(unit)s has no head who answers for the signature of its desk; it passes only because the policy says what "
        "happens: %(instead)s."
    ),
    "escalation-unheard": _(
        "an overdue task is to be escalated, but the unit has no head and the campaign office is not staffed: nobody "
        "would hear of it."
    ),
    "only-recused": _("only %(units)s could sign, and has to stand aside; nobody is left."),
    "stands-aside": _("%(units)s served the matter and stands aside; %(posts)s, who did not serve, signs."),
    "verifies-itself": _("%(units)s would decide on its own work."),
    "only-the-initiator": _("whoever starts the matter would be the only one to sign: %(who)s."),
    "vote-out-of-reach": _(
        "the posts that are held have %(held)s of %(total)s votes and can never reach %(threshold)s per cent."
    ),
    "weight-for-nobody": _("weights are given to posts that are not asked here: %(posts)s."),
    "same-person-twice": _("%(who)s has signed at another level before and nobody else is left here."),
    "alternate-is-the-same": _(
        "the alternate %(alternate)s is the same person (%(who)s) and could not sign instead."
    ),
}  # fmt: skip
DECIDED = {"refused": gettext_noop("returned"), "default": gettext_noop("otherwise")}
MOST_SUBJECTS = 3


def sentence(fault: Fault, report: Report) -> str:
    """The fault in words: where, what, for which matters, and the path; conditions are taken as possible either way."""
    flow = next(each.flow for each in report.flows if each.flow.key == fault.flow)
    facts = dict(fault.facts)
    if "instead" in facts:
        facts["instead"] = dict(Policy.OnEmpty.choices).get(facts["instead"], facts["instead"])
    where = node_title(flow, fault.node, report) if fault.node else flow.title
    said = gettext("%(where)s: %(said)s") % {"where": where, "said": str(SENTENCES[fault.code]) % facts}
    for more in filter(None, [_subjects(fault), _path(fault, flow, report), _conditions(fault)]):
        said = gettext("%(first)s %(second)s") % {"first": said, "second": more}
    return said


def node_title(flow: Flow, name: str, report: Report) -> str:
    """A step by the name of its policy, which the plan's readers know; any other node by its title."""
    node = flow.nodes[name]
    policy = report.policies.get(node.policy)
    return policy.name if policy and policy.name else node.title


def trail_words(trail: Trail, flow: Flow, report: Report) -> str:
    """A path as people say it: start → submit → verify (returned) → …"""
    return " → ".join(_stop(stop, node_title(flow, stop.node, report)) for stop in trail)


def _stop(stop: Stop, title: str) -> str:
    said = stop.words or (gettext(DECIDED[stop.how]) if stop.how in DECIDED else "")
    return gettext("%(step)s (%(said)s)") % {"step": title, "said": said} if said else title


def _path(fault: Fault, flow: Flow, report: Report) -> str:
    if not fault.trail:
        return ""
    words = trail_words(fault.trail, flow, report)
    return gettext("Path: %(path)s.") % {"path": f"{words} → …" if fault.again else words}


def _subjects(fault: Fault) -> str:
    if not fault.subjects:
        return ""
    named = "、".join(fault.subjects[:MOST_SUBJECTS])
    others = len(fault.subjects) - MOST_SUBJECTS
    if others <= 0:
        return gettext("Concerns: %(matters)s.") % {"matters": named}
    text = ngettext(
        "Concerns: %(matters)s and %(others)s more.", "Concerns: %(matters)s and %(others)s more.", others
    )
    return text % {"matters": named, "others": others}


def _conditions(fault: Fault) -> str:
    """Which data make a condition hold is not looked at."""
    if any(stop.how in ("case", "default") for stop in fault.trail):
        return gettext(
            "(Conditions count as possible either way; whether data ever lead here is not looked at.)"
        )
    return ""
