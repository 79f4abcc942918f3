"""Who is who on a day: who holds a post, who stands in, who may act on a share."""

from datetime import date, timedelta

from .words import Matter, Share

OFFICE = "campaign-office"
ZONE = timedelta(hours=8)


def today(m: Matter) -> date:
    """The day in the district."""
    return (m["now"] + ZONE).date()


def ordered(m: Matter, people: set[str]) -> list[str]:
    """People in the order in which they came to the district."""
    return sorted(people, key=m["people"].index)


def current(m: Matter) -> list[dict]:
    """The appointments that hold today, the oldest first."""
    day = today(m)
    return [a for a in m["appointments"] if a["from"] <= day and (a["until"] is None or day < a["until"])]


def holders(m: Matter, post: str) -> list[str]:
    """Who holds a post."""
    return ordered(m, {a["person"] for a in current(m) if a["post"] == post})


def held(m: Matter, person: str | None) -> set[str]:
    """The posts of a person."""
    return {a["post"] for a in current(m) if a["person"] == person}


def units(m: Matter, person: str | None) -> set[str]:
    """The units in which somebody works."""
    return {m["posts"][post]["unit"] for post in held(m, person)}


def running(m: Matter) -> list[dict]:
    """The substitutions that hold now."""
    day = today(m)
    return [
        c for c in m["covers"]
        if c["from"] <= day < c["until"] and (c["ended"] is None or c["ended"] > m["now"])
    ]  # fmt: skip


def standing_for(m: Matter, posts: set[str]) -> set[str]:
    """The posts for which these stand in, at one or two hops."""
    near = {c["post"] for c in running(m) if c["substitute"] in posts}
    return near | {c["post"] for c in running(m) if c["substitute"] in near}


def substitutes(m: Matter, post: str) -> list[str]:
    """Who stands in for the holders of a post, at one or two hops."""
    near = {c["substitute"] for c in running(m) if c["post"] == post}
    both = near | {c["substitute"] for c in running(m) if c["post"] in near}
    return ordered(m, {a["person"] for a in current(m) if a["post"] in both} - {*holders(m, post)})


def answers(m: Matter, post: str, handed: str | None = None) -> set[str]:
    """Whose task it is: handed to, else the holders, else who stands in."""
    return {handed} if handed else {*holders(m, post)} or {*substitutes(m, post)}


def hearing(m: Matter, post: str, handed: str | None = None) -> set[str]:
    """Who is told: handed to alone, else holders and those who stand in."""
    return {handed} if handed else {*holders(m, post), *substitutes(m, post)}


def hearing_of(m: Matter, shares: list[Share]) -> set[str]:
    """Everybody who is told of these shares."""
    return {person for s in shares for person in hearing(m, s["post"], s["handed"])}


def reach(m: Matter, person: str) -> set[str]:
    """The posts somebody may act for."""
    return held(m, person) | standing_for(m, held(m, person))


def principal(m: Matter, post: str) -> str | None:
    """For whom one acts who stands in."""
    return next((a["person"] for a in current(m) if a["post"] == post), None)


def works_in_unit(m: Matter, share: Share, person: str | None) -> bool:
    """Whether somebody works in the unit of a share's post."""
    return m["posts"][share["post"]]["unit"] in units(m, person)


def mine(m: Matter, share: Share, person: str) -> bool:
    """A share asked of a post I hold, of one I stand in for, or handed out to me."""
    handed = share["handed"] == person and works_in_unit(m, share, person)
    return share["post"] in reach(m, person) or handed


def acts_for(m: Matter, share: Share, person: str) -> str | None:
    """For whom somebody acts on a share: nobody if the post is their own."""
    if share["post"] in held(m, person) or share["post"] not in reach(m, person):
        return None
    return principal(m, share["post"])


def governs(m: Matter, person: str | None) -> bool:
    """Officers and the desk of the campaign office."""
    return any(everywhere(m, post) for post in held(m, person))


def everywhere(m: Matter, post: str) -> bool:
    """Whether a post has power over all units."""
    return m["posts"][post]["unit"] == OFFICE and m["posts"][post]["duty"] in ("officer", "desk")


def has_power(m: Matter, person: str, post: str) -> bool:
    """The head or desk of the unit, and the campaign office."""
    unit = m["posts"][post]["unit"]
    return any(
        everywhere(m, own)
        or (m["posts"][own]["duty"] in ("head", "desk") and m["posts"][own]["unit"] == unit)
        for own in held(m, person)
    )


def posts_where(m: Matter, **values: str) -> list[str]:
    """The posts of a unit or a duty, in their order."""
    return [name for name, post in m["posts"].items() if all(post[k] == v for k, v in values.items())]


def office(m: Matter) -> set[str]:
    """Everybody of the campaign office."""
    return {person for post in posts_where(m, unit=OFFICE) for person in hearing(m, post)}


def heads_of(m: Matter, shares: list[Share]) -> set[str]:
    """The heads of the units whose posts are asked, unless they are asked themselves."""
    wanted = {m["posts"][s["post"]]["unit"] for s in shares}
    heads = {
        person
        for unit in wanted
        for post in posts_where(m, unit=unit, duty="head")
        for person in hearing(m, post)
    }
    return heads - hearing_of(m, shares)


# --- days ---


def works(m: Matter, day: date) -> bool:
    """Whether people are at work on a day: Monday to Friday unless it is marked otherwise."""
    return m["marks"].get(day, day.weekday() < 5)


def due(m: Matter, start: date, limit: int) -> date:
    """The day on which so many working days after the start are over."""
    day = start
    while limit:
        day += timedelta(1)
        limit -= works(m, day)
    while not works(m, day):
        day += timedelta(1)
    return day


def working_days(m: Matter, start: date, end: date) -> int:
    """The working days after a day, up to and with another."""
    return sum(works(m, start + timedelta(n)) for n in range(1, (end - start).days + 1))
