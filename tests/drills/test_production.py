"""The production profile: two webs and two workers behind one address, on a database and a Valkey that are not ours."""

import itertools
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from hetang_flow import env
from hetang_flow.lib import local_services
from tests.browser.conftest import free_port

pytestmark = [pytest.mark.drill, pytest.mark.deep]
HOST, TOKEN, PASSWORD = "flow.example.test", "only-for-this-drill", "a-word-for-this-drill-only"
PREPARE = """
from hetang_flow import demonstration
from hetang_flow.lib import clock
from permissions.operations import create_demonstration
create_demonstration({password!r}, now=clock.now())
"""
TOUR = """
import sys
sys.path.insert(0, {base!r})
from hetang_flow.lib import clock
from hetang_flow.tour import Tour
from tests.drills.test_production import Person
made = []
def browser():
    made.append(Person({ports!r}))
    return made[-1]
print(Tour({password!r}, now=clock.now(), say=lambda line: None, browser=browser).walk())
print("webs", *sorted({{port for person in made for port in person.used}}))
"""


class Person:
    """A browser behind the proxy: every request goes to the other web, and says that it came over TLS."""

    def __init__(self, ports: list[int]) -> None:
        self.turns, self.used = itertools.cycle(ports), set()
        # Kept by hand: they are for TLS only, and between the proxy and the webs there is none.
        self.cookies: dict[str, str] = {}
        self.headers = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}

    def get(self, path: str):
        """A page."""
        return self._ask("GET", path)

    def post(self, path: str, fields: dict):
        """A form, with the token that the last page set."""
        if "csrftoken" not in self.cookies:
            self.get("/account/login/")
        files = {name: value for name, value in fields.items() if hasattr(value, "read")}
        typed = {name: str(value) for name, value in fields.items() if name not in files}
        typed["csrfmiddlewaretoken"] = self.cookies["csrftoken"]
        return self._ask("POST", path, data=typed, files=files or None)

    def _ask(self, method: str, path: str, **words):
        port = next(self.turns)
        self.used.add(port)
        headers = self.headers | {"Referer": f"https://{HOST}{path}"}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        url = f"http://127.0.0.1:{port}{path}"
        answer = requests.request(method, url, headers=headers, allow_redirects=False, timeout=30, **words)
        self.cookies |= answer.cookies.get_dict()
        return answer


@pytest.fixture(scope="module")
def production():
    """The environment and the ports of a running installation."""
    var = Path(tempfile.mkdtemp(prefix="ht-drill-"))
    var.chmod(0o711)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, var, ignore_errors=True)
        stack.enter_context(local_services.use(var / "services", fleeting=True))
        ports = [free_port(), free_port()]
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("HETANG_")
        } | {
            "DJANGO_SETTINGS_MODULE": "hetang_flow.settings.prod",
            "HETANG_DATABASE_URL": local_services.database_url(var / "services"),
            "HETANG_REDIS_URL": local_services.redis_url(var / "services"),
            "HETANG_SECRET_KEY": secrets.token_urlsafe(60),
            "HETANG_FIELD_KEYS": secrets.token_urlsafe(60),
            "HETANG_ALLOWED_HOSTS": HOST,
            "HETANG_BEHIND_PROXY": "1",
            "HETANG_TRUSTED_PROXY": "127.0.0.0/8",
            "HETANG_METRICS_TOKEN": TOKEN,
            "HETANG_VAR": str(var),
            "HETANG_STATIC_ROOT": str(var / "static"),
        }
        manage(environment, "collectstatic", "--noinput", "-v", "0")
        manage(environment, "migrate", "-v", "0")
        manage(environment, "load_plan", str(env.BASE_DIR / "plans" / "hetang-2023.yaml"), "--yes")
        manage(environment, "shell", "--no-imports", "-c", PREPARE.format(password=PASSWORD))
        for number in (1, 2):
            worker = ["manage.py", "procrastinate", "worker", "--name", f"worker-{number}"]
            stack.enter_context(running(environment, [sys.executable, *worker]))
        for port in ports:
            web = ["-m", "uvicorn", "hetang_flow.asgi:application", "--port", str(port)]
            quiet = ["--no-access-log", "--no-proxy-headers", "--no-server-header", "--log-level", "warning"]
            stack.enter_context(running(environment, [sys.executable, *web, *quiet]))
        wait_for(ports)
        yield environment, ports


class running:  # noqa: N801 - reads as a verb
    """A process that lasts as long as the block."""

    def __init__(self, environment, command) -> None:
        self.process = subprocess.Popen(command, env=environment, cwd=env.BASE_DIR)

    def __enter__(self):
        return self.process

    def __exit__(self, *_why):
        self.process.terminate()
        self.process.wait(30)


def manage(environment, *words) -> str:
    command = [sys.executable, "manage.py", *words]
    ran = subprocess.run(
        command, env=environment, cwd=env.BASE_DIR, text=True, capture_output=True, timeout=200
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return ran.stdout


def wait_for(ports) -> None:
    end = time.monotonic() + 60
    for port in ports:
        while True:
            try:
                if Person([port]).get("/health/ready/").json()["workers"] == 2:
                    break
            except requests.ConnectionError:
                assert time.monotonic() < end, "a web did not come up"
            time.sleep(0.3)


def test_a_project_is_walked_from_signed_to_reviewed_across_both_webs(production):
    environment, ports = production
    words = TOUR.format(base=str(env.BASE_DIR), password=PASSWORD, ports=ports)
    said = manage(environment, "shell", "--no-imports", "-c", words)
    assert "1 project reviewed" in said
    assert "record verified" in said
    assert said.strip().splitlines()[-1].split()[1:] == [str(port) for port in sorted(ports)]


def test_what_a_browser_is_told_keeps_it_safe(production):
    _environment, ports = production
    answer = Person(ports).get("/account/login/")
    assert answer.status_code == 200
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "server" not in {name.lower() for name in answer.headers}
    cookie = answer.headers["Set-Cookie"]
    assert "csrftoken" in cookie
    assert "Secure" in cookie
    plain = requests.get(
        f"http://127.0.0.1:{ports[0]}/account/login/",
        headers={"Host": HOST},
        allow_redirects=False,
        timeout=10,
    )
    assert (plain.status_code, plain.headers["Location"]) == (301, f"https://{HOST}/account/login/")
    other = requests.get(
        f"http://127.0.0.1:{ports[0]}/account/login/", headers={"Host": "evil.example"}, timeout=10
    )
    assert other.status_code == 400
    assert "Traceback" not in other.text


def test_numbers_are_for_whoever_bears_the_token(production):
    _environment, ports = production
    person = Person(ports)
    assert person.get("/health/metrics/").status_code == 404
    person.headers["Authorization"] = f"Bearer {TOKEN}"
    answer = person.get("/health/metrics/")
    assert answer.status_code == 200
    for line in ('hetang_workers{kind="worker"} 2.0', "hetang_requests{", "hetang_open_shares"):
        assert line in answer.text
