"""What a project's flows put on their papers: the matter in names and values, from what the sheet has read."""

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext as _

from flows.engine.papers import day, moment
from flows.engine.registry import Context
from hetang_flow.lib import figures

from .models import Evidence, Fact, PhaseCorrection, Project
from .selectors_milestone import Item, MilestoneSheet

# Enough of a file's sha256 to tell it from any other that was ever handed in.
SHA = 12


def milestone_rows(context: Context) -> list[tuple[str, str]]:
    """The project, the move, the money, then every line of the checklist with all that was laid on it."""
    ms: MilestoneSheet = context["ms"]
    milestone = ms.milestone
    return [
        *_about(ms.project),
        (_("Phase"), f"{milestone.get_from_phase_display()} → {ms.to_name}"),
        (_("Total investment"), money(ms.project.total_investment)),
        (_("Planned investment this year"), money(ms.project.planned_investment)),
        (_("Submitted by"), milestone.service_unit.name),
        *((item.need.name, "\n".join(_laid(item))) for item in ms.items),
        (_("Note"), ms.note),
    ]


def correction_rows(context: Context) -> list[tuple[str, str]]:
    """The project, the phase on record, the phase it should be in, and why."""
    correction: PhaseCorrection = context["correction"]
    return [
        *_about(correction.project),
        (_("Phase on record"), correction.get_from_phase_display()),
        (_("Phase it should be in"), correction.get_to_phase_display()),
        (_("Proposed by"), correction.proposed_by.name),
        (_("Reason for the correction"), correction.reason),
    ]


def money(value: Decimal) -> str:
    """An amount in 万元 shown in 亿元 with its unit; below 0.01 亿元 the 万元 figure follows in brackets."""
    shown = f"{figures.yi(value)} {_('× 100 million yuan')}"
    if 0 < abs(value) < 100:
        shown += _("(%(amount)s ten thousand yuan)") % {"amount": figures.number(value)}
    return shown


def _about(project: Project) -> list[tuple[str, str]]:
    return [(_("Project"), f"{project.name}\n{project.code} · {project.line.name}")]


def _laid(item: Item) -> Iterator[str]:
    """Everything on one line of the checklist, the newest first; what is missing is said."""
    if not item.present:
        yield _("missing") if item.need.required else _("none")
    if item.fact:
        yield _figure(item.fact)
    for fact in reversed(item.replaced):
        yield _("earlier %(value)s (round %(number)s)") % {"value": _figure(fact), "number": fact.round}
    for file in item.files:
        yield _file(file)
    for file in reversed(item.earlier):
        gone = _("taken out in round %(number)s") % {"number": file.withdrawn_round}
        yield f"{_file(file)} · {gone}"


def _figure(fact: Fact) -> str:
    return day(fact.day) if fact.day else f"{figures.number(fact.value)} {fact.unit}".strip()


def _file(file: Evidence) -> str:
    return f"{file.name} · sha256 {file.sha256[:SHA]} · {file.uploaded_by.name} {moment(file.uploaded)}"
