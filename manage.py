#!/usr/bin/env python3
"""Run a command; private database and Valkey are started for it when it needs them."""

import contextlib
import os
import signal
import sys

WITHOUT_DATABASE = {
    "help",
    "version",
    "collectstatic",
    "findstatic",
    "diffsettings",
    "makemessages",
    "compilemessages",
}


def main(words: list[str]) -> None:
    """Run `words` as a Django command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hetang_flow.settings.dev")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit(
            "Django is not installed for this Python. Run `make setup`, then `.venv/bin/python manage.py ...`."
        )

    from hetang_flow import env
    from hetang_flow.lib import local_services

    with contextlib.ExitStack() as stack:
        if needs_database(words):
            wanted = {
                "database": not env.text("HETANG_DATABASE_URL"),
                "redis": not env.text("HETANG_REDIS_URL"),
            }
            # Being asked to end must not leave a server behind.
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
            try:
                stack.enter_context(local_services.use(env.var(), **wanted))
            except local_services.ServiceError as error:
                sys.exit(str(error))
            from permissions import access

            stack.enter_context(access.command(words[1]))
        run(execute_from_command_line, words)


def run(execute, words: list[str]) -> None:
    """Execute; a database that is not ready is told in a sentence, any other error as it is."""
    from django.db import DatabaseError

    try:
        execute(words)
    except DatabaseError as error:
        from hetang_flow.postgres_tools import why_not_ready

        reason = why_not_ready(error)
        if reason is None:
            raise
        sys.exit(reason)


def needs_database(words: list[str]) -> bool:
    """Tell whether the command touches the database: `needs_database` on its class says no, or asks the words."""
    name = words[1] if len(words) > 1 else "help"
    if name.startswith("-") or name in WITHOUT_DATABASE or {"--help", "-h", "--version"} & set(words[2:]):
        return False

    import django
    from django.core.management import get_commands, load_command_class

    django.setup()
    if name == "check":
        return "--database" in words
    application = get_commands().get(name)
    if application is None:
        return False
    command = load_command_class(application, name) if isinstance(application, str) else application
    wanted = getattr(command, "needs_database", True)
    return wanted(words[2:]) if callable(wanted) else wanted


if __name__ == "__main__":
    main(sys.argv)
