"""A target that no fact tells of, so that it is reported."""

from flows.targets.models import Target


def aimed(district) -> Target:
    """The target of a district, made when first asked for."""
    words = {
        "indicator": "fixed-assets",
        "name": "固定资产投资增长",
        "kind": "growth",
        "comparison": "at_least",
    }
    words |= {"line": district.line, "value": 9, "unit": "%", "order": 0, "clause": "二"}
    found, _made = Target.objects.get_or_create(
        plan=district.plan, code=f"fixed-{district.plan.code}", defaults=words
    )
    return found
