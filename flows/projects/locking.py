"""A project under its lock, for every operation that writes about one; a Run is locked before it, never after."""

from uuid import UUID

from hetang_flow.lib.errors import NotFound

from .models import Project


def locked_project(project_id: UUID) -> Project:
    """The project under its lock, with its plan (one statement). Raises NotFound."""
    rows = Project.objects.select_for_update(no_key=True, of=("self",)).select_related("plan")
    found = rows.filter(public_id=project_id).first()
    if found is None:
        raise NotFound("no-such-project")
    return found
