"""Who sees which run, and whose share is whose; every list and every page begins here.

Runs of confidential flows are in none of them, whoever asks: their room alone has a list and a page of them.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from hetang_flow.lib.errors import NotFound
from permissions.actors import Actor
from permissions.models import Appointment, Post
from permissions.selectors import current

from . import registry, rules
from .models import Assignment, Copy, Run


def visible_run(run_id: UUID, actor: Actor, at: datetime, runs: QuerySet[Run] | None = None) -> Run:
    """One run this person sees, read as `runs` says; one statement, a second where only its room can tell.

    A run is seen by whoever has a part in it, and by whom the room of its flow lets in. The room is asked last and
    alone: the conditions of all rooms together take longer to put into words than to answer.
    Raises NotFound for a run that does not exist or is none of this person's business.
    """
    part = ExpressionWrapper(has_part(actor), output_field=BooleanField())
    rows = (Run.objects.all() if runs is None else runs).annotate(part=part)
    found = rows.filter(public_id=run_id, confidential=False).first()
    if found is None or not (found.part or _let_in(found, actor, at)):
        raise NotFound("no-such-run")
    return found


def sees_run(run: Run, actor: Actor, at: datetime) -> bool:
    """Whether this person sees a run (at most two statements)."""
    return Run.objects.filter(has_part(actor), pk=run.pk).exists() or _let_in(run, actor, at)


def _let_in(run: Run, actor: Actor, at: datetime) -> bool:
    """Whether the room of its flow opens a run to this person."""
    if actor.user_id is None or not actor.has_business or run.flow_class is None or run.confidential:
        return False
    condition = registry.more_visible(run.flow_class.code, actor, at)
    return condition is not None and Run.objects.filter(condition, pk=run.pk).exists()


def has_part(actor: Actor) -> Q:
    """The runs this person has a part in: own, asked of a post in reach, in a unit's pool, signed, copied.

    A secretary sees a run as long as something is asked of the post whose opinions are prepared.

    Without a current post there is nothing: an appointment that ends takes its rights away at once.
    """
    if actor.user_id is None or not actor.has_business:
        return Q(pk__in=[])
    user = actor.user_id
    part = Q(post_id__in=actor.reach) | Q(decided_by_id=user) | handed_to(actor) | in_pool_of(actor)
    if actor.prepares_for:
        part |= Q(post_id__in=actor.prepares_for, status__in=[rules.OPEN, rules.WAITING])
    # Correlated, so that one run costs one look and not the sum of everything this person was ever asked.
    asked = Exists(Assignment.objects.filter(part, run_id=OuterRef("pk")))
    told = Exists(Copy.objects.filter(user_id=user, run_id=OuterRef("pk")))
    return Q(confidential=False) & (Q(initiator_id=user) | Q(asked) | Q(told))


def handed_to(actor: Actor) -> Q:
    """The shares a desk handed to this person, as long as they work in its unit."""
    return Q(handed_to_id=actor.user_id, post__organisation_id__in=actor.organisation_ids)


def in_pool_of(actor: Actor) -> Q:
    """The shares that lie with the desk of a unit this person works in and that nobody has taken."""
    return Q(
        status=rules.OPEN,
        handed_to__isnull=True,
        post__duty=Post.Duty.DESK,
        post__organisation_id__in=actor.organisation_ids,
    )


def own_share(actor: Actor) -> Q:
    """The shares this person may use: asked of a post held or stood in for, or handed to them."""
    if not actor.has_business:
        return Q(pk__in=[])
    return (Q(post_id__in=actor.reach) | handed_to(actor)) & Q(run__confidential=False)


def still_there(at: datetime) -> Exists:
    """Whether the person a task was handed to still works in the unit; else it lies with the post again."""
    return Exists(
        Appointment.objects.filter(
            current(at),
            user_id=OuterRef("handed_to_id"),
            post__organisation_id=OuterRef("post__organisation_id"),
        )
    )


def open_tasks(actor: Actor, at: datetime) -> QuerySet[Assignment]:
    """What waits for this person: asked of a post held or stood in for and not handed out, or handed to them."""
    if not actor.has_business:
        return Assignment.objects.none()
    of_post = Q(post_id__in=actor.reach) & (
        Q(handed_to__isnull=True) | Q(handed_to_id=actor.user_id) | ~still_there(at)
    )
    return Assignment.objects.filter(of_post | handed_to(actor), status=rules.OPEN, run__confidential=False)


def pool(actor: Actor) -> QuerySet[Assignment]:
    """待认领: what lies with the desk of this person's unit; for whoever sits at the desk it is a task already."""
    if not actor.has_business:
        return Assignment.objects.none()
    lying = Assignment.objects.filter(in_pool_of(actor), run__confidential=False)
    return lying.exclude(post_id__in=actor.reach)
