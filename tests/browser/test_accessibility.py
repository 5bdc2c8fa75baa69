"""Every page, in both languages, light and dark, wide and narrow: no violation of WCAG 2.2 AA."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from docker.models.containers import Container
from playwright.sync_api import Browser, Page, Response
from tests.support import consulted
from tests.support.axe import too_wide, violations
from tests.support.browser import sign_in, window
from tests.support.lab import PORTAL, Lab, eventually

ANALYST, PROJECT = "rivierstad-analyst", "river-access"
HELD = "kustregio-analyst"
STEWARD, NEWCOMER = "kustregio-steward", "rivierstad-steward"
PRIVACY, ADMINISTRATOR = "kustregio-privacy", "waterdienst-admin"
DATASET = f"{PORTAL}/datasets/growth_study"
CONSULTED = f"{PORTAL}/datasets/{consulted.DATASET}"
WIDTHS = (1440, 390, 320)
TRANSITIONS = """() => Promise.all(
  document.getAnimations().filter(each => each instanceof CSSTransition).map(each => each.finished)
)"""


@dataclass(frozen=True)
class View:
    """A page as somebody sees it: who, where, and what they did to get there."""

    name: str
    path: str
    username: str = ""
    act: Callable[[Page], object] = lambda page: None
    status: int = 200

    def __str__(self) -> str:
        return self.name


def _fail_to_sign_in(page: Page) -> None:
    # nobody's name: this is done often, and a real account would soon have to wait
    page.locator("input[name=username]").fill("nobody-of-this-name")
    page.locator("input[name=password]").fill("not this")
    page.locator("input[name=password]").press("Enter")
    page.locator(".pl-error-summary").wait_for()


def _start_what_is_not_mine(page: Page) -> None:
    """Send the start form of a project that is not theirs, as a page left open would."""
    form = f"form[action$='/projects/{PROJECT}/sessions'], form[action$='/water-atlas/sessions']"
    page.locator(form).first.evaluate(
        "form => { form.action = form.action.replace(/[^/]+.sessions$/, 'youth-health/sessions');"
        " form.submit(); }"
    )
    page.locator(".pl-refusal__sign").wait_for()


def _try_a_source(page: Page) -> None:
    page.locator("button[value=test]").click()
    page.locator(".pl-notice[role=status]").wait_for()


def _leave_out_the_address(page: Page) -> None:
    page.locator("input[name=location]").fill("")
    page.locator("button[value=test]").click()
    page.locator(".pl-error-summary").wait_for()


VIEWS = [
    View("sign in", "/hub/login"),
    View("failed sign-in", "/hub/login", act=_fail_to_sign_in),
    View("projects", f"{PORTAL}/", ANALYST),
    View(
        "start dialog",
        f"{PORTAL}/",
        ANALYST,
        lambda page: page.locator("#project-water-atlas [data-dialog]").click(),
    ),
    View(
        "account menu",
        f"{PORTAL}/",
        ANALYST,
        lambda page: page.locator(".pl-account summary").click(),
    ),
    View("my account", f"{PORTAL}/account", ANALYST),
    View(
        "a password that was not changed",
        f"{PORTAL}/account",
        STEWARD,
        lambda page: (
            page.locator("form[action$='/account/password'] [type=submit]").click(),
            page.locator(".pl-error-summary").wait_for(),
        ),
    ),
    View("new password", f"{PORTAL}/new-password"),
    View("new password holds", f"{PORTAL}/new-password/done"),
    View("no project yet", f"{PORTAL}/", NEWCOMER),
    View("start page", f"{PORTAL}/projects/water-atlas/start", ANALYST),
    View("start refused", f"{PORTAL}/", ANALYST, _start_what_is_not_mine),
    View("start refused by the hub", f"/hub/spawn/{ANALYST}/youth-health", ANALYST, status=403),
    View("not running", f"/hub/user/{ANALYST}/water-atlas/lab", ANALYST, status=424),
    View("catalogue", f"{PORTAL}/datasets", ANALYST),
    View("catalogue narrowed", f"{PORTAL}/datasets?q=water&access=readable&sort=title", ANALYST),
    View(
        "filters on a phone",
        f"{PORTAL}/datasets",
        ANALYST,
        # on a wide screen the filters stand open, and there is no button
        lambda page: (
            page.locator("[popovertarget=facets]").last.click()
            if page.locator("[popovertarget=facets]").last.is_visible()
            else None
        ),
    ),
    View("dataset with rows and map", f"{PORTAL}/datasets/water_bodies", ANALYST),
    View("nothing found", f"{PORTAL}/datasets?q=unicorn&classification=public", ANALYST),
    View("dataset", DATASET, ANALYST),
    View("map layer", f"{PORTAL}/datasets/water_bodies", ANALYST),
    View("dataset of a steward", DATASET, STEWARD),
    View(
        "form with mistakes",
        DATASET,
        ANALYST,
        lambda page: (
            page.locator("#ask-purpose").fill(""),
            page.locator(f"form[action='{DATASET}/requests'] [type=submit]").click(),
        ),
    ),
    View("uses", f"{DATASET}/uses", STEWARD),
    View("requests", f"{PORTAL}/requests", STEWARD),
    View("requests of a privacy officer", f"{PORTAL}/requests", PRIVACY),
    View("welcome of a privacy officer", f"{PORTAL}/", PRIVACY),
    View("dataset of a privacy officer", DATASET, PRIVACY),
    View("our data of the lab administrator", f"{PORTAL}/publishing", ADMINISTRATOR),
    View("other catalogues", f"{PORTAL}/harvests", ADMINISTRATOR),
    View("other catalogues, not for me", f"{PORTAL}/harvests", STEWARD, status=403),
    View(
        "a catalogue with mistakes",
        f"{PORTAL}/harvests",
        ADMINISTRATOR,
        lambda page: (
            page.locator("main form button[type=submit]").last.click(),
            page.locator(".pl-error-summary").wait_for(),
        ),
    ),
    View(
        "registration with mistakes",
        f"{PORTAL}/register-dataset",
        STEWARD,
        lambda page: (
            page.locator("main form button[type=submit]").click(),
            page.locator(".pl-error-summary").wait_for(),
        ),
    ),
    View(
        "withdrawal with a mistake",
        f"{DATASET}/versions/1/withdrawal",
        STEWARD,
        lambda page: (
            page.locator("form[action$=withdrawal] button[type=submit]").click(),
            page.locator(".pl-error-summary").wait_for(),
        ),
    ),
    View(
        "revocation dialog",
        DATASET,
        STEWARD,
        lambda page: page.locator("[data-dialog=revoke-youth-health]").click(),
    ),
    View("revocation page", f"{DATASET}/grants/youth-health/revocation", STEWARD),
    View("refused revocation", f"{DATASET}/grants/youth-health/revocation", ANALYST, status=403),
    View("our data", f"{PORTAL}/publishing", STEWARD),
    View("register a dataset", f"{PORTAL}/register-dataset", STEWARD),
    View("hand in a file", f"{DATASET}/publish", STEWARD),
    View("change a description", f"{DATASET}/description", STEWARD),
    View("quality checks", f"{DATASET}/checks", STEWARD),
    View("dataset with a source", CONSULTED, ANALYST),
    View("dataset with a source of a steward", CONSULTED, STEWARD),
    View("source that is tried", f"{CONSULTED}/source", STEWARD, _try_a_source),
    View("source with mistakes", f"{CONSULTED}/source", STEWARD, _leave_out_the_address),
    View("withdraw a version", f"{DATASET}/versions/1/withdrawal", STEWARD),
    View("administration", f"{PORTAL}/administration", ADMINISTRATOR),
    View("all sessions", f"{PORTAL}/administration/sessions", ADMINISTRATOR),
    View("audit log", f"{PORTAL}/administration/audit", ADMINISTRATOR),
    View("announcements", f"{PORTAL}/administration/announcements", ADMINISTRATOR),
    View("leaving", f"{PORTAL}/administration/offboarding", ADMINISTRATOR),
    View(
        "leaving, looked at first",
        f"{PORTAL}/administration/offboarding/new?kind=organisation&name=rivierstad",
        ADMINISTRATOR,
    ),
    View("administration, not for me", f"{PORTAL}/administration", ANALYST, status=403),
    View("notices", f"{PORTAL}/notices", ANALYST),
    View("confirmations", f"{PORTAL}/confirmations", STEWARD),
    View("organisations", f"{PORTAL}/organisations", ADMINISTRATOR),
    View("organisation", f"{PORTAL}/organisations/rivierstad", ADMINISTRATOR),
    View("contacts", f"{PORTAL}/organisations/rivierstad/contacts", ADMINISTRATOR),
    View("person", f"{PORTAL}/people/{ANALYST}", ADMINISTRATOR),
    View("organisation, not for me", f"{PORTAL}/organisations/rivierstad", ANALYST, status=404),
    View("project", f"{PORTAL}/projects/{PROJECT}", ANALYST),
    View("project proposals", f"{PORTAL}/proposals", ANALYST),
    View(
        "proposal with mistakes",
        f"{PORTAL}/proposals/new",
        ANALYST,
        lambda page: (
            page.locator("main form button[type=submit]").click(),
            page.locator(".pl-error-summary").wait_for(),
        ),
    ),
    View("invitation", f"{PORTAL}/join"),
    View(
        "invitation that does not work",
        f"{PORTAL}/join#not-an-invitation",
        act=lambda page: page.locator(".pl-error-summary").wait_for(),
    ),
    View("account is ready", f"{PORTAL}/join/made"),
    View("what is left", f"{PORTAL}/projects/{PROJECT}/more", ANALYST),
    View("allocation", f"{PORTAL}/allocations/organisation/rivierstad", ADMINISTRATOR),
    View("requests for more", f"{PORTAL}/extensions", ADMINISTRATOR),
    View("costs", f"{PORTAL}/organisations/rivierstad/costs", ADMINISTRATOR),
    View("help", f"{PORTAL}/help"),
    View("accessibility statement", f"{PORTAL}/accessibility"),
    View("no such page", f"{PORTAL}/nowhere", ANALYST, status=404),
    View("no such page of the hub", "/hub/nowhere", ANALYST, status=404),
]


@pytest.fixture(scope="module", autouse=True)
def _one_session_runs(lab: Lab, _no_sessions: None) -> None:
    """Let the pages show a session at work."""
    lab.start(ANALYST, PROJECT)


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


def wrong_with(page: Page) -> list[str]:
    """Look at the page in every light and width."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        # Colours on their way from light to dark are neither.
        page.evaluate(TRANSITIONS)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            found += [f"{scheme} {width} {each}" for each in violations(page)]
            found += [f"{scheme} {width} too wide: {each}" for each in too_wide(page)]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    return found


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("view", VIEWS, ids=str)
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
    assert wrong_with(page) == []


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
    found = wrong_with(page)
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
