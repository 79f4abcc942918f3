"""`make tour`: on an empty database of its own, the 2023 plan and one project through all six phases."""

import secrets
import tempfile

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.test.utils import override_settings

from hetang_flow import env
from hetang_flow.lib import clock
from hetang_flow.tour import Tour, TourFailed
from permissions.operations import create_demonstration

PLAN = env.BASE_DIR / "plans" / "hetang-2023.yaml"
EXPECTED = "tour: 5 lines, 6 key projects, 1 project reviewed, "


class Command(BaseCommand):
    """Headless; the database and the evidence are thrown away afterwards, whatever happens."""

    help = "Walk one invented project from signed to reviewed on a database of its own."

    def handle(self, *args, **options):
        """Exit with an error unless the closing line says exactly what is promised."""
        own = f"{settings.DATABASES['default']['NAME']}_tour"
        connection.settings_dict["TEST"]["NAME"] = own
        before = connection.settings_dict["NAME"]
        self.stdout.write("Preparing an empty database ...")
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            with tempfile.TemporaryDirectory(prefix="hetang-tour-") as folder:
                line = self.walk(folder)
        finally:
            connection.creation.destroy_test_db(before, verbosity=0)
        self.stdout.write(line)
        if not line.startswith(EXPECTED):
            raise CommandError(f"The tour should have said: {EXPECTED}...")

    def walk(self, folder: str) -> str:
        """Load the plan, make the accounts, walk."""
        now, password = clock.now(), secrets.token_urlsafe(12)
        cheap = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
        with override_settings(EVIDENCE_ROOT=folder, PASSWORD_HASHERS=cheap, ALLOWED_HOSTS=["localhost"]):
            call_command("load_plan", str(PLAN), yes=True, stdout=self.stdout)
            create_demonstration(password, now=now)
            try:
                return Tour(password, now=now, say=self.stdout.write).walk()
            except TourFailed as failed:
                raise CommandError(str(failed)) from failed
