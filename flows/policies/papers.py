"""What this room's flows put on their papers, from what the sheet has read."""

from django.utils.translation import gettext as _

from flows.engine.registry import Context

from .models import PolicyChange, TokenMove


def policy_rows(context: Context) -> list[tuple[str, str]]:
    """The policy, what differs, how many matters go on under it, and why."""
    change: PolicyChange = context["change"]
    differences = [f"{each.label}: {each.before} → {each.after}" for each in context["differences"]]
    return [
        (_("Sign-off policy"), f"{context['base'].name}\n{change.key}"),
        (_("Version"), f"{context['base'].version} → {context['base'].version + bool(differences)}"),
        (_("The difference"), "\n".join(differences) or _("none")),
        (_("Matters that go on under it"), str(context["migrated"])),
        (_("Proposed by"), change.proposed_by.name),
        (_("Reason for the proposal"), change.reason),
    ]


def move_rows(context: Context) -> list[tuple[str, str]]:
    """The matter, where it stands and where it is to go on, what is left undone, and why."""
    about: TokenMove = context["move"]
    return [
        (_("Matter"), f"{about.moved.title} {_(about.moved.label)}\n{about.moved.code}"),
        (_("Stands at"), str(context["here"])),
        (_("Is to go on at"), context["to"]),
        (_("Left undone"), "、".join(context["skipped"])),
        (_("Proposed by"), about.proposed_by.name),
        (_("Reason for the proposal"), about.reason),
    ]
