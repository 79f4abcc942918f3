"""manage.py personal_data USERNAME [--file FILE | --forget --reason TEXT]: what a person may ask for by law."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from hetang_flow.lib import clock
from hetang_flow.lib.errors import Refusal
from hetang_flow.personal_data import export_of, forget
from hetang_flow.refusal_texts import sentence


class Command(BaseCommand):
    """Hand a person all that is held of them, or take the name of somebody who has left out of the system."""

    help = (
        "Export what is held of a person as JSON, or with --forget remove their name (PIPL, articles 44-47)."
    )

    def add_arguments(self, parser):
        """USERNAME, --file FILE, --forget, --reason TEXT."""
        parser.add_argument("username", metavar="USERNAME")
        parser.add_argument(
            "--file", type=Path, metavar="FILE", help="where the export goes; default: standard output"
        )
        parser.add_argument(
            "--forget", action="store_true", help="remove the name of a closed account for good"
        )
        parser.add_argument(
            "--reason", default="", metavar="TEXT", help="why, for the record; needed by --forget"
        )

    def handle(self, *args, **options):
        """The export as JSON, or how many places lost the name."""
        try:
            if options["forget"]:
                count = forget(options["username"], reason=options["reason"], now=clock.now())
                self.stdout.write(
                    f"personal_data: the name is gone from {count} places; the record stays whole"
                )
                return
            text = json.dumps(export_of(options["username"]), ensure_ascii=False, indent=1, default=str)
        except Refusal as refusal:
            raise CommandError(sentence(refusal.code, refusal.facts)) from refusal
        if options["file"] is None:
            self.stdout.write(text)
            return
        options["file"].touch(mode=0o600)
        options["file"].write_text(text + "\n", encoding="utf-8")
        self.stdout.write(f"personal_data: written to {options['file']}")
