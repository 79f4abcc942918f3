"""The whole site as people run it: its database is killed and comes back, its Valkey goes and comes back."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import pytest

from hetang_flow import env
from hetang_flow.lib.private_servers import DURABLE, Postgres, Valkey
from tests.browser.conftest import FLAGS, PHONE, free_port
from tools.browser import BY_HAND, chromium

pytestmark = [pytest.mark.drill, pytest.mark.deep]
UP, BACK, CONVERGED = 240, 5.0, 10.0  # seconds
APPROVE = """
from flows.engine import operations as engine
from flows.engine.models import Assignment
from hetang_flow import demonstration
from hetang_flow.lib import clock
now = clock.now()
shares = Assignment.objects.select_related("run", "post").filter(
    run__milestone__project__code="DEMO-02", run__milestone__project__is_demo=True, status="open")
share = shares.order_by("pk")[0]
engine.approve(share.run.public_id, share.pk, by=demonstration.in_post(share.post, now=now), now=now)
print("told", *shares.all().values_list("post__code", flat=True))
"""
LEADER = """
from flows.projects.models import Project
project = Project.objects.get(code="DEMO-02")
print("leader", project.leaders.filter(level="district").order_by("order").first().post.code)
"""
JOB = """
from procrastinate.contrib.django import app
print("job", app.configure_task("notifications.tasks.sweep_deliveries").defer(timestamp=0))
"""
DONE = """
from procrastinate.contrib.django.models import ProcrastinateJob
print("state", ProcrastinateJob.objects.get(pk={}).status)
"""


class House:
    """`manage.py serve` in a state folder of its own."""

    def __init__(self, var: Path) -> None:
        self.var, self.port = var, free_port()
        self.address = f"http://localhost:{self.port}"
        own = {"DJANGO_SETTINGS_MODULE", "HETANG_DATABASE_URL", "HETANG_REDIS_URL", "HETANG_TEST_VAR"}
        self.environment = {name: value for name, value in os.environ.items() if name not in own}
        self.environment |= {"HETANG_VAR": str(var), "PYTHONUNBUFFERED": "1"}
        self.manage = [sys.executable, str(env.BASE_DIR / "manage.py")]
        self.said: list[str] = []
        self.process = subprocess.Popen(
            [*self.manage, "serve", "--port", str(self.port)],
            env=self.environment,
            cwd=var,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        threading.Thread(target=lambda: self.said.extend(self.process.stdout), daemon=True).start()

    def wait_until_up(self) -> None:
        end = time.monotonic() + UP
        while self.password is None:
            assert self.process.poll() is None, "".join(self.said[-20:])
            assert time.monotonic() < end, "it did not come up"
            time.sleep(0.2)

    @property
    def password(self) -> str | None:
        found = re.search(r"(?:密码：|password )(\S+?)[）)\s]", "".join(self.said))
        return found.group(1) if found else None

    def shell(self, words: str) -> str:
        """Run a few lines in this house as a process beside it; its last line."""
        command = [*self.manage, "shell", "--no-imports", "-c", words]
        ran = subprocess.run(
            command, env=self.environment, cwd=self.var, text=True, capture_output=True, timeout=60
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.strip().splitlines()[-1].split(" ", 1)[1]

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        finally:
            self.process.kill()


class Visitor:
    """Somebody who has signed in, without a browser."""

    def __init__(self, house: House, post: str) -> None:
        self.house, self.cookies = house, CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self.get("/account/login/")
        token = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken")
        said = {"csrfmiddlewaretoken": token, "login": f"demo-{post}", "password": house.password}
        self.opener.open(f"{house.address}/account/login/", urlencode(said).encode(), timeout=20)
        assert self.get("/inbox/") == (200, "")

    def get(self, path: str) -> tuple[int, str]:
        """The status of a page and after how many seconds to come back, if it says so."""
        try:
            with self.opener.open(self.house.address + path, timeout=20) as answer:
                answer.read()
                return answer.status, ""
        except urllib.error.HTTPError as error:
            body = error.read().decode()
            assert "Traceback" not in body
            return error.code, error.headers.get("Retry-After", "")


@pytest.fixture(scope="module")
def house():
    var = Path(tempfile.mkdtemp(prefix="ht-drill-"))
    var.chmod(0o711)
    running = House(var)
    try:
        running.wait_until_up()
        yield running
    finally:
        running.stop()
        shutil.rmtree(var, ignore_errors=True)


def seconds_until(what, limit: float) -> float:
    """How many seconds it took until this was so; fails after the limit."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < limit, f"not within {limit} s"
        time.sleep(0.1)
    return time.monotonic() - began


def test_a_database_that_is_killed_and_comes_back_takes_nobody_with_it(house):
    visitor = Visitor(house, "science-industry-officer")
    server = Postgres(house.var, DURABLE)
    os.kill(int((server.data / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)  # at once, unclean
    seconds_until(lambda: visitor.get("/inbox/")[0] != 200, BACK)
    assert visitor.get("/inbox/") == (503, "5"), "a page says that it is away, and when to come back"
    server.start()
    seconds_until(lambda: visitor.get("/inbox/") == (200, ""), BACK)
    job = house.shell(JOB)
    seconds_until(lambda: house.shell(DONE.format(job)) == "succeeded", 30)
    assert house.process.poll() is None, "".join(house.said[-20:])


@pytest.mark.browser
def test_a_valkey_that_goes_fails_nothing_and_pages_are_up_to_date_soon_after_its_return(house):
    sync_api = pytest.importorskip("playwright.sync_api", reason=f"no playwright: {BY_HAND}")
    leader, valkey = house.shell(LEADER), Valkey(house.var)
    with sync_api.sync_playwright() as player:
        browser = player.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        page = browser.new_context(viewport=PHONE, locale="zh-CN").new_page()
        page.goto(f"{house.address}/account/login/")
        page.fill("[name=login]", f"demo-{leader}")
        page.fill("[name=password]", house.password)
        page.locator("main [type=submit]").click()
        page.wait_for_url(f"{house.address}/inbox/**")
        live = page.locator("body")
        sync_api.expect(live).to_have_attribute("data-live", "socket")
        before = how_many(page)
        valkey.stop()
        sync_api.expect(live).to_have_attribute("data-live", "polling", timeout=30_000)
        assert leader in house.shell(APPROVE).split(), "the operation went through, and told the leader"
        assert Visitor(house, "campaign-office-officer").get("/projects/")[0] == 200
        valkey.start()
        seconds_until(
            lambda: live.get_attribute("data-live") == "socket" and how_many(page) == before + 1, CONVERGED
        )
        browser.close()


def how_many(page) -> int:
    """What the page's badge says is to be done."""
    return int(page.locator("[data-badge=todo]").first.text_content() or 0)
