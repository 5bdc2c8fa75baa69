"""The catalogue inside JupyterLab: search, preview, code that runs, asking for access.

What the browser may not have (the session's key) and may not do (go round Jupyter's guards) is
tested here too, on the session's real server.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, Response, expect
from tests.support.axe import violations
from tests.support.browser import SECONDS, artefacts, sign_in, window
from tests.support.lab import Lab, environment
from tests.support.web import xsrf

ANALYST, PROJECT = "rivierstad-analyst", "river-access"
OTHER, THEIRS = "kustregio-analyst", "youth-health"
PANEL = "#polderlab-catalogue"
READABLE, LOCKED = "places", "growth_study"


def jupyterlab(lab: Lab, browser: Browser, username: str, project: str, language: str) -> Page:
    """Start a session in ``language`` and open JupyterLab with the panel."""
    lab.start(username, project, language=language)
    page = window(browser, lab.url, language=language)
    sign_in(page, lab.accounts[username])
    # A new workspace: what is left open here greets no other test, nor this one another time.
    page.goto(f"/user/{username}/{project}/lab/workspaces/panel-{uuid4().hex}")
    expect(page.locator("#jp-main-dock-panel")).to_be_visible(timeout=60 * SECONDS)
    page.locator('.jp-SideBar [data-id="polderlab-catalogue"]').click()
    expect(page.locator(f"{PANEL} .polderlab-list > li").first).to_be_visible(timeout=20 * SECONDS)
    return page


@pytest.fixture(scope="module")
def answers() -> list[str]:
    """Everything the panel's doors told the browser."""
    return []


@pytest.fixture(scope="module")
def page(lab: Lab, browser: Browser, answers: list[str]) -> Iterator[Page]:
    """Return the English analyst's JupyterLab."""
    page = jupyterlab(lab, browser, ANALYST, PROJECT, "en")

    def note(response: Response) -> None:
        if "/polderlab/" in response.url:
            answers.append(f"{response.url} {response.headers} {response.text()}")

    page.on("response", note)
    yield page
    page.context.close()


@pytest.fixture
def panel(page: Page) -> Locator:
    """Return the panel, showing the whole catalogue."""
    shown = page.locator(PANEL)
    search(shown, "")
    return shown


def search(panel: Locator, words: str) -> None:
    """Search, and wait until what was found is there."""
    panel.get_by_role("searchbox").fill(words)
    panel.get_by_role("searchbox").press("Enter")
    expect(panel.get_by_role("status")).to_contain_text("dataset")


def entry(panel: Locator, name: str) -> Locator:
    """Return the line of dataset ``name``, opened."""
    search(panel, name)
    line = panel.get_by_role("list", name="Catalogue").get_by_role("listitem").first
    head = line.locator("button").first
    if head.get_attribute("aria-expanded") == "false":
        head.click()
    expect(line.locator("code")).to_have_text(name)
    return line


def test_the_whole_catalogue_is_there_readable_or_not(page: Page, panel: Locator) -> None:
    expect(panel.get_by_role("status")).to_contain_text("datasets")
    expect(panel).to_contain_text("Readable")
    expect(panel).to_contain_text("No access")
    page.screenshot(path=artefacts() / "panel.png")


def test_searching_narrows_it_down_and_says_when_there_is_nothing(panel: Locator) -> None:
    line = entry(panel, READABLE)
    page = line.get_by_role("link", name="Dataset page").get_attribute("href")
    assert page is not None
    assert page.endswith(f"/datasets/{READABLE}")
    panel.get_by_role("searchbox").fill("nothingofthekind")
    panel.get_by_role("button", name="Search").click()
    expect(panel.get_by_role("status")).to_contain_text("Nothing found for “nothingofthekind”.")
    expect(panel.get_by_role("list", name="Catalogue").get_by_role("listitem")).to_have_count(0)


