"""Real users: Chromium against the real web server, on the 2023 plan and one invented project."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO
from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.db import connection

from hetang_flow import demonstration, env
from hetang_flow.lib import clock
from permissions.models import Post
from permissions.operations import DEMO_PREFIX, create_demonstration
from tools.browser import BY_HAND, chromium

PASSWORD = "a-word-for-this-test-only"
PLAN = env.BASE_DIR / "plans" / "hetang-2023.yaml"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}

# Playwright runs a loop in this thread; the tests themselves touch the database between clicks.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@dataclass
class Site:
    """The running site, its invented project and what it takes to sign in."""

    address: str
    project: object
    complaints: list[str]
    open_page: Callable

    def signed_in(self, post: Post, size: dict[str, int]):
        """A browser window in which the invented holder of this post has signed in."""
        page = self.open_page(size)
        page.goto(f"{self.address}/account/login/")
        page.fill("[name=login]", DEMO_PREFIX + post.code)
        page.fill("[name=password]", PASSWORD)
        page.locator("main [type=submit]").click()
        page.wait_for_url(f"{self.address}/inbox/**")
        return page


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def database_url() -> str:
    """The test database, as the web server is to find it."""
    values = connection.settings_dict
    host, port = quote(str(values["HOST"] or ""), safe=""), values["PORT"] or ""
    options = f"?host={host}" if str(values["HOST"]).startswith("/") else ""
    place = "" if options else f"{values['HOST']}:{port}"
    user = quote(values["USER"]) + (f":{quote(values['PASSWORD'])}" if values["PASSWORD"] else "")
    return f"postgresql://{user}@{place}/{values['NAME']}{options}"


@pytest.fixture
def address(transactional_db) -> Iterator[str]:
    """The web server on the test database, as people run it."""
    port = free_port()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "hetang_flow.settings.test",
        "HETANG_DATABASE_URL": database_url(),
        "HETANG_REDIS_URL": env.redis_url(),
    }
    command = [sys.executable, "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(port)]
    web = subprocess.Popen([*command, "hetang_flow.asgi:application"], cwd=env.BASE_DIR, env=environment)
    try:
        for _try in range(300):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.1)
        yield f"http://localhost:{port}"
    finally:
        web.terminate()
        web.wait(10)


@pytest.fixture
def site(address) -> Iterator[Site]:
    """The 2023 plan, everybody's invented account, one invented project, and a browser."""
    program = chromium()
    if program is None:
        pytest.skip(f"no Chromium: {BY_HAND}")
    sync_api = pytest.importorskip("playwright.sync_api", reason=f"no playwright: {BY_HAND}")
    now = clock.now()
    call_command("load_plan", str(PLAN), yes=True, verbosity=0, stdout=StringIO())
    create_demonstration(PASSWORD, now=now)
    (project,) = demonstration.invent_projects(now=now, only=1)
    complaints: list[str] = []
    with sync_api.sync_playwright() as player:
        browser = player.chromium.launch(executable_path=program, args=list(FLAGS))

        def open_page(size):
            page = browser.new_context(viewport=size, locale="zh-CN").new_page()
            page.set_default_timeout(15_000)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda line: complaints.append(line.text) if _is_bad(line) else None)
            return page

        yield Site(address, project, complaints, open_page)
        browser.close()
        connection.close()  # inside the player's loop this thread has a connection of its own
    assert complaints == [], "a page broke the content policy or threw an error"


def _is_bad(line) -> bool:
    return line.type == "error" and ("Content Security Policy" in line.text or "Uncaught" in line.text)
