"""The people's part of a plan file: organisations with aliases, posts with their holders as published."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from hetang_flow.lib.plan_file import (
    NOTE,
    PRESET,
    WARNING,
    Change,
    Clause,
    Finding,
    Name,
    PlanModel,
    ShortName,
    Slug,
    doubles,
    nearest,
)
from hetang_flow.lib.plan_rows import by_key, write_rows
from permissions.actors import Actor
from permissions.models import Appointment, Organisation, Post
from permissions.plan_names import check_post, check_unit, check_units

# Bodies that the flows look up by code, so every plan has them.
COMMISSION, HIGHER_COMMISSION = "discipline-commission", "city-discipline-commission"
BODIES = ("campaign-office", "hq-office", COMMISSION, HIGHER_COMMISSION)
AFTER_THE_ROSTER = 1000  # one order for all, so that a post more in the file moves none of them

Kind = Literal["leadership", "city", "bureau", "town", "company", "office", "outside"]
Duty = Literal["city_leader", "leader", "head", "deputy", "inspector", "secretary"]


class OrganisationEntry(PlanModel):
    """An organisation; `aliases` are the other names under which the notice speaks of it."""

    code: Slug
    name: Name
    kind: Kind
    clause: Clause
    short_name: ShortName = ""
    parent: Name | None = None
    aliases: list[Name] = []


class PostEntry(PlanModel):
    """A post and its holder as published; `on_roster` says whether annex 1 names it.

    A secretary's post names the leader's post for which it prepares opinions (`serves`).
    """

    code: Slug
    organisation: Name
    name: Name
    duty: Duty
    clause: Clause
    holder: ShortName | None = None
    on_roster: bool = True
    serves: Slug | None = None


class StandardPosts(PlanModel):
    """The two posts that every organisation of these kinds gets: its desk and its officer."""

    kinds: list[Kind]
    desk: ShortName
    officer: ShortName
    clause: Clause = PRESET


class Collective(PlanModel):
    """A name for several organisations (各街道办事处)."""

    name: Name
    members: list[Name]
    clause: Clause


class People(PlanModel):
    """The keys of this section."""

    organisations: list[OrganisationEntry]
    collectives: list[Collective] = []
    standard_posts: StandardPosts
    posts: list[PostEntry]


class Section:
    """Organisations, posts and appointments."""

    name = "people"
    model = People

    def check(self, document: Any) -> Iterator[Finding]:
        """Doubles, ambiguous aliases, unknown parents and organisations, missing bodies."""
        yield from self._check_organisations(document)
        for index, entry in enumerate(document.collectives):
            yield from check_units(document.names, entry.members, ("collectives", index, "members"))
        for index, first in doubles(entry.code for entry in document.posts):
            message = _("The post code “%(code)s” is taken by posts[%(first)s]. Choose another.")
            facts = {"code": document.posts[index].code, "first": first}
            yield Finding("post-twice", message, facts, ("posts", index, "code"))
        for index, first in doubles(entry.name for entry in document.posts):
            message = _("The post “%(name)s” is posts[%(first)s] already. Tell the two apart by their names.")
            facts = {"name": document.posts[index].name, "first": first}
            yield Finding("post-name-twice", message, facts, ("posts", index, "name"))
        for index, entry in enumerate(document.posts):
            yield from check_unit(document.names, entry.organisation, ("posts", index, "organisation"))
        yield from _check_secretaries(document)

    def _check_organisations(self, document: Any) -> Iterator[Finding]:
        names, entries = document.names, document.organisations
        for index, first in doubles(entry.code for entry in entries):
            message = _("The code “%(code)s” is taken by organisations[%(first)s]. Choose another.")
            facts = {"code": entries[index].code, "first": first}
            yield Finding("organisation-twice", message, facts, ("organisations", index, "code"))
        for index, entry in enumerate(entries):
            where = ("organisations", index)
            said = [(entry.name, (*where, "name"))]
            said += [(alias, (*where, "aliases", place)) for place, alias in enumerate(entry.aliases)]
            for name, path in said:
                others = [code for code in names.units.get(name, []) if code != entry.code]
                if others:
                    message = _(
                        "“%(name)s” also means %(others)s. A name or alias belongs to one organisation."
                    )
                    yield Finding(
                        "alias-of-two", message, {"name": name, "others": names.called(others)}, path
                    )
            if entry.parent is not None:
                yield from check_unit(names, entry.parent, (*where, "parent"))
                if names.unit(entry.parent) == entry.code:
                    message = _("“%(name)s” cannot be its own parent.")
                    yield Finding("own-parent", message, {"name": entry.name}, (*where, "parent"))
        yield from _loops(document)
        for code in BODIES:
            if code not in names.unit_names:
                near = nearest(code, names.unit_names)
                message = _(
                    "The plan has no organisation with the code “%(code)s”, which the flows need. Add it."
                )
                yield Finding("body-missing", message, {"code": code, "near": near}, ("organisations",))

    def lint(self, document: Any) -> Iterator[Finding]:
        """Aliases in use, titles the roster does not give."""
        for index, entry in enumerate(document.organisations):
            if entry.aliases:
                message = _("%(name)s is also called %(aliases)s: taken as one organisation.")
                facts = {"name": entry.name, "aliases": "、".join(entry.aliases)}
                path = ("organisations", index, "aliases")
                yield Finding("alias", message, facts, path, NOTE, entry.clause)
        for index, entry in enumerate(document.posts):
            if entry.on_roster and document.names.unit(entry.name):
                message = _("The roster names no title for the holder in %(name)s; taken as its head.")
                path = ("posts", index, "name")
                yield Finding("title-missing", message, {"name": entry.name}, path, WARNING, entry.clause)

    def load(self, document: Any, context: Any, *, by: Actor, now: datetime, effective: date) -> None:
        """Write organisations (parents first), posts and appointments; add what differed to the context."""
        context.unit_ids = _write_organisations(document, context)
        context.post_ids = _write_posts(document, context)
        _write_appointments(document, context, effective)


def standard_posts(document: Any) -> Iterator[tuple[str, str, str, str]]:
    """Yield (code, organisation code, name, duty) of the posts that the loader adds."""
    rule = document.standard_posts
    for entry in document.organisations:
        if entry.kind in rule.kinds:
            yield f"{entry.code}-desk", entry.code, f"{entry.name}{rule.desk}", Post.Duty.DESK.value
            yield f"{entry.code}-officer", entry.code, f"{entry.name}{rule.officer}", Post.Duty.OFFICER.value


def _check_secretaries(document: Any) -> Iterator[Finding]:
    """A secretary, and nobody else, serves a post of the file, which is no secretary's."""
    secretaries = {entry.code for entry in document.posts if entry.duty == "secretary"}
    for index, entry in enumerate(document.posts):
        if (entry.serves is None) == (entry.duty == "secretary"):
            if entry.serves is None:
                message = _("“%(name)s” is a secretary's post; say under serves for which post it works.")
            else:
                message = _("“%(name)s” is no secretary's post, so it serves no other. Remove serves.")
            yield Finding("secretary-serves", message, {"name": entry.name}, ("posts", index))
        elif entry.serves in secretaries:
            message = _("“%(name)s” serves another secretary's post. Name the leader's post.")
            yield Finding("secretary-of-secretary", message, {"name": entry.name}, ("posts", index, "serves"))
        elif entry.serves is not None:
            yield from check_post(document.names, entry.serves, ("posts", index, "serves"))


