"""Two agencies, one notebook: the story the lab is made for, as people live it in a browser.

The tests follow each other: one analyst's notebook stays open while a steward elsewhere decides.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.support.browser import SECONDS, artefacts, sign_in, window
from tests.support.kernel import Kernel
from tests.support.lab import PORTAL, Lab, eventually

ANALYST, PROJECT = "rivierstad-analyst", "river-access"
NOTEBOOK = "01-first-steps.ipynb"
COLUMNS = ("reg", "age", "hgt")
READ = 'growth = cat["growth_study"].read(); print(len(growth))'


@dataclass
class Desk:
    """The analyst's window, with JupyterLab in it, and how long it took to get there."""

    page: Page
    seconds: float


@pytest.fixture(scope="module")
def desk(lab: Lab, browser: Browser) -> Iterator[Desk]:
    """Sign in as the analyst and start the project from the portal."""
    page = window(browser, lab.url)
    sign_in(page, lab.accounts[ANALYST])
    card = page.locator(f"#project-{PROJECT}")
    card.get_by_role("link", name="Start").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    began = time.monotonic()
    dialog.get_by_role("button", name="Start the session").click()
    page.wait_for_url(f"**/user/{ANALYST}/{PROJECT}/lab**", timeout=90 * SECONDS)
    expect(page.locator("#jp-main-dock-panel")).to_be_visible(timeout=60 * SECONDS)
    yield Desk(page, time.monotonic() - began)
    page.context.close()
    lab.polderlab("revoke", "growth_study", PROJECT, check=False)


@pytest.fixture(scope="module")
def steward(lab: Lab, browser: Browser) -> Iterator[Page]:
    """Sign in as the steward of the growth study, in a browser of their own."""
    page = window(browser, lab.url)
    sign_in(page, lab.accounts["kustregio-steward"])
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def notebook(lab: Lab, desk: Desk) -> Kernel:
    """Open the tutorial, run all of it, and return the very kernel it runs in."""
    page = desk.page
    page.locator(".jp-DirListing-item", has_text="tutorials").dblclick()
    page.locator(".jp-DirListing-item", has_text=NOTEBOOK).dblclick()
    expect(page.locator(".jp-Notebook")).to_be_visible()
    base = f"/user/{ANALYST}/{PROJECT}/"
    kernels = lambda: Kernel.running(lab.person(ANALYST), base)  # noqa: E731

    def connected() -> bool:
        # Asked to run before that, JupyterLab asks in which kernel. The server fails to list its
        # kernels in the very moment one is added.
        with contextlib.suppress(AssertionError):
            return any(each.connected for each in kernels())
        return False

    eventually(connected, 60, "the kernel is connected")
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    expect(page.locator(".jp-OutputArea", has_text="Refused: ")).to_be_visible(
        timeout=120 * SECONDS
    )
    (kernel,) = kernels()
    return kernel


def test_an_analyst_is_in_jupyterlab_soon_after_pressing_start(desk: Desk) -> None:
    (artefacts() / "times.json").write_text(
        json.dumps({"start_to_jupyterlab_seconds": round(desk.seconds, 1)})
    )
    assert desk.seconds < 30


def test_the_tutorial_draws_its_map(desk: Desk, notebook: Kernel) -> None:
    plot = desk.page.locator(".jp-RenderedImage img").last
    _scroll_to(desk.page, plot)
    width = plot.evaluate("image => image.naturalWidth")
    desk.page.screenshot(path=artefacts() / "tutorial.png")
    plot.screenshot(path=artefacts() / "tutorial-map.png")

    assert width > 400


def test_another_organisations_confidential_data_is_refused(lab: Lab, notebook: Kernel) -> None:
    refused = notebook.run(READ)

    assert refused.error.startswith("PermissionError: ")
    assert "growth_study" in refused.error
    assert f"→ {lab.url}{PORTAL}/datasets/growth_study" in refused.error


def test_the_analyst_asks_for_it_on_its_page(desk: Desk) -> None:
    page = desk.page.context.new_page()
    page.goto(f"{PORTAL}/datasets/growth_study")
    page.get_by_label("For which project").select_option(PROJECT)
    page.get_by_label("Purpose").fill("Compare growth near the river")
    until = (datetime.now(UTC) + timedelta(days=40)).date()
    page.get_by_label("Until and including").fill(until.isoformat())
    for column in COLUMNS:
        page.get_by_role("checkbox", name=re.compile(rf"^{re.escape(column)} ")).check()
    page.get_by_role("button", name="Send the request").click()

    expect(page.locator("main")).to_contain_text("waits for the steward and the privacy officer")
    page.close()


def test_the_steward_asks_something_and_the_analyst_answers(steward: Page, desk: Desk) -> None:
    _open_request(steward)
    steward.get_by_label("Question to the project").fill("Are whole years enough?")
    steward.get_by_role("button", name="Send").click()
    page = desk.page.context.new_page()
    page.goto(f"{PORTAL}/requests")
    page.get_by_role("link", name="Growth study 2009").first.click()
    page.get_by_label("Your answer").fill("They are.")
    page.get_by_role("button", name="Send").click()

    expect(page.locator(".pl-thread")).to_contain_text("They are.")
    page.close()


