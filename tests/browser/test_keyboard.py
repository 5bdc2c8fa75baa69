"""Everything people come for, with the keyboard alone, and always seeing where they are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.support.browser import SECONDS, sign_in, window
from tests.support.lab import PORTAL, Lab

ANALYST, PROJECT = "rivierstad-analyst", "river-access"
MOST_STOPS = 80
WHERE = """() => {
  const here = document.activeElement;
  if (!here || here === document.body) return null;
  const name = here.innerText?.trim() || here.getAttribute("aria-label") || here.name;
  const seen = [here, here.closest("label"), here.parentElement].filter(Boolean).some(box => {
    const style = getComputedStyle(box);
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return outlined || (style.boxShadow !== "none" && box.matches(":focus-within"));
  });
  const area = here.getBoundingClientRect();
  return { name: (name || here.tagName).replace(/\\s+/g, " ").replace(" :", ":"), seen,
           inView: area.bottom > 0 && area.top < innerHeight };
}"""


@pytest.fixture
def page(lab: Lab, browser: Browser) -> Iterator[Page]:
    """Open a window."""
    opened = window(browser, lab.url)
    yield opened
    opened.context.close()


def walk(page: Page) -> list[str]:
    """Press Tab through the whole page; return the names of its stops, each one in sight."""
    names: list[str] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(WHERE)
        if stop is None:  # beyond the last stop
            break
        assert stop["seen"], f"nobody sees that “{stop['name']}” has the focus"
        assert stop["inView"], f"“{stop['name']}” has the focus out of sight"
        names.append(stop["name"])
    return names


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what is called ``name`` has the focus."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(WHERE)
        if stop and stop["name"].startswith(name):
            return
    raise AssertionError(f"Tab does not come to “{name}”")


def test_a_person_signs_in_and_starts_and_stops_a_session_by_keyboard(lab: Lab, page: Page) -> None:
    page.goto("/hub/login")
    tab_to(page, "username")
    page.keyboard.type(ANALYST)
    tab_to(page, "password")
    page.keyboard.type(lab.accounts[ANALYST].password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("My projects")
    page.wait_for_load_state("load")  # its script too: until then Start leads to a page

    tab_to(page, "Start: ")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert dialog.evaluate("dialog => dialog.contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert page.evaluate(WHERE)["name"].startswith("Start: "), "the focus was lost"

    page.keyboard.press("Enter")
    tab_to(page, "Start the session")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/user/{ANALYST}/{PROJECT}/lab**", timeout=90 * SECONDS)

    page.goto(f"{PORTAL}/")
    tab_to(page, "Stop: ")
    page.keyboard.press("Enter")
    expect(page.locator("article", has_text="Running")).to_have_count(0)


def test_the_first_stop_leads_past_the_menu(lab: Lab, page: Page) -> None:
    page.goto("/hub/login")
    page.keyboard.press("Tab")
    assert page.evaluate(WHERE)["name"] == "Skip to the content"
    page.keyboard.press("Enter")

    assert page.url.endswith("#main")


@pytest.mark.parametrize("path", ["/", "/projects/river-access/start", "/datasets", "/account"])
def test_every_stop_of_an_analysts_page_is_visible(lab: Lab, page: Page, path: str) -> None:
    sign_in(page, lab.accounts[ANALYST])
    page.goto(f"{PORTAL}{path}")

    assert len(walk(page)) > 5


def test_a_request_is_made_answered_and_revoked_by_keyboard(
    lab: Lab, browser: Browser, page: Page
) -> None:
    lab.polderlab("revoke", "growth_study", PROJECT, check=False)
    sign_in(page, lab.accounts[ANALYST])
    page.goto(f"{PORTAL}/datasets/growth_study")
    expect(page.get_by_role("button", name="Send the request")).to_be_visible()
    tab_to(page, "Access to the river (until")
    page.keyboard.type("Access to the river")
    tab_to(page, "column")  # the first of them
    page.keyboard.press("Space")
    tab_to(page, "Send the request")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("waits for the steward and the privacy officer")

    deciders = (("kustregio-steward", "Approve"), ("kustregio-privacy", "Give access"))
    for username, button in deciders:
        decider = window(browser, lab.url)
        sign_in(decider, lab.accounts[username])
        tab_to(decider, "Requests")
        decider.keyboard.press("Enter")
        decider.wait_for_url("**/requests")
        tab_to(decider, "Growth study 2009")
        decider.keyboard.press("Enter")
        decider.wait_for_url("**/requests/*")
        tab_to(decider, button)
        decider.keyboard.press("Enter")
        expect(decider.locator(".pl-thread")).to_contain_text("You approved")
        decider.context.close()

    decider = window(browser, lab.url)
    sign_in(decider, lab.accounts["kustregio-steward"])
    decider.goto(f"{PORTAL}/datasets/growth_study")
    row = decider.get_by_role("row").filter(has_text=PROJECT)
    tab_to(decider, "Revoke: Access to the river")
    decider.keyboard.press("Enter")
    expect(decider.get_by_role("dialog")).to_be_visible()
    assert decider.evaluate(WHERE)["name"] == "Cancel", "what cannot be undone must not be first"
    tab_to(decider, "Revoke access")
    decider.keyboard.press("Enter")
    expect(row).to_have_count(0)
    decider.context.close()
