"""The discipline's part of a plan file: checked against the posts, written beside the plan."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from flows.discipline import rules
from flows.discipline.models import Commission, Disposition
from flows.discipline.plan_schema import Disciplines
from hetang_flow.lib.plan_file import NOTE, PRESET, Finding, doubles
from hetang_flow.lib.plan_rows import by_key, write_rows
from permissions.actors import Actor
from permissions.plan_names import check_post

KEY = "discipline"
DISPOSITIONS = "dispositions"


class Section:
    """Intake, city intake and dispositions."""

    name = "discipline"
    model = Disciplines

    def check(self, document: Any) -> Iterator[Finding]:
        """Known posts of the right commission; no code twice."""
        said = document.discipline
        if said is None:
            return
        wanted = [("intake", said.intake, rules.COMMISSION), ("city", said.city, rules.CITY_COMMISSION)]
        wanted += [
            (f"{DISPOSITIONS}[{index}].approver", entry.approver, rules.COMMISSION)
            for index, entry in enumerate(said.dispositions)
        ]
        homes = {post.code: document.names.unit(post.organisation) for post in document.posts}
        for where, post, home in wanted:
            unknown = list(check_post(document.names, post, (KEY, where)))
            yield from unknown
            if not unknown and homes.get(post) != home:
                message = _(
                    "“%(post)s” is no post of %(unit)s, which decides such cases. Name one of its posts."
                )
                yield Finding("post-of-another-unit", message, {"post": post, "unit": home}, (KEY, where))
        for index, first in doubles(entry.code for entry in said.dispositions):
            message = _("The code “%(code)s” is taken by %(key)s[%(first)s]. Choose another.")
            facts = {"code": said.dispositions[index].code, "key": DISPOSITIONS, "first": first}
            yield Finding("code-twice", message, facts, (KEY, DISPOSITIONS, index, "code"))

    def load(self, document: Any, context: Any, *, by: Actor, now: datetime, effective: date) -> None:
        """Write the commission and its dispositions; what the file no longer has is offered no more."""
        said = document.discipline
        if said is None:
            return
        posts = context.post_ids
        values = {"plan_id": context.plan.pk, "intake_id": posts[said.intake], "city_id": posts[said.city]}
        before = Commission.objects.filter(plan=context.plan).first()
        write_rows(Commission, {KEY: values}, {KEY: before} if before else {})
        wanted = {
            entry.code: {
                "plan_id": context.plan.pk,
                "code": entry.code,
                "name": entry.name,
                "days": entry.days,
                "approver_id": posts[entry.approver],
                "order": order,
                "clause": entry.clause,
                "retired": False,
            }
            for order, entry in enumerate(said.dispositions)
        }
        rows = by_key(Disposition.objects.filter(plan=context.plan))
        codes = {"approver_id": {key: code for code, key in posts.items()}}
        written = write_rows(Disposition, wanted, rows, labels=codes)
        # A row that goes would be refused while a case depends on it, and the refusal would say that there is one.
        gone = [row.pk for code, row in rows.items() if code not in wanted and not row.retired]
        if gone:
            Disposition.objects.filter(pk__in=gone).update(retired=True)
        names = {entry.code: entry.name for entry in said.dispositions}
        context.wrote(DISPOSITIONS, len(wanted), written, names)

    def lint(self, document: Any) -> Iterator[Finding]:
        """Limits and levels of approval that no clause of the notice gives wait for the commission's word."""
        said = document.discipline
        presets = [entry.name for entry in said.dispositions if entry.clause == PRESET] if said else []
        if presets:
            message = _("%(count)s entries of %(key)s are presets, not the notice's text: %(names)s.")
            facts = {"count": len(presets), "key": DISPOSITIONS, "names": "、".join(presets)}
            yield Finding("preset-discipline", message, facts, (KEY,), NOTE, PRESET)
