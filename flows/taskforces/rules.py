"""Pure rules of task forces: when one is at work, and whose business one is."""

from datetime import date

from permissions.actors import Actor

AHEAD, AT_WORK, OVER = "ahead", "at_work", "over"


def standing(from_day: date, until_day: date | None, today: date) -> str:
    """Whether a task force is still to begin, at work (its first and last day included) or over."""
    if today < from_day:
        return AHEAD
    return OVER if until_day is not None and until_day < today else AT_WORK


def sees_lines(actor: Actor) -> bool:
    """Whether a line's task force is this person's business: a post is held, and not only an owner's contact's."""
    return actor.is_of_the_district