def test_a_preview_shows_the_first_rows(page: Page, panel: Locator) -> None:
    line = entry(panel, READABLE)
    line.get_by_role("button", name="Preview").click()
    table = line.get_by_role("table")

    expect(table.get_by_role("row")).to_have_count(21)
    expect(table.get_by_role("columnheader").first).to_be_visible()
    assert violations(page, PANEL) == []
    page.screenshot(path=artefacts() / "panel-preview.png")
    line.get_by_role("button", name="Hide the preview").click()
    expect(table).to_have_count(0)


def test_inserted_code_runs_as_it_stands(page: Page, panel: Locator) -> None:
    entry(panel, READABLE).get_by_role("button", name="Insert code").click()
    expect(panel.get_by_role("status")).to_contain_text("Press Shift+Enter to run it.")
    notebook = page.locator(".jp-Notebook")
    expect(notebook).to_contain_text(f'polderlab.catalogue()["{READABLE}"].read()')
    page.keyboard.press("Shift+Enter")

    expect(notebook.locator(".jp-OutputArea-output table")).to_be_visible(timeout=60 * SECONDS)
    page.screenshot(path=artefacts() / "panel-code.png")


def test_more_code_goes_into_a_cell_of_its_own(page: Page, panel: Locator) -> None:
    before = page.locator(".jp-Notebook .jp-CodeCell").count()
    entry(panel, READABLE).get_by_role("button", name="Insert code").click()
    page.locator(PANEL).get_by_role("searchbox").focus()
    entry(panel, "water_bodies").get_by_role("button", name="Insert code").click()

    expect(page.locator(".jp-Notebook")).to_contain_text('polderlab.catalogue()["water_bodies"]')
    assert page.locator(".jp-Notebook .jp-CodeCell").count() >= before
    expect(page.locator(".jp-Notebook .jp-CodeCell").first).to_contain_text(READABLE)


def test_a_mistake_in_asking_is_told_at_its_field(page: Page, panel: Locator) -> None:
    line = entry(panel, LOCKED)
    # Never granted, or revoked since: whichever the tests before this one left.
    expect(line).to_contain_text(re.compile(f"project {PROJECT} .*{LOCKED}", re.IGNORECASE))
    line.get_by_role("button", name="Ask for access").click()
    line.get_by_role("button", name="Send the request").click()

    expect(line.get_by_label("What will you use it for?")).to_have_attribute("aria-invalid", "true")
    expect(line.locator(".polderlab-summary")).to_be_focused()
    assert violations(page, PANEL) == []
    page.screenshot(path=artefacts() / "panel-ask.png")


def test_access_is_asked_for_where_it_is_missed(page: Page, panel: Locator) -> None:
    line = entry(panel, LOCKED)
    line.get_by_role("button", name="Ask for access").click()
    line.get_by_label("What will you use it for?").fill("To compare growth along the river")
    until = (datetime.now(UTC) + timedelta(days=40)).date().isoformat()
    line.get_by_label("Until and including which day?").fill(until)
    line.get_by_role("button", name="Send the request").click()

    expect(line).to_contain_text("Access asked for")
    expect(panel.get_by_role("status")).to_contain_text("Your request was sent.")
    requests = panel.locator("details")
    requests.locator("summary").click()
    expect(requests).to_contain_text("waits for the owner")
    assert violations(page, PANEL) == []
    with page.context.expect_page() as opened:
        requests.get_by_role("link", name="Open the request").first.click()
    portal = opened.value
    expect(portal.locator("main")).to_contain_text("To compare growth along the river")
    portal.get_by_role("button", name="Withdraw the request").click()
    expect(portal.get_by_role("button", name="Withdraw the request")).to_have_count(0)
    portal.close()
    panel.get_by_role("button", name="Refresh").click()
    expect(requests).to_contain_text("withdrawn")