def _loops(document: Any) -> Iterator[Finding]:
    parents = {
        entry.code: document.names.unit(entry.parent) for entry in document.organisations if entry.parent
    }
    for index, entry in enumerate(document.organisations):
        seen, code = set(), parents.get(entry.code)
        while code and code != entry.code and code not in seen:
            seen.add(code)
            code = parents.get(code)
        if code == entry.code and parents[entry.code] != entry.code:
            message = _("The parents of “%(name)s” lead back to itself. Correct one of them.")
            yield Finding("parents-loop", message, {"name": entry.name}, ("organisations", index, "parent"))


def _write_organisations(document: Any, context: Any) -> dict[str, int]:
    """Write level by level, so that a parent has its key before its children are written."""
    stored = by_key(Organisation.objects.filter(code__in=[entry.code for entry in document.organisations]))
    ids = {code: row.pk for code, row in stored.items()}
    waiting = {entry.code: entry for entry in document.organisations}
    written: dict[str, Any] = {}
    while waiting:
        ready = {
            code: entry
            for code, entry in waiting.items()
            if entry.parent is None or document.names.unit(entry.parent) not in waiting
        }
        wanted = {
            code: {
                "code": code,
                "name": entry.name,
                "short_name": entry.short_name,
                "kind": entry.kind,
                "parent_id": ids[document.names.unit(entry.parent)] if entry.parent else None,
                "aliases": list(entry.aliases),
            }
            for code, entry in ready.items()
        }
        labels = {"parent_id": {key: code for code, key in ids.items()}}
        written |= write_rows(Organisation, wanted, stored, labels=labels)
        fresh = [code for code in ready if code not in ids]
        if fresh:
            ids |= dict(Organisation.objects.filter(code__in=fresh).values_list("code", "pk"))
        waiting = {code: entry for code, entry in waiting.items() if code not in ready}
    context.wrote("organisations", len(document.organisations), written, document.names.unit_names)
    return ids


