"""A partner comes in: from an invitation to a running session, as people live it in a browser.

The lab administrator invites an organisation; its contact fills in who it is; it is let in; its
administrator invites an analyst, who is checked, proposes a project, and starts in it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.support.axe import too_wide, violations
from tests.support.browser import SECONDS, artefacts, sign_in, window
from tests.support.lab import PORTAL, Account, Lab

ADMINISTRATOR = "waterdienst-admin"
ORGANISATION = f"duinrand-{secrets.token_hex(2)}"
"""New in every run: an organisation keeps its short name for good."""
ADMIN, ANALYST = f"{ORGANISATION}-admin", f"{ORGANISATION}-analyst"
PASSWORD = "zeven kleuren in een regenboog"


@dataclass
class Cast:
    """The windows of everybody in the story, each in a browser of their own."""

    lab_administrator: Page
    stranger: Callable[[], Page]


@pytest.fixture(scope="module")
def cast(lab: Lab, browser: Browser) -> Iterator[Cast]:
    pages = [window(browser, lab.url)]
    sign_in(pages[0], lab.accounts[ADMINISTRATOR])

    def stranger() -> Page:
        pages.append(window(browser, lab.url))
        return pages[-1]

    yield Cast(pages[0], stranger)
    for page in pages:
        page.context.close()


def fits(page: Page, name: str) -> None:
    """Look at the page as everybody does: by eye (a picture is kept), and by axe."""
    page.screenshot(path=artefacts() / f"partner-{name}.png", full_page=True)
    assert violations(page) == []
    assert too_wide(page) == []


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.locator(f"[name={name}]").fill(value)


def account(username: str) -> Account:
    return Account(username, PASSWORD, "", ORGANISATION, ())


def running(lab: Lab) -> list[str]:
    """Return who has a session."""
    found = json.loads(lab.polderlab("session", "list", "--json").stdout)
    return [row["user"] for row in found]


def make_account(page: Page, link: str, username: str, shown: str) -> None:
    page.goto(link)
    page.wait_for_url(f"**{PORTAL}/join/details")
    assert link.partition("#")[2] not in page.url
    fill(page, display_name=shown, username=username, password=PASSWORD, again=PASSWORD)
    fits(page, f"account-{shown.partition(' ')[0].lower()}")
    press(page, "Make the account")
    expect(page.get_by_role("heading", name="Your account is ready")).to_be_visible()


def test_a_partner_comes_in_and_works(lab: Lab, cast: Cast) -> None:
    ada = cast.lab_administrator
    ada.goto(f"{PORTAL}/organisations")
    fits(ada, "organisations")
    fill(
        ada,
        name_nl="Gemeente Duinrand",
        slug=ORGANISATION,
        contact_name="Dora Duin",
        contact_email="dora@duinrand.example",
    )
    press(ada, "Make the invitation")
    link = ada.locator("#fresh-link").inner_text().strip()

    dora = cast.stranger()
    dora.goto(link)
    dora.wait_for_url(f"**{PORTAL}/join/details")
    fill(
        dora,
        identifier="https://identifier.overheid.nl/tooi/id/gemeente/gm0999",
        privacy_officer_name="Piet Privacy",
        privacy_officer_email="piet@duinrand.example",
        administrator_name="Ans Beheer",
        administrator_email="ans@duinrand.example",
        agreed_from="2026-01-01",
        agreed_until="2035-12-31",
    )
    press(dora, "Send to the lead agency")
    expect(dora.locator(".pl-error-summary")).to_contain_text("accepts the agreement")
    fits(dora, "details-with-a-mistake")
    dora.locator("[name=accepts]").check()
    press(dora, "Send to the lead agency")
    expect(dora.get_by_role("heading", name="Your details have been sent")).to_be_visible()
    dora.goto(link)
    expect(dora.locator(".pl-error-summary")).to_contain_text("does not work any more")

    ada.goto(f"{PORTAL}/organisations")
    ada.goto(f"{PORTAL}/organisations/{ORGANISATION}/decision")
    fits(ada, "decision")
    fill(ada, cpus="2", memory="4", sessions="1")
    press(ada, "Let it in")
    link = ada.locator("#fresh-link").inner_text().strip()

    ans = cast.stranger()
    make_account(ans, link, ADMIN, "Ans Beheer")
    sign_in(ans, account(ADMIN))
    ans.get_by_role("link", name="Organisation", exact=True).click()
    fits(ans, "organisation")
    fill(ans, name="Bas Analist", email="bas@duinrand.example")
    press(ans, "Make the invitation")
    link = ans.locator("#fresh-link").inner_text().strip()

    bas = cast.stranger()
    make_account(bas, link, ANALYST, "Bas Analist")
    sign_in(bas, account(ANALYST))
    expect(bas.get_by_text("waits until the lead agency has checked")).to_be_visible()
    ada.goto(f"{PORTAL}/people/{ANALYST}")
    press(ada, "I have checked who this is")

    bas.goto(f"{PORTAL}/proposals/new")
    fill(
        bas,
        title_nl="Groen in de buurt",
        purpose_nl="Nagaan waar bomen staan.",
        ground="Omgevingswet, artikel 2.1",
        categories="ligging van bomen",
        subjects="niemand",
        retention="twee jaar",
        datasets="water_bodies",
    )
    fits(bas, "proposal-form")
    press(bas, "Send the proposal")
    bas.wait_for_url(f"**{PORTAL}/proposals/*")
    proposal = bas.url
    for page, said in ((ans, "Past bij ons."), (ada, "")):
        page.goto(proposal)
        fits(page, "proposal")
        fill(page, reason=said)
        press(page, "Approve")
    bas.goto(proposal)
    bas.get_by_role("link", name="To the project").click()
    fits(bas, "project")
    project = bas.url.rpartition("/")[2]

    bas.goto(f"{PORTAL}/")
    bas.locator(f"#project-{project}").get_by_role("link", name="Start").click()
    bas.get_by_role("dialog").get_by_role("button", name="Start the session").click()
    bas.wait_for_url(f"**/user/{ANALYST}/{project}/lab**", timeout=120 * SECONDS)
    assert ANALYST in running(lab)

    ans.goto(f"{PORTAL}/people/{ANALYST}")
    press(ans, "Close the account")
    assert ANALYST not in running(lab)
