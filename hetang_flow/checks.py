"""What `manage.py check` says of the packages this copy runs on."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register

from hetang_flow import minimum


@register(Tags.security)
def packages_are_new_enough(app_configs: Sequence[Any] | None, **more: Any) -> list[CheckMessage]:
    """An error for each package with a known fault."""
    hint = "Install from requirements/runtime.txt."
    return [Error(said, hint=hint, id="hetang_flow.E001") for said in minimum.too_old()]
