"""The sign-off policies in a plan file: presets that people approve, versioned; a run keeps the version it began with."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from flows.engine.operations.publishing import columns_of, write_versions
from flows.engine.plan_checks import check_policy
from flows.engine.plan_schema import Policies
from hetang_flow.lib.plan_file import NOTE, PRESET, Finding, doubles
from permissions.actors import Actor


class Section:
    """Sign-off policies."""

    name = "policies"
    model = Policies

    def check(self, document: Any) -> Iterator[Finding]:
        """Doubles, and whatever is wrong with each policy."""
        for index, first in doubles(entry.key for entry in document.policies):
            message = _("The policy “%(key)s” stands in policies[%(first)s] already. Keep one.")
            facts = {"key": document.policies[index].key, "first": first}
            yield Finding("policy-twice", message, facts, ("policies", index, "key"))
        for index, entry in enumerate(document.policies):
            yield from check_policy(entry, document.names, ("policies", index))

    def load(self, document: Any, context: Any, *, by: Actor, now: datetime, effective: date) -> None:
        """Publish a new version of every policy that differs from its newest one."""
        wanted = {entry.key: columns_of(entry, context.post_ids) for entry in document.policies}
        written = {
            key: (each.before, each.after)
            for key, each in write_versions(wanted, now=now).items()
            if each.is_new
        }
        names = {entry.key: entry.name for entry in document.policies}
        context.wrote("policies", len(wanted), written, names)

    def lint(self, document: Any) -> Iterator[Finding]:
        """Presets that no clause of the notice gives."""
        presets = [entry for entry in document.policies if entry.clause == PRESET]
        if presets:
            message = _(
                "%(count)s sign-off policies are presets, not the notice's text: %(names)s. Have them approved."
            )
            facts = {"count": len(presets), "names": "、".join(entry.name for entry in presets)}
            yield Finding("preset-policies", message, facts, ("policies",), NOTE, PRESET)