def _write_posts(document: Any, context: Any) -> dict[str, int]:
    units, names = context.unit_ids, document.names
    wanted: dict[str, dict[str, Any]] = {
        entry.code: {
            "code": entry.code,
            "organisation_id": units[names.unit(entry.organisation)],
            "name": entry.name,
            "duty": entry.duty,
            "order": order,
            "on_roster": entry.on_roster,
        }
        for order, entry in enumerate(document.posts)
    }
    for code, unit, name, duty in standard_posts(document):
        wanted.setdefault(
            code,
            {
                "code": code,
                "organisation_id": units[unit],
                "name": name,
                "duty": duty,
                "order": AFTER_THE_ROSTER,
                "on_roster": False,
            },
        )
    posts = Post.objects.filter(code__in=list(wanted))
    stored = by_key(posts)
    labels = {"organisation_id": context.unit_codes, "serves_id": {row.pk: row.code for row in posts}}
    served = {entry.code: entry.serves for entry in document.posts if entry.serves}
    others = {code: {**values, "serves_id": None} for code, values in wanted.items() if code not in served}
    written = write_rows(Post, others, stored, labels=labels)
    # Those who serve come last: by now the posts they serve have their keys.
    ids = dict(posts.values_list("code", "pk"))
    serving = {code: {**wanted[code], "serves_id": ids[leader]} for code, leader in served.items()}
    labels["serves_id"] = {key: code for code, key in ids.items()}
    written |= write_rows(Post, serving, stored, labels=labels)
    context.wrote("posts", len(wanted), written, {code: values["name"] for code, values in wanted.items()})
    return dict(posts.values_list("code", "pk")) if serving else ids


def _write_appointments(document: Any, context: Any, effective: date) -> None:
    """Close and open published appointments on the effective day; those made by hand (no name) are not touched."""
    wanted = {entry.code: entry.holder for entry in document.posts}
    # A post that the last loaded file had and this one has not: its holder steps down.
    for entry in context.previous.get("posts", []):
        wanted.setdefault(entry["code"], None)
    open_now: dict[str, list[Appointment]] = {code: [] for code in wanted}
    rows = Appointment.objects.filter(post__code__in=list(wanted), until_day__isnull=True)
    for row in rows.exclude(holder_name="").select_related("post").order_by("pk"):
        open_now[row.post.code].append(row)
    ended, fresh = [], []
    for code, holder in wanted.items():
        held = [row.holder_name for row in open_now[code]]
        if held == ([holder] if holder else []):
            continue
        for row in open_now[code]:
            row.until_day = max(effective, row.from_day)
            ended.append(row)
        if holder:
            fresh.append(Appointment(post_id=context.post_ids[code], holder_name=holder, from_day=effective))
        context.add(_appointment_change(code, held, holder, effective, document))
    if ended:
        Appointment.objects.bulk_update(ended, ["until_day"])
    if fresh:
        Appointment.objects.bulk_create(fresh)
    context.counted("appointments", sum(1 for holder in wanted.values() if holder))


def _appointment_change(
    code: str, held: list[str], holder: str | None, effective: date, document: Any
) -> Change:
    """The record names the post and the day; the people's names are personal."""
    what = "changed" if held and holder else "created" if holder else "removed"
    personal = {"holder_before": "、".join(held), "holder_after": holder or ""}
    return Change(
        "appointments",
        what,
        code,
        document.names.posts.get(code, code),
        before={"until_day": effective} if held else None,
        after={"from_day": effective} if holder else None,
        personal={field: name for field, name in personal.items() if name},
    )


def post_holders(document: Any) -> dict[str, str]:
    """The published holder of each post, by the post's code."""
    return {entry.code: entry.holder for entry in document.posts if entry.holder}


def posts_of_person(document: Any, post_code: str) -> list[PostEntry]:
    """The post itself and every other that its holder holds."""
    holder = post_holders(document).get(post_code)
    return [
        entry for entry in document.posts if entry.code == post_code or (holder and entry.holder == holder)
    ]


def units_of_person(document: Any, post_code: str) -> set[str]:
    """The codes of the organisations in which the holder of a post holds any post."""
    found = (document.names.unit(entry.organisation) for entry in posts_of_person(document, post_code))
    return {code for code in found if code}


def has_head(document: Any, unit: str) -> bool:
    """Whether the roster names a holder at the head of this organisation."""
    return any(
        entry.holder
        and entry.on_roster
        and entry.duty in ("leader", "head")
        and document.names.unit(entry.organisation) == unit
        for entry in document.posts
    )


def people_called(document: Any, post_codes: Iterable[str]) -> str:
    """The holders of posts as one text, the post's name where nobody is published."""
    holders = post_holders(document)
    return "、".join(holders.get(code) or document.names.posts.get(code, code) for code in post_codes)
