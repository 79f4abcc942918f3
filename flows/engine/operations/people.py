"""People who act for others, and people who change: 代理, appointments, 离职转办.

Each locks the system chain first: who stands in for whom and who sits where is judged one at a time on all there
is. When that is on record, the open tasks follow, run by run (`reresolve`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from flows.journal.operations import Draft, append, lock_system_chain, record
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from hetang_flow.lib.verdicts import Verdict
from notifications import notices
from permissions import operations as people
from permissions import rules as who
from permissions.actors import SYSTEM, Actor, PostRef
from permissions.models import Appointment, Post, Substitution, User
from permissions.selectors import (
    Seat,
    beginning,
    covers,
    holders_of,
    names_of,
    post_ref,
    posts_changing,
    posts_with_holders,
)

from .. import rules
from ..models import Assignment
from ..selectors_people import held_by, open_with
from .reresolving import reresolve

ONE_DAY = timedelta(days=1)


# --- substitutes ---


def substitute(
    post_id: int,
    substitute_post_id: int,
    *,
    from_day: date,
    until_day: date,
    reason: str,
    by: Actor,
    now: datetime,
) -> Substitution:
    """代理: for its days, whoever holds the substitute's post acts for the post as well as its holder.

    Raises NotAllowed when this is not this person's to say, Invalid for days, posts or a reason that cannot be,
    WrongState when it would overlap with another, close a circle or lengthen a chain beyond two.
    """
    _judge(who.reason_is_given(reason))
    with transaction.atomic():
        chain = lock_system_chain()
        seats = _seats({post_id, substitute_post_id}, now)
        absent, present = seats[post_id], seats[substitute_post_id]
        verdict = who.may_substitute(
            absent.post,
            present.post,
            from_day=from_day,
            until_day=until_day,
            others=covers(now),
            by=by,
            today=district_day(now),
        )
        _judge(verdict)
        made = people.open_substitution(
            post_id,
            substitute_post_id,
            from_day=from_day,
            until_day=until_day,
            reason=reason.strip(),
            made_by=by.user_id,
            made=now,
        )
        _record_substitution(
            "substitution.made", chain, made, absent, present, by, now, reason=reason.strip()
        )
        drafts = [_said("substitution.made", made, absent, present)]
        if from_day == district_day(now):
            drafts.append(_tasks(made, absent, present))
        notices.put_many(drafts, now=now)
    reresolve([post_id], by=by, now=now)
    return made


def end_substitution(substitution_id: int, *, by: Actor, now: datetime) -> Substitution:
    """The post has its holder alone again, at once; also before the first day.

    Raises NotFound, NotAllowed when it is not this person's to end, WrongState when it is over.
    """
    with transaction.atomic():
        chain = lock_system_chain()
        found = Substitution.objects.filter(pk=substitution_id).first()
        if found is None:
            raise NotFound("no-such-substitution")
        seats = _seats({found.post_id, found.substitute_id}, now)
        absent, present = seats[found.post_id], seats[found.substitute_id]
        over = found.ended is not None or found.until_day <= district_day(now)
        _judge(who.may_end(by, absent.post, over=over))
        people.end_substitution(found.pk, ended_by=by.user_id, ended=now)
        _record_substitution("substitution.ended", chain, found, absent, present, by, now)
        notices.put_many([_said("substitution.ended", found, absent, present)], now=now)
    reresolve([found.post_id], by=by, now=now)
    found.refresh_from_db()
    return found


def _record_substitution(
    kind: str,
    chain: int,
    about: Substitution,
    absent: Seat,
    present: Seat,
    by: Actor,
    now: datetime,
    **personal: str,
) -> None:
    names = {"holder": names_of(absent.holders), "substitute_holder": names_of(present.holders)}
    facts = {
        "substitution": about.pk,
        "post": absent.post.name,
        "post_id": absent.post.id,
        "substitute": present.post.name,
        "substitute_id": present.post.id,
        "from_day": about.from_day,
        "until_day": about.until_day,
    }
    _record(kind, chain, by, absent.post, now, facts, names | personal)


def _said(kind: str, about: Substitution, absent: Seat, present: Seat) -> notices.Draft:
    """A notice to both sides."""
    return notices.Draft(
        kind,
        key=f"{kind}:{about.pk}",
        to={*absent.holders, *present.holders},
        facts=_days(about) | {"who": present.post.name, "post": absent.post.name},
        url=reverse("substitutes"),
    )


def _tasks(about: Substitution, absent: Seat, present: Seat) -> notices.Draft:
    """One notice to the substitute on the first day: for whom, and how much is open."""
    waiting = Assignment.objects.filter(
        post_id=about.post_id, status=rules.OPEN, handed_to__isnull=True, run__confidential=False
    ).count()
    return notices.Draft(
        "substitution.tasks",
        key=f"substitution.tasks:{about.pk}",
        to=present.holders,
        facts=_days(about) | {"post": absent.post.name, "count": waiting},
        url=reverse("inbox"),
    )


def _days(about: Substitution) -> dict[str, str]:
    """First and last day, as people count them."""
    return {"begins": about.from_day.isoformat(), "ends": (about.until_day - ONE_DAY).isoformat()}


# --- appointments ---


def appoint(post_id: int, user_id: int, *, from_day: date, by: Actor, now: datetime) -> Appointment:
    """Give a post to somebody from a day on; from that day its open tasks are theirs as well.

    Raises NotFound, NotAllowed when the post is not this person's to give, Invalid for somebody who cannot hold
    one or a day gone by, WrongState when it is held already.
    """
    with transaction.atomic():
        chain = lock_system_chain()
        seat, user = _post(post_id), _person(user_id)
        post = post_ref(seat)
        held = Appointment.objects.filter(post=seat, user=user, until_day__isnull=True)
        verdict = who.may_appoint(
            by,
            post,
            who.Person(user.pk, user.administrator, user.is_active),
            from_day=from_day,
            holds_already=held.exists(),
            today=district_day(now),
        )
        _judge(verdict)
        others = holders_of([post.id], at=now).get(post.id, [])
        made = people.appoint(seat, user, from_day=from_day)
        facts = {"appointment": made.pk, "post": post.name, "post_id": post.id, "from_day": from_day}
        _record(
            "appointment.made",
            chain,
            by,
            post,
            now,
            facts,
            {"person": str(user), "holders": names_of(others)},
        )
        _tell_person("appointment.made", made.pk, user.pk, now, post=post.name, begins=from_day)
    reresolve([post_id], by=by, now=now)
    return made


def appoint_listed(wanted: Sequence[tuple[int, int, date]], *, by: Actor, now: datetime) -> list[Appointment]:
    """Give posts (post, account, from which day) as a list says that two administrators made; one held already is left.

    For a caller's transaction: `reresolve` has to follow its commit. Raises NotFound, NotAllowed for anybody but the security administrator, Invalid for somebody who cannot hold one.
    """
    with transaction.atomic():
        chain = lock_system_chain()
        seats = {row.pk: row for row in Post.objects.filter(pk__in=[post for post, _user, _day in wanted])}
        users = {row.pk: row for row in User.objects.filter(pk__in=[user for _post, user, _day in wanted])}
        held = set(
            Appointment.objects.filter(user__in=users, until_day__isnull=True).values_list(
                "post_id", "user_id"
            )
        )
        made = []
        for post_id, user_id, from_day in wanted:
            if post_id not in seats or user_id not in users:
                raise NotFound("no-such-post" if post_id not in seats else "no-such-person")
            _judge(who.may_appoint_listed(by, _seen(users[user_id])))
            if (post_id, user_id) not in held:
                made.append(people.seat(seats[post_id], users[user_id], from_day=from_day))
        drafts = [
            Draft(
                "appointment.made",
                by,
                now,
                now,
                facts={
                    "appointment": row.pk,
                    "post": row.post.name,
                    "post_id": row.post_id,
                    "from_day": row.from_day,
                },
                personal={"person": str(row.user)},
            )
            for row in made
        ]
        append(chain, drafts)
        notices.put_many([_appointed(row) for row in made], now=now)
    return made


def _appointed(row: Appointment) -> notices.Draft:
    facts = {"post": row.post.name, "begins": row.from_day.isoformat()}
    key = f"appointment.made:{row.pk}"
    return notices.Draft("appointment.made", key=key, to=[row.user_id or 0], facts=facts, url=reverse("me"))


def end_appointment(appointment_id: int, *, on: date, by: Actor, now: datetime) -> Appointment:
    """The post is no longer held from this day (inclusive); its open tasks stay with the post.

    Raises NotFound, NotAllowed when it is not this person's to end, Invalid for a day gone by, WrongState when
    it is over.
    """
    with transaction.atomic():
        chain = lock_system_chain()
        found = Appointment.objects.select_related("post__organisation", "user").filter(pk=appointment_id)
        held = found.first()
        if held is None:
            raise NotFound("no-such-appointment")
        post, today = post_ref(held.post), district_day(now)
        _judge(who.may_end_appointment(by, post, on=on, until_day=held.until_day, today=today))
        people.end_appointment(held, on=on)
        facts = {"appointment": held.pk, "post": post.name, "post_id": post.id, "until_day": on}
        _record(
            "appointment.ended", chain, by, post, now, facts, {"person": str(held.user or held.holder_name)}
        )
        _tell_person("appointment.ended", held.pk, held.user_id, now, post=post.name, ends=on)
    reresolve([held.post_id], by=by, now=now)
    held.refresh_from_db()
    return held


# --- leaving ---


def hand_over(from_user_id: int, to_user_id: int, *, by: Actor, now: datetime, reason: str) -> list[PostRef]:
    """离职转办: the leaver's posts, those this person has power over, go to the successor today with all that is open.

    Substitutions name posts, so they stay with the post. Returns the posts that went. Raises NotFound, NotAllowed,
    Invalid for a successor who cannot take over, WrongState when there is nothing to hand over.
    """
    _judge(who.reason_is_given(reason))
    with transaction.atomic():
        chain = lock_system_chain()
        leaver, successor = _person(from_user_id), _person(to_user_id)
        held = [row for row in held_by(leaver.pk, now) if who.power_over(by, post_ref(row.post))]
        posts = list({row.post_id: post_ref(row.post) for row in held}.values())
        _judge(who.may_hand_over(by, leaver=leaver.pk, successor=_seen(successor), posts=posts))
        tasks = _handed_over(chain, held, posts, (leaver, successor), by=by, now=now, reason=reason)
    everywhere = {*tasks, *(post.id for post in posts)}
    reresolve(everywhere, by=by, now=now, successors={leaver.pk: successor.pk})
    return posts


def hand_over_closed(
    from_user_id: int, to_user_id: int, *, by: Actor, now: datetime, reason: str
) -> list[PostRef]:
    """All posts of somebody whose account was closed go to the successor today, with all that is open.

    The security administrator's confirmation of what the system administrator named. Raises as `hand_over` does.
    """
    _judge(who.reason_is_given(reason))
    with transaction.atomic():
        chain = lock_system_chain()
        leaver, successor = _person(from_user_id), _person(to_user_id)
        held = held_by(leaver.pk, now)
        posts = list({row.post_id: post_ref(row.post) for row in held}.values())
        _judge(who.may_hand_over_closed(by, leaver=_seen(leaver), successor=_seen(successor), posts=posts))
        tasks = _handed_over(chain, held, posts, (leaver, successor), by=by, now=now, reason=reason)
    # An administrator has no part in a matter: its own record says that the system asked anew.
    everywhere = {*tasks, *(post.id for post in posts)}
    reresolve(everywhere, by=SYSTEM, now=now, successors={leaver.pk: successor.pk})
    return posts


def _seen(user: User) -> who.Person:
    return who.Person(user.pk, user.administrator, user.is_active)


def _handed_over(
    chain: int,
    held: list[Appointment],
    posts: list[PostRef],
    people_: tuple[User, User],
    *,
    by: Actor,
    now: datetime,
    reason: str,
) -> list[int]:
    """Pass the posts on, record and tell it; returns the posts whose tasks lay with the leaver."""
    leaver, successor = people_
    _pass_on(held, successor, now)
    tasks = list(open_with(leaver.pk, posts).values_list("post_id", flat=True))
    facts = {"posts": [{"post": post.id, "name": post.name} for post in posts], "tasks": len(tasks)}
    names = {"leaver": str(leaver), "successor": str(successor), "reason": reason.strip()}
    entry = _record("post.handed_over", chain, by, posts[0], now, facts, names)
    told = notices.Draft(
        "post.handed_over",
        key=f"post.handed_over:{entry}",
        to=[leaver.pk, successor.pk],
        facts={"post": "、".join(post.name for post in posts), "count": len(tasks)},
        url=reverse("inbox"),
    )
    notices.put_many([told], now=now)
    return tasks


def _pass_on(held: Iterable[Appointment], successor: User, now: datetime) -> None:
    today = district_day(now)
    has = set(
        Appointment.objects.filter(user=successor, until_day__isnull=True).values_list("post_id", flat=True)
    )
    for row in held:
        people.end_appointment(row, on=today)
        if row.post_id not in has:
            people.appoint(row.post, successor, from_day=max(today, row.from_day))
            has.add(row.post_id)


# --- a new day ---


def begin_day(*, now: datetime) -> int:
    """What began or ended today or yesterday reaches the open tasks, and both sides hear of a substitution's first day.

    Doing it again changes nothing. Returns how many steps changed.
    """
    today = district_day(now)
    changed = reresolve(posts_changing([today - ONE_DAY, today]), by=SYSTEM, now=now)
    for found in beginning(today):
        if district_day(found.made) == today:
            continue  # told when it was made
        with transaction.atomic():
            seats = _seats({found.post_id, found.substitute_id}, now)
            absent, present = seats[found.post_id], seats[found.substitute_id]
            began = replace(_said("substitution.began", found, absent, present), to=absent.holders)
            notices.put_many([began, _tasks(found, absent, present)], now=now)
    return changed


# --- shared ---


def _judge(verdict: Verdict) -> None:
    error = NotAllowed
    if verdict.code in who.MISTYPED:
        error = Invalid
    elif verdict.code in who.IN_THE_WAY:
        error = WrongState
    verdict.or_raise(error)


def _seats(post_ids: set[int], now: datetime) -> dict[int, Seat]:
    found = {seat.post.id: seat for seat in posts_with_holders(Q(pk__in=post_ids), at=now)}
    if len(found) != len(post_ids):
        raise NotFound("no-such-post")
    return found


def _post(post_id: int) -> Post:
    found = Post.objects.select_related("organisation").filter(pk=post_id).first()
    if found is None:
        raise NotFound("no-such-post")
    return found


def _person(user_id: int) -> User:
    found = User.objects.filter(pk=user_id).first()
    if found is None:
        raise NotFound("no-such-person")
    return found


def _tell_person(kind: str, appointment: int, user_id: int | None, now: datetime, **facts: object) -> None:
    """The person appointed hears of it; a holder without an account cannot."""
    facts = {name: str(value) for name, value in facts.items()}
    to = [user_id] if user_id else []
    draft = notices.Draft(kind, key=f"{kind}:{appointment}", to=to, facts=facts, url=reverse("me"))
    notices.put_many([draft], now=now)


def _record(
    kind: str,
    chain: int,
    by: Actor,
    about: PostRef,
    now: datetime,
    facts: dict[str, object],
    names: dict[str, str],
) -> int:
    """One entry on the system chain, in the capacity that gives the power; returns its key."""
    own = about if about.id in by.post_ids else who.power_over(by, about)
    personal = {field: text for field, text in names.items() if text}
    entry = record(
        kind,
        chain_id=chain,
        by=by.in_post(own.id) if own else by,
        happened=now,
        now=now,
        facts=facts,
        personal=personal,
    )
    return entry.id
