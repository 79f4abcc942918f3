"""What the engine's pages learn from this room: bodies of sheets and papers, who sees its runs, its words in the record."""

from django.utils.translation import gettext as _

from flows.engine import registry
from flows.engine.papers import day
from flows.engine.registry import Context, Said
from flows.files.papers import file_rows
from flows.files.registry import takes_files
from flows.journal.selectors import Line

from . import selectors
from .flow import MeasureFlow, SupervisionFlow


def slip_rows(context: Context) -> list[tuple[str, str]]:
    """What the paper of a slip says."""
    slip, item = context["slip"], context["item"]
    rows = [
        (_("Slip"), slip.code),
        (_("Issued to"), slip.unit.name),
        (_("Supervised matter"), item.title),
        (_("Why"), context["sentence"]),
        (_("Answer due"), day(slip.due_on)),
    ]
    answer = [(_("The unit's answer"), slip.answer)] if slip.answer else []
    return [*rows, *answer, *file_rows(context["files"])]


def measure_rows(context: Context) -> list[tuple[str, str]]:
    """What the paper of a weighing says."""
    measure, item = context["measure"], context["item"]
    subject = f"{item.unit.name} {item.person}" if item.person else item.unit.name
    rows = [
        (_("Proposed measure"), measure.climb.name),
        (_("Subject"), subject),
        (_("Supervised matter"), item.title),
        (_("Why"), context["sentence"]),
    ]
    if measure.verdict:
        rows += [
            (_("Gravity"), measure.get_gravity_display()),
            (_("Decision"), measure.get_verdict_display()),
            (_("Reasons"), measure.reason),
        ]
    return rows


def climbed_words(line: Line) -> Said:
    """A rung of supervision was told about this matter."""
    return Said(_("supervision: %(rung)s") % {"rung": line.facts.get("name")}, "add")


def proposed_words(line: Line) -> Said | None:
    """Nothing has happened to anybody: the history says it once a person has decided."""
    return None


def decided_words(line: Line) -> Said:
    """A person has weighed a rung."""
    facts = {"rung": line.facts.get("name")}
    yes = line.kind == "supervision.confirmed"
    text = _("confirmed: %(rung)s") if yes else _("declined: %(rung)s")
    return Said(text % facts, "yes" if yes else "no", line.personal.get("opinion", ""))


takes_files(SupervisionFlow.code)
registry.sheet_context(SupervisionFlow.code, selectors.slip_context)
registry.sheet_context(MeasureFlow.code, selectors.measure_context)
registry.paper_rows(SupervisionFlow.code, slip_rows)
registry.paper_rows(MeasureFlow.code, measure_rows)
registry.run_visibility(selectors.slips_of_visible, SupervisionFlow.code)
registry.run_visibility(selectors.measures_of_visible, MeasureFlow.code)
registry.history_words("supervision.climbed", climbed_words)
registry.history_words("supervision.proposed", proposed_words)
registry.history_words("supervision.held", proposed_words)
registry.history_words("supervision.confirmed", decided_words)
registry.history_words("supervision.declined", decided_words)
registry.history_words(
    "slip.signed_for", lambda line: Said(_("signed for %(slip)s") % {"slip": line.facts.get("slip")})
)
registry.history_words(
    "slip.struck_off", lambda line: Said(_("struck off %(slip)s") % {"slip": line.facts.get("slip")}, "yes")
)
