"""Reading targets."""

from django.db.models import OuterRef, QuerySet

from .models import Target


def codes_of_line(line: str) -> QuerySet:
    """The codes of the targets of the line a row names in the column `line`, to be read with that row."""
    return Target.objects.filter(line_id=OuterRef(line)).order_by().values("code")
