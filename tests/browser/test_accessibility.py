"""Every page, in both languages, light and dark, wide and narrow: no violation of WCAG 2.2 AA."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from docker.models.containers import Container
from playwright.sync_api import Browser, Page, Response
from tests.support import consulted, results
from tests.support.axe import wrong_with
from tests.support.browser import sign_in, window
from tests.support.lab import PORTAL, Lab, eventually
from tests.support.views import ANALYST, HELD, PROJECT, VIEWS, View


@pytest.fixture(scope="module", autouse=True)
def _one_session_runs(lab: Lab, _no_sessions: None) -> None:
    """Let the pages show a session at work."""
    lab.start(ANALYST, PROJECT)
    results.fill(lab.settings.volumes / "projects" / PROJECT)


@pytest.fixture(scope="module", autouse=True)
def _one_dataset_is_consulted(lab: Lab) -> Iterator[None]:
    """Let the pages show a live source, and the form try it."""
    with consulted.database():
        consulted.connect(lab)
        yield


@pytest.fixture(scope="module")
def windows(lab: Lab, browser: Browser) -> Iterator[Callable[[str, str], Page]]:
    """Return the window of somebody who reads in a language; signed in once."""
    open_: dict[tuple[str, str], Page] = {}

    def window_of(username: str, language: str) -> Page:
        if (username, language) not in open_:
            page = window(browser, lab.url, language=language)
            if username:
                sign_in(page, lab.accounts[username])
            open_[username, language] = page
        return open_[username, language]

    yield window_of
    for page in open_.values():
        page.context.close()


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("view", [view for view in VIEWS if not view.lived_in], ids=str)
def test_a_page_is_accessible(
    windows: Callable[[str, str], Page], view: View, language: str
) -> None:
    page = windows(view.username, language)
    page.goto("about:blank")  # what differs behind the # only is not loaded anew
    answer = page.goto(view.path)
    view.act(page)

    assert isinstance(answer, Response)
    assert answer.status == view.status
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("h1").count() == 1
    assert wrong_with(page, language) == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_page_of_a_session_that_starts_is_accessible(
    lab: Lab, windows: Callable[[str, str], Page], language: str
) -> None:
    page = windows(HELD, language)
    page.goto(f"{PORTAL}/projects/youth-health/start")
    with ThreadPoolExecutor(1) as thread:
        holding = thread.submit(_hold_when_there, lab)
        page.locator("main form button[type=submit]").click()
        container = holding.result()
    page.locator("progress").wait_for()
    found = wrong_with(page, language)
    _signal(container, "CONT")
    page.wait_for_url("**/youth-health/lab**", timeout=60_000)
    page.goto(f"{PORTAL}/")
    lab.stop(HELD, "youth-health")

    assert found == []


def _hold_when_there(lab: Lab) -> Container:
    """Hold the session's processes still as soon as they run, so that it keeps starting."""
    there = "the container is there"
    eventually(lambda: lab.container(HELD, "youth-health") is not None, 30, there)
    container = lab.container(HELD, "youth-health")
    assert container is not None, there
    eventually(lambda: _status(container) == "running", 10, "the container runs")
    _signal(container, "STOP")
    return container


def _signal(container: Container, name: str) -> None:
    done = container.exec_run(["sh", "-c", f"kill -{name} -1"])
    assert done.exit_code == 0, done.output


def _status(container: Container) -> str:
    container.reload()
    return str(container.status)
