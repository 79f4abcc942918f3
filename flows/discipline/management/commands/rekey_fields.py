"""manage.py rekey_fields: seal every text of the compartment with the first of HETANG_FIELD_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from flows.discipline.operations_keys import rekey
from hetang_flow.lib.errors import Refusal


class Command(BaseCommand):
    """Everything or nothing; afterwards the keys before the first may be taken out of the environment."""

    help = "Seal every sealed text with the first of HETANG_FIELD_KEYS; the others are then no longer needed."

    def handle(self, *args: Any, **options: Any) -> None:
        """One line that says nothing of how much there is; refused where a text opens with none of the keys."""
        try:
            rekey()
        except Refusal as refused:
            text = _(
                "A key that something was sealed with is missing. Nothing was changed; put it back at the end."
            )
            raise CommandError(text) from refused
        self.stdout.write(_("Everything that is sealed is sealed with the first key."))
