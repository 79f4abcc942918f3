"""`make run`: the whole site on one machine, in one foreground process."""

import os
import signal
import socket
import sys
import time
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from hetang_flow import env
from hetang_flow.demonstration import people_to_try
from hetang_flow.lib.children import Children

WORKER = "worker"
PLAN = env.BASE_DIR / "plans" / "hetang-2023.yaml"


class Stop(Exception):
    """Somebody asked us to end."""


class Command(BaseCommand):
    help = "Run the site: database and Valkey (private ones unless named), web, one worker. Ctrl-C stops all."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=env.number("PORT", 8000))
        parser.add_argument("--host", default="127.0.0.1")

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        refuse_taken_port(host, port)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, ask_to_stop)
        children = Children()
        try:
            self.prepare()
            start_all(children, host, port)
            wait_until_it_answers(children, host, port)
            self.announce(f"http://{'localhost' if host == '127.0.0.1' else host}:{port}/")
            watch(children)
        except Stop:
            self.stdout.write(_("Stopping ..."))
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            children.stop()
        self.stdout.write(_("Stopped."))

    def prepare(self) -> None:
        """Bring the database up to date; on the first run load the plan and make the demonstration accounts."""
        self.stdout.write(_("Bringing the database up to date ..."))
        call_command("migrate", verbosity=0, interactive=False)
        if not apps.get_model("campaigns", "Plan").objects.exists():
            call_command("load_plan", str(PLAN), stdout=self.stdout, stderr=self.stderr)
        if not get_user_model().objects.exists():
            call_command("demonstration", stdout=self.stdout, stderr=self.stderr)

    def announce(self, address: str) -> None:
        """Print where the site is and who can sign in."""
        self.stdout.write("\n" + _("Hetang Flow runs at %(address)s") % {"address": address})
        names = [(user.username, user.name) for user in people_to_try()]
        if names:
            password = env.kept_secret("demo-password")
            self.stdout.write(_("Demonstration accounts, password %(password)s :") % {"password": password})
            self.stdout.writelines(f"  {username:<32} {name}\n" for username, name in names)
        self.stdout.write(_("Ctrl-C stops everything.") + "\n")
        self.stdout.flush()


def refuse_taken_port(host: str, port: int) -> None:
    """Say so before anything is started when somebody else listens there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            message = _(
                "Port %(port)d cannot be used (%(reason)s). Name another one: make run PORT=%(other)d"
            )
            facts = {"port": port, "reason": error.strerror, "other": port + 1 if port < 65535 else 8000}
            raise CommandError(message % facts) from error


def ask_to_stop(*_args: object) -> None:
    """Turn a signal into an exception, once: a second one would interrupt the stopping."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise Stop


def start_all(children: Children, host: str, port: int) -> None:
    """Start the worker and the web server; the web is first to go when all is stopped."""
    environment = {
        **os.environ,
        # The children use what this process holds ready, and start nothing themselves.
        "HETANG_DATABASE_URL": env.database_url(),
        "HETANG_REDIS_URL": env.redis_url(),
        "HETANG_VAR": str(env.var()),
        "PYTHONPATH": str(env.BASE_DIR),
        "PYTHONUNBUFFERED": "1",
    }
    manage = [sys.executable, str(env.BASE_DIR / "manage.py")]
    children.start(WORKER, [*manage, "procrastinate", "worker"], environment)
    web = ["-v", "0", "-b", host, "-p", str(port), "hetang_flow.asgi:application"]
    children.start("web", [sys.executable, "-m", "daphne", *web], environment)


def wait_until_it_answers(children: Children, host: str, port: int) -> None:
    """Return when the web server takes connections."""
    while True:
        complain_about_fallen(children)
        with suppress(OSError), socket.create_connection((host, port), timeout=1):
            return
        time.sleep(0.05)


def watch(children: Children) -> None:
    """Wait for ever. A worker that ends is started anew, as it does when its database goes; the web ends everything."""
    while True:
        fallen = children.fallen()
        if not (fallen and fallen[0] == WORKER and children.start_again(WORKER)):
            complain_about_fallen(children)
        time.sleep(0.5)


def complain_about_fallen(children: Children) -> None:
    """Raise CommandError when a child has ended by itself; its last words are above."""
    fallen = children.fallen()
    if fallen:
        name, code = fallen
        message = _("The process %(name)s ended by itself with code %(code)d: everything is stopped.")
        raise CommandError(message % {"name": name, "code": code})
