"""`python -m tests.support.mail_workers PORT`: real workers on the test database, one for each line it is given.

Django is loaded once; each worker is a process of its own, forked before any connection was opened, and runs the
command that a server runs, until nothing is left to do. Its number is printed when it begins, its end when it ends.
"""

import os
import sys


def main(port: str) -> None:
    """Serve the lines of the input."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(port)
    connections.close_all()
    for _line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _work(call_command)
        print(pid, flush=True)
        _pid, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _work(call_command) -> None:
    sys.stdin.readline()  # until the test has seen the number and armed what is to happen to it
    code = 1
    try:
        call_command("procrastinate", "worker", "--one-shot", "-q", "mail")
        code = 0
    finally:
        os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1])
