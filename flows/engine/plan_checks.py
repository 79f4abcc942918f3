"""What the form of a policy cannot tell: names that nobody knows, columns that do not go together."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from flows.engine import resolvers
from flows.engine.operations.publishing import POSTS
from flows.engine.plan_schema import PolicyEntry
from hetang_flow.lib.plan_file import Finding, Path, nearest
from permissions.plan_names import Names, check_post


def check_policy(entry: PolicyEntry, names: Names, where: Path = ()) -> Iterator[Finding]:
    """Known resolvers, recusals and posts, a stand-in exactly where one is named, a gate that people sign."""
    known = resolvers.known()
    if entry.resolver not in known:
        message = _("Nothing resolves “%(said)s”. Use one of %(known)s.")
        near = nearest(entry.resolver, known) or "、".join(sorted(known))
        yield Finding(
            "resolver-unknown", message, {"said": entry.resolver, "known": near}, (*where, "resolver")
        )
    if (entry.on_empty == "named") != (entry.stand_in is not None):
        message = _("on_empty: named and stand_in go together. Give both or neither.")
        yield Finding("stand-in-unfit", message, {}, (*where, "on_empty"))
    yield from _check_people(entry, names, where)
    yield from _check_gate(entry, where)


def _check_people(entry: PolicyEntry, names: Names, where: Path) -> Iterator[Finding]:
    """Posts that exist, recusals that somebody registered, an alternate where the policy passes work to one."""
    for name in POSTS:
        post = getattr(entry, name)
        if post is not None:
            yield from check_post(names, post, (*where, name))
    for post in entry.weights:
        yield from check_post(names, post, (*where, "weights"))
    known = resolvers.known_recusals()
    for said in entry.recuse:
        if said not in known:
            message = _("Nothing recuses by “%(said)s”. Use one of %(known)s.")
            near = nearest(said, known) or "、".join(sorted(known))
            yield Finding("recusal-unknown", message, {"said": said, "known": near}, (*where, "recuse"))
    if entry.on_timeout == "transfer" and entry.alternate is None:
        message = _("on_timeout: transfer passes the task to the alternate. Name one.")
        yield Finding("transfer-to-nobody", message, {}, (*where, "on_timeout"))


def _check_gate(entry: PolicyEntry, where: Path) -> Iterator[Finding]:
    """A gate is signed by people, never by the initiator and never by time."""
    if not entry.gate:
        return
    if entry.on_self in ("skip", "allow"):
        message = _("A gate is never signed by its initiator. Use on_self: forbid or to_head.")
        yield Finding("gate-signs-itself", message, {}, (*where, "on_self"))
    if entry.on_timeout in ("approve", "reject"):
        message = _("A gate is never decided by time. Use on_timeout: remind, escalate or transfer.")
        yield Finding("gate-decided-by-time", message, {}, (*where, "on_timeout"))
