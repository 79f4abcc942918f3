"""Pure rules of one's own deadlines: what is pressing, in which group it stands, and what a private address is."""

from datetime import date, timedelta
from hashlib import sha256

from hetang_flow.lib.unsaid import MARK
from hetang_flow.lib.verdicts import YES, Verdict
from permissions.actors import Actor

# Groups, in the order in which they are shown.
OVERDUE, TODAY, WEEK, LATER, UNDATED = "overdue", "today", "week", "later", "undated"
GROUPS = (OVERDUE, TODAY, WEEK, LATER, UNDATED)
# Kinds, in the order of the chips.
TASK, REPORT, SUPERVISION, INSPECTION = "task", "report", "supervision", "inspection"
KINDS = (TASK, REPORT, SUPERVISION, INSPECTION)
KIND_OF_FLOW = {
    "obligation": REPORT,
    "slip": SUPERVISION,
    "measure": SUPERVISION,
    "inspection": INSPECTION,
}

SECRET_BYTES = 32  # 256 bits: nobody guesses it
MOST_SHOWN, MOST_FED = 200, 500
MOST_FETCHES, FETCHES_WITHIN = 60, timedelta(hours=1)


# --- when ---


def group(due: date | None, today: date) -> str:
    """Where a deadline stands on a day; the week ends on its Sunday, so a make-up weekend belongs to it."""
    if due is None:
        return UNDATED
    if due <= today:
        return TODAY if due == today else OVERDUE
    return WEEK if due <= sunday_of(today) else LATER


def sunday_of(day: date) -> date:
    """The last day of the week in which a day lies."""
    return day + timedelta(days=6 - day.weekday())


def kind_of_flow(code: str) -> str:
    """Which kind a matter of this flow is."""
    return KIND_OF_FLOW.get(code, TASK)


def revision(*moves: int) -> int:
    """A number that grows whenever the matter moves, for programs that compare what they fetched."""
    return sum(max(move, 0) for move in moves)


# --- the private address ---


def may_have_address(by: Actor) -> Verdict:
    """Whether this person may have a private address: whoever holds a post and is no administrator."""
    return YES if by.has_business else Verdict("address-needs-post", {})


def is_the_living(wanted: str, living: str) -> Verdict:
    """Whether the address a page speaks of is the one that lives; both are empty where there is none."""
    if wanted == living:
        return YES
    return Verdict("address-made-meanwhile" if living else "address-gone", {})


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return sha256(f"{MARK}{secret}".encode()).hexdigest()
