"""What an obstacle puts on its paper, from what the sheet has read."""

from django.utils.translation import gettext as _

from flows.engine.papers import day
from flows.engine.registry import Context
from flows.files.papers import file_rows

from .selectors_sheet import ObstacleSheet


def obstacle_rows(context: Context) -> list[tuple[str, str]]:
    """The project, what stands in its way, where it is coordinated, who deals with it, how far it has come."""
    found: ObstacleSheet = context["ob"]
    obstacle = found.obstacle
    return [
        (_("Project"), f"{obstacle.project.name}\n{obstacle.project.code}"),
        (_("What stands in the way"), "\n".join(filter(None, (obstacle.title, obstacle.details)))),
        *([(_("Came from"), found.origin.text)] if found.origin else []),
        (_("Kind"), found.kind_name),
        (_("Effect"), found.effect),
        (_("Level of coordination"), obstacle.level.name if obstacle.level else _("not sorted yet")),
        (_("Held by"), "、".join(found.held_by) or "—"),
        (_("Dealt with by"), f"{obstacle.unit.name}，{day(obstacle.due_on)}" if obstacle.unit else "—"),
        (_("What was done"), obstacle.measure or "—"),
        *((each.name, each.text) for each in found.reported),
        *file_rows(context["files"]),
    ]
