"""Who is asked in a case: registered with the engine under the names the policies use."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from flows.engine.models import Run
from flows.engine.resolvers import Recused, Signer, register, register_recusal, signers_where

from . import selectors
from .models import Admission, Commission


@register("discipline.intake", label=_("the intake of the discipline commission"))
def intake(run: Run, *, now: datetime) -> Sequence[Signer]:
    """The post that takes cases in; whoever stands in for it is not asked (three statements)."""
    case = selectors.case_of_run(run.pk)
    post = Commission.objects.filter(plan_id=case.plan_id).values_list("intake_id", flat=True)
    return _held(signers_where(Q(pk__in=list(post)), at=now))


@register("discipline.handlers", label=_("the inspectors to whom the intake gave the case"))
def handlers(run: Run, *, now: datetime) -> Sequence[Signer]:
    """The inspectors the intake named, each in person, less those who have to stand aside by now."""
    case = selectors.case_of_run(run.pk)
    gone = selectors.aside(case, now).people
    rows = Admission.objects.filter(case=case, role=Admission.Role.HANDLER, until=None)
    rows = rows.exclude(person__in=list(gone))
    persons = dict(rows.values_list("post_id", "person_id"))
    found = _held(signers_where(Q(pk__in=persons), at=now))
    return [
        replace(signer, handed_to=persons[signer.post.id])
        for signer in found
        if persons[signer.post.id] in signer.holders
    ]


@register("discipline.approver", label=_("the leader of the commission whose approval the disposition needs"))
def approver(run: Run, *, now: datetime) -> Sequence[Signer]:
    """The post that the proposed disposition names (two statements)."""
    case = selectors.case_of_run(run.pk)
    post = case.disposition.approver_id if case.disposition else 0
    return _held(signers_where(Q(pk=post), at=now))


@register_recusal("discipline.aside", label=_("whoever has to stand aside in the case"))
def aside(run: Run, *, now: datetime) -> Recused:
    """The subject and its unit, the project's leaders and approvers, everybody below a recused leader."""
    found = selectors.aside(selectors.case_of_run(run.pk), now)
    return Recused(people=frozenset(found.people))


def _held(signers: Sequence[Signer]) -> list[Signer]:
    """The posts with their holders alone: nobody comes to a case by standing in."""
    return [replace(signer, substitutes=()) for signer in signers]
