"""Reading targets."""

from .models import Target


def line_of_target(plan_id: int, code: str) -> int | None:
    """The line whose target this is, by its code in the plan; None for a headline target or an unknown one."""
    return Target.objects.filter(plan_id=plan_id, code=code).values_list("line_id", flat=True).first()