def test_the_panel_does_all_of_it_with_the_keyboard_alone(page: Page, panel: Locator) -> None:
    page.keyboard.press("Control+Shift+C")
    page.keyboard.type("Open the catalogue")
    page.keyboard.press("Enter")
    field = panel.get_by_role("searchbox")
    expect(field).to_be_focused()
    field.fill("")
    page.keyboard.press("Enter")
    expect(panel.get_by_role("status")).to_contain_text("datasets")
    heads = panel.locator(".polderlab-head")
    for _ in range(12):
        page.keyboard.press("Tab")
        if heads.first.evaluate("head => head === document.activeElement"):
            break
    expect(heads.first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(heads.nth(1)).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(heads.first).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    inside = heads.first.locator("xpath=following-sibling::div")
    assert inside.evaluate("body => body.contains(document.activeElement)")
    page.keyboard.press("Shift+Tab")
    expect(heads.first).to_be_focused()


def test_the_panel_speaks_dutch_in_a_dutch_session(lab: Lab, browser: Browser) -> None:
    page = jupyterlab(lab, browser, OTHER, THEIRS, "nl")
    panel = page.locator(PANEL)
    panel.get_by_role("searchbox", name="Zoek in de catalogus").fill("groei")
    panel.get_by_role("button", name="Zoeken").click()
    expect(panel.get_by_role("status")).to_contain_text("dataset")

    line = panel.get_by_role("list", name="Catalogus").get_by_role("listitem").first
    expect(line).to_contain_text("Vertrouwelijk")
    expect(line).to_contain_text("Te lezen")
    assert violations(page, PANEL) == []
    page.screenshot(path=artefacts() / "paneel.png")
    page.context.close()


def test_the_sessions_key_never_reaches_the_browser(
    lab: Lab, page: Page, answers: list[str], panel: Locator
) -> None:
    container = lab.container(ANALYST, PROJECT)
    assert container is not None
    key = environment(container)["POLDERLAB_TOKEN"]

    assert answers, "the panel asked nothing"
    assert len(key) > 20
    assert not [answer for answer in answers if key in answer]
    assert key not in page.content()


# The doors themselves -----------------------------------------------------------------------


def door(client: httpx.Client, method: str, path: str, **more: object) -> httpx.Response:
    """Ask a door of the analyst's server as this person's browser would."""
    return client.request(method, f"/user/{ANALYST}/{PROJECT}/polderlab/{path}", **more)  # type: ignore[arg-type]


def test_the_doors_open_for_the_sessions_own_person_alone(lab: Lab, page: Page) -> None:
    own = lab.person(ANALYST)
    own.get(f"/user/{ANALYST}/{PROJECT}/lab")
    stranger = lab.person(OTHER)
    stranger.get(f"/user/{ANALYST}/{PROJECT}/lab", follow_redirects=True)
    with httpx.Client(base_url=lab.url, trust_env=False) as nobody:
        assert door(own, "GET", "catalogue").status_code == 200
        assert door(stranger, "GET", "catalogue").status_code in (302, 403)
        assert door(nobody, "GET", "catalogue").status_code in (302, 403)


def test_a_forged_request_asks_for_nothing(lab: Lab, page: Page) -> None:
    client = lab.person(ANALYST)
    base = f"/user/{ANALYST}/{PROJECT}/"
    client.get(f"{base}lab")
    body = {"dataset": "absent_dataset", "purpose": "forged", "until": "2099-01-01"}
    forged = door(client, "POST", "requests", json=body)
    guessed = door(client, "POST", "requests", json=body, headers={"X-XSRFToken": "guess"})
    honest = door(
        client, "POST", "requests", json=body, headers={"X-XSRFToken": xsrf(client, base)}
    )

    assert (forged.status_code, guessed.status_code) == (403, 403)
    assert honest.status_code == 404, "the lab itself says that there is no such dataset"
    assert honest.json()["code"] == "unknown-dataset"


@pytest.mark.parametrize(
    "path",
    [
        "datasets",
        "publications",
        "datasets/places/places.parquet",
        "datasets/..%2f..%2finternal/preview",
        "..%2f..%2finternal/sessions",
        "datasets/places%2fpreview",
        "http://127.0.0.1/",
    ],
)
def test_no_other_door_is_passed_on(lab: Lab, page: Page, path: str) -> None:
    client = lab.person(ANALYST)
    client.get(f"/user/{ANALYST}/{PROJECT}/lab")
    assert door(client, "GET", path).status_code == 404
    assert door(client, "GET", "datasets/places/preview").status_code == 200


# Publishing ---------------------------------------------------------------------------------


def test_a_result_is_published_from_a_notebook_and_read_back(lab: Lab, page: Page) -> None:
    code = """
import polderlab
places = polderlab.catalogue()["places"].read()
large = places[places.population > 100_000].reset_index(drop=True)
first = polderlab.publish(large, "large_places", title="Places of over 100,000 people")
again = polderlab.publish(large.head(3), "large_places", note="Fewer")
read = polderlab.catalogue()["large_places"].read()
print(first.version, again.version, len(read), first.classification, first.derived_from)
"""
    said = lab.run(ANALYST, PROJECT, code)
    # A result is as strict as what the project read before, in other tests too.
    before = ("--action", "dataset:read", "--object", LOCKED, "--project", PROJECT)
    strict = json.loads(lab.polderlab("audit", "show", *before, "--json").stdout)
    kind = "confidential" if strict else "internal"
    assert said.endswith(f"1 2 3 {kind} ('places@1',)"), said


def test_anothers_name_is_refused_in_the_notebook(lab: Lab, page: Page) -> None:
    with lab.kernel(ANALYST, PROJECT) as kernel:
        refused = kernel.run(
            "import pandas as pd, polderlab\n"
            'polderlab.publish(pd.DataFrame({"a": [1]}), "growth_study", title="Mine now")'
        )
    assert refused.error.startswith("PermissionError: Project river-access cannot publish as")


def test_the_status_bar_tells_what_is_left_and_where_to_ask_for_more(page: Page, lab: Lab) -> None:
    item = page.locator(".polderlab-quota a")
    expect(item).to_contain_text("Left: ", timeout=20 * SECONDS)
    expect(item).to_contain_text("GB memory")
    assert item.get_attribute("href") == f"{lab.url}/services/lab/projects/{PROJECT}/more"
    assert "Processors: " in str(item.get_attribute("title"))


def announce(lab: Lab, text: str) -> str:
    """Announce something to everyone; return its id."""
    until = (datetime.now(UTC) + timedelta(days=5)).date().isoformat()
    said = lab.polderlab(
        "announcement", "make", "--until", until, "--nl", text, "--en", text, "--json"
    )
    return str(json.loads(said.stdout)["id"])


def test_an_announcement_shows_in_jupyterlab_until_it_is_read(page: Page, lab: Lab) -> None:
    text = f"Closed on Saturday <b>{uuid4().hex[:6]}</b>"
    made = announce(lab, text)
    try:
        notice = page.locator(".Toastify__toast").filter(has_text=text)
        for _ in range(2):  # unread it comes back
            page.reload()
            expect(notice).to_be_visible(timeout=40 * SECONDS)
        read = notice.get_by_text("I have read it", exact=True)
        read.click(trial=True)  # once it no longer moves
        page.screenshot(path=artefacts() / "panel-announcement.png")
        read.click()
        expect(notice).to_have_count(0)
        page.reload()
        expect(page.locator(".polderlab-quota a")).to_be_visible(timeout=40 * SECONDS)
        page.wait_for_timeout(2 * SECONDS)
        expect(notice).to_have_count(0)
    finally:
        lab.polderlab("announcement", "withdraw", made)


def test_jupyterlab_warns_before_the_hours_are_over(page: Page, lab: Lab) -> None:
    with lab.changed("allocation", f"person:{PROJECT}/{ANALYST}", cpu_hours=0.001):
        page.reload()
        notice = page.locator(".jp-toast-content, .Toastify__toast").filter(
            has_text=re.compile("hours are used|This session stops at")
        )
        expect(notice.first).to_be_visible(timeout=40 * SECONDS)
        expect(notice.first.get_by_text("Ask for more", exact=True)).to_be_visible()
    page.reload()
    expect(page.locator(".polderlab-quota a")).to_be_visible(timeout=40 * SECONDS)