def test_one_of_two_approvals_gives_nothing_yet(steward: Page, notebook: Kernel) -> None:
    _open_request(steward)
    expect(steward.locator(".pl-thread")).to_contain_text("They are.")
    steward.get_by_role("checkbox", name=re.compile("^hgt ")).uncheck()
    steward.get_by_role("button", name="Approve").click()
    expect(steward.locator("main")).to_contain_text("waits for the privacy officer")

    assert notebook.run(READ).error.startswith("PermissionError: ")


def test_with_the_second_the_running_kernel_reads_what_both_agreed_on(
    lab: Lab, browser: Browser, notebook: Kernel
) -> None:
    page = window(browser, lab.url, language="nl")
    sign_in(page, lab.accounts["kustregio-privacy"])
    page.get_by_role("link", name=re.compile("^Verzoeken")).click()
    page.get_by_role("link", name="Groeistudie 2009").first.click()
    page.get_by_role("button", name="Toegang geven").click()
    expect(page.locator("main")).to_contain_text("goedgekeurd, tot en met")
    page.context.close()

    read = notebook.run(f"{READ}; print(sorted(growth.columns))")

    assert read.stdout.split("\n")[:2] == ["10030", str(sorted(set(COLUMNS) - {"hgt"}))], read.error


def test_the_analyst_sees_until_when(desk: Desk, lab: Lab) -> None:
    page = desk.page.context.new_page()
    page.goto(f"{PORTAL}/datasets/growth_study")

    expect(page.get_by_role("list", name="Access of your projects")).to_contain_text(
        "may read it until and including"
    )
    page.close()


def test_the_steward_revokes_it_and_the_very_next_read_is_refused(
    steward: Page, notebook: Kernel
) -> None:
    still_there = notebook.run("print(len(growth))")
    steward.goto(f"{PORTAL}/datasets/growth_study")
    row = steward.get_by_role("row").filter(has=steward.get_by_role("link", name="Revoke"))
    row = row.filter(has_text="Access to the river")
    row.get_by_role("link", name="Revoke").click()
    dialog = steward.get_by_role("dialog")
    dialog.get_by_role("button", name="Revoke access").click()
    expect(row).to_have_count(0)

    refused = notebook.run(READ)

    assert still_there.stdout.strip() == "10030"
    assert refused.error.startswith("PermissionError: The access of project river-access to growth")


def test_a_colleague_without_a_place_reads_why_on_the_page(
    lab: Lab, browser: Browser, desk: Desk
) -> None:
    page = window(browser, lab.url)
    sign_in(page, lab.accounts["rivierstad-lead"])
    page.locator(f"#project-{PROJECT}").get_by_role("link", name="Start").click()
    with lab.changed("allocation", f"project:{PROJECT}", sessions=1):
        page.get_by_role("button", name="Start the session").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your session was not started")

    expect(page.locator("main")).to_contain_text("places of project river-access are in use")
    expect(page.locator("main")).to_contain_text("Stop a session you no longer need")
    page.context.close()


def test_somebody_elses_project_is_refused_on_the_hubs_page_too(lab: Lab, desk: Desk) -> None:
    page = desk.page.context.new_page()
    page.goto(f"/hub/spawn/{ANALYST}/youth-health")

    expect(page.get_by_role("heading", level=1)).to_have_text("Your session was not started")
    expect(page.locator("main")).to_contain_text("You are not a member of project youth-health.")
    page.get_by_role("link", name="Back to my projects").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My projects")
    page.close()


def test_the_projects_page_follows_what_happens_without_a_reload(lab: Lab, desk: Desk) -> None:
    page = desk.page.context.new_page()
    page.goto(f"{PORTAL}/")
    card = page.locator(f"#project-{PROJECT}")
    expect(card).to_contain_text("Running")
    page.screenshot(path=artefacts() / "projects.png")
    page.evaluate("window.notReloaded = true")

    lab.polderlab("session", "stop", ANALYST, PROJECT)

    expect(card).to_contain_text("Stopped", timeout=10 * SECONDS)
    expect(page.get_by_role("status").first).to_contain_text("Stopped")
    assert page.evaluate("window.notReloaded")
    page.close()


def test_the_steward_sees_every_use(steward: Page) -> None:
    steward.goto(f"{PORTAL}/datasets/growth_study/uses")
    table = steward.get_by_role("table")
    expect(table).to_contain_text("Analist Rivierstad")
    expect(table).to_contain_text("no access")


def _open_request(page: Page) -> None:
    """Open the request for the growth study from the menu."""
    page.get_by_role("link", name=re.compile("^Requests")).first.click()
    page.get_by_role("link", name="Growth study 2009").first.click()


def _scroll_to(page: Page, plot: object) -> None:
    """Turn the wheel until the plot is in sight; what is far off is not in the page at all."""
    panel = page.locator(".jp-WindowedPanel-outer")
    panel.hover()
    for _ in range(60):
        if plot.count() and plot.is_visible():  # type: ignore[attr-defined]
            break
        page.mouse.wheel(0, -400)
        page.wait_for_timeout(100)
    plot.scroll_into_view_if_needed()  # type: ignore[attr-defined]
    page.wait_for_timeout(300)
