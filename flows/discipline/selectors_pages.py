"""What the pages of a case show, and what each person may do there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from flows.campaigns.models import Plan
from flows.engine.models import Assignment
from hetang_flow.lib.errors import NotFound
from permissions.actors import Actor
from permissions.models import Organisation, Post, User

from . import dossier as dossiers
from . import effects, rules, selectors
from .models import Case, Disposition, Dossier, Letter, Supplement, Word

WHY = {
    rules.SUBJECT: _("is the subject"),
    rules.OF_SUBJECT_UNIT: _("belongs to the unit concerned"),
    rules.CONTACT_LEADER: _("contact leader of the project"),
    rules.APPROVED: _("approved or verified on the project"),
    rules.BELOW: _("serves under a leader who stands aside"),
}


@dataclass(frozen=True, slots=True)
class Page:
    """A case as one person reads it."""

    case: Case
    roles: frozenset[str]
    doing: str
    dossier: Dossier
    body: dict[str, Any]
    supplements: list[Supplement]
    words: list[Word]
    letters: list[Letter]
    known: list[tuple[str, str, str]]
    aside: list[tuple[str, str]]
    steps: list[Assignment]
    handlers: list[tuple[int, str, int, str]]
    dispositions: list[Disposition]
    units: list[tuple[str, str]]
    why_city: Any

    @property
    def is_open(self) -> bool:
        """Whether anything may still be added."""
        return self.case.state == Case.State.OPEN

    @property
    def writes(self) -> bool:
        """Whether this person may add supplements."""
        return self.is_open and bool(self.roles & {rules.HANDLER, rules.INTAKE})

    @property
    def in_favour(self) -> list[Supplement]:
        """What became known later and speaks for the subject."""
        return [each for each in self.supplements if each.in_favour]

    @property
    def against(self) -> list[Supplement]:
        """What became known later and does not."""
        return [each for each in self.supplements if not each.in_favour]


def case_page(case_id: UUID, actor: Actor, now: datetime) -> Page:
    """One case. Raises NotFound for whoever does not know of it, as for one that does not exist."""
    case: Any = selectors.case_for(case_id, actor, now)
    handed = case.state == Case.State.HANDED
    recused = case.recused
    roles = selectors.roles(case, actor, now, recused)
    share = None if handed or case.run is None else selectors.open_share(case.run, actor)
    folder = Dossier.objects.get(case=case)
    is_open = case.state == Case.State.OPEN
    assigns = is_open and rules.INTAKE in roles
    return Page(
        case=case,
        roles=roles,
        doing=share.step.flow_task.name if share else "",
        dossier=folder,
        body=dossiers.opened(folder),
        supplements=selectors.supplements(case),
        words=selectors.said(case),
        letters=list(case.letters.select_related("addressee", "written_by")),
        known=_known(case),
        aside=_aside(recused),
        steps=selectors.decided_steps(case),
        handlers=selectors.free_handlers(case, recused, now) if assigns else [],
        dispositions=list(Disposition.objects.filter(plan_id=case.plan_id, retired=False)) if is_open else [],
        units=units() if is_open and rules.HANDLER in roles else [],
        why_city=effects.WHY_CITY.get(case.city_why, ""),
    )


def _known(case: Case) -> list[tuple[str, str, str]]:
    """Who knows of it: part, post, and the person where one is named."""
    rows = case.admissions.filter(until=None).select_related("post", "person")
    return [(row.get_role_display(), row.post.name, str(row.person or "")) for row in rows]


def _aside(recused: rules.Recusal) -> list[tuple[str, str]]:
    """Who stands aside in the commission and beyond it, with why: posts first, then people by name."""
    posts = Post.objects.filter(pk__in=recused.posts).order_by("order", "pk")
    people = User.objects.filter(pk__in=recused.people).order_by("name", "pk")
    found = [(post.name, str(WHY[recused.posts[post.pk]])) for post in posts]
    return found + [(str(person), str(WHY[recused.people[person.pk]])) for person in people]


def units() -> list[tuple[str, str]]:
    """The units a letter or a clue may be about, as code and name."""
    rows = Organisation.objects.exclude(kind=Organisation.Kind.CITY).order_by("pk")
    return list(rows.values_list("code", "name"))


@dataclass(frozen=True, slots=True)
class ClueForm:
    """What a clue is entered with."""

    plan: Plan
    units: list[tuple[str, str]]


def clue_form(actor: Actor) -> ClueForm:
    """The form of a clue. Raises NotFound where no plan names a commission."""
    plan = Plan.objects.filter(commission__isnull=False).order_by("-year", "-pk").first()
    if plan is None:
        raise NotFound("no-such-plan")
    return ClueForm(plan, units())


def letter_for(case_id: UUID, letter_id: UUID, actor: Actor, now: datetime) -> Letter:
    """A letter of a case this person knows of."""
    case = selectors.case_for(case_id, actor, now)
    found = case.letters.filter(public_id=letter_id).select_related("addressee", "written_by").first()
    if found is None:
        raise NotFound("no-such-case")
    return found
