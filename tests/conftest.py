"""The start of every test run: the private services, once, and the two sizes of the property tests."""

import importlib.util
from contextlib import ExitStack

import pytest
from django.utils import translation
from hypothesis import HealthCheck, settings

from hetang_flow.lib.local_services import ServiceError
from tests.support import services
from tools import browser

pytest_plugins = ["tests.support.committed"]

settings.register_profile("quick", max_examples=50, deadline=None)
settings.register_profile(
    "deep",
    max_examples=1000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

running = pytest.StashKey[ExitStack]()


def pytest_configure(config: pytest.Config) -> None:
    """Start the services in the process that hands out the work, not in its workers."""
    settings.load_profile("deep" if config.option.markexpr == "deep" else "quick")
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    try:
        config.stash[running] = services.start()
    except ServiceError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the browser tests where there is no browser; the summary says how to get one."""
    reason = why_no_browser()
    for item in items:
        if reason and "browser" in item.keywords:
            item.add_marker(pytest.mark.skip(reason=reason))


def why_no_browser() -> str:
    """Return what is missing for the browser tests, or nothing."""
    if browser.chromium() is None:
        return f"no Chromium here: {browser.BY_HAND}"
    if importlib.util.find_spec("playwright") is None:
        return "playwright is not installed: make test installs it"
    return ""


def pytest_unconfigure(config: pytest.Config) -> None:
    """Put the services away after the last worker has gone."""
    stack = config.stash.get(running, None)
    if stack is not None:
        stack.close()


@pytest.fixture(autouse=True)
def chinese_first() -> None:
    """Each test begins in the default language, whatever the page before it was read in."""
    translation.activate("zh-hans")
