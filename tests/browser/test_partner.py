"""A partner comes in: from an invitation to a running session, as people live it in a browser.

The lab administrator invites an organisation; its contact fills in who it is; it is let in; its
administrator invites an analyst, who is checked, proposes a project, starts in it, fills the disk,
asks for more and gets it. In the end the organisation leaves.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.support.axe import too_wide, violations
from tests.support.browser import SECONDS, artefacts, sign_in, window
from tests.support.lab import PORTAL, Account, Lab, eventually

ADMINISTRATOR = "waterdienst-admin"
ORGANISATION = f"duinrand-{secrets.token_hex(2)}"
"""New in every run: an organisation keeps its short name for good."""
ADMIN, ANALYST = f"{ORGANISATION}-admin", f"{ORGANISATION}-analyst"
PASSWORD = "zeven kleuren in een regenboog"
READ = """import intake
print(len(intake.cat["water_bodies"].read()), "water bodies")"""
FILL = """import os
open("/home/analyst/trees", "wb").write(os.urandom(2**28))"""
FILL_AGAIN = """import time
for _ in range(90):
    try:
        open("/home/analyst/trees", "wb").write(os.urandom(2**28))
        print("now", "it fits")
        break
    except OSError:
        time.sleep(1)"""


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
    for row in sessions(lab):  # if the story ended early; the lab does not know who came in
        if row["user"] == ANALYST:
            lab.polderlab("session", "stop", ANALYST, row["project"])


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


def sessions(lab: Lab) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(lab.polderlab("session", "list", "--json").stdout)
    return found


def running(lab: Lab) -> list[str]:
    """Return who has a session."""
    return [row["user"] for row in sessions(lab)]


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

    give_one_small_session(ans, project)
    bas.goto(f"{PORTAL}/")
    bas.locator(f"#project-{project}").get_by_role("link", name="Start").click()
    bas.get_by_role("dialog").get_by_role("button", name="Start the session").click()
    bas.wait_for_url(f"**/user/{ANALYST}/{project}/lab**", timeout=120 * SECONDS)
    assert ANALYST in running(lab)

    bas.locator(".jp-LauncherCard", has_text="Python 3").first.click()
    ready = ".jp-NotebookPanel .jp-Notebook-ExecutionIndicator[data-status=idle]"
    expect(bas.locator(ready)).to_be_visible(timeout=60 * SECONDS)
    run(bas, READ)
    expect(output(bas, "14 water bodies")).to_be_visible(timeout=60 * SECONDS)
    run(bas, FILL)
    expect(output(bas, "Disk quota exceeded")).to_be_visible(timeout=60 * SECONDS)
    bas.screenshot(path=artefacts() / "partner-disk-full.png")

    asks_for_more(bas.context.new_page(), project)
    ans.goto(f"{PORTAL}/requests")
    ans.get_by_role("link", name="Answer", exact=True).click()
    fits(ans, "request-for-more")
    ans.get_by_role("button", name="Give it").click()
    run(bas, FILL_AGAIN)
    expect(output(bas, "now it fits")).to_be_visible(timeout=120 * SECONDS)

    leaves(lab, ada)
    bas.goto(f"{PORTAL}/")
    bas.locator("input[name=username]").fill(ANALYST)
    bas.locator("input[name=password]").fill(PASSWORD)
    bas.locator("input[name=password]").press("Enter")
    expect(bas.locator(".pl-error-summary")).to_be_visible()


def give_one_small_session(page: Page, project: str) -> None:
    page.goto(f"{PORTAL}/organisations/{ORGANISATION}")
    page.get_by_role("link", name="Divide it").click()
    fits(page, "division")
    page.get_by_role("link", name="Groen in de buurt").click()
    page.wait_for_url(f"**{PORTAL}/allocations/project/{project}")
    fill(page, sessions="1", cpus="1", memory_bytes="2", home_bytes="0.1")
    page.locator("[name=sizes][value=small]").check()
    press(page, "Set the limits")
    expect(page.locator("[name=home_bytes]")).to_have_value("0.1")
    fits(page, "allocation")


def run(page: Page, code: str) -> None:
    """Type ``code`` in the notebook's last cell and run it.

    JupyterLab may still put a notebook it has just opened in place of the one typed in.
    """
    ran = page.locator(".jp-InputPrompt", has_text=re.compile(r"\[(\*|\d+)\]"))
    before = ran.count()

    def runs() -> bool:
        page.locator(".jp-NotebookPanel .jp-Cell .cm-content").last.click()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(code)
        page.keyboard.press("Shift+Enter")
        page.wait_for_timeout(1000)
        return ran.count() > before

    eventually(runs, 30, "the cell runs")


def output(page: Page, text: str) -> Locator:
    return page.locator(".jp-OutputArea-output", has_text=text).last


def asks_for_more(page: Page, project: str) -> None:
    page.goto(f"{PORTAL}/projects/{project}/more")
    page.locator("[name=resource]").select_option("home_bytes")
    fill(page, amount="1", why="The trees of all streets do not fit.")
    press(page, "Send the request")
    expect(page.get_by_text("waits for an answer")).to_be_visible()
    fits(page, "more")
    page.close()


def leaves(lab: Lab, page: Page) -> None:
    """Let the organisation go, and see it through until the archives are signed for."""
    page.goto(f"{PORTAL}/organisations/{ORGANISATION}")
    page.get_by_role("link", name="See what would happen if").click()
    fits(page, "leaving")
    fill(page, reason="The agreement was for a trial.", typed=ORGANISATION)
    press(page, "Let it leave now")
    page.wait_for_url(f"**{PORTAL}/administration/offboarding/*")
    assert ANALYST not in running(lab)

    def packed() -> bool:
        page.reload()
        return page.get_by_role("button", name="Sign", exact=True).count() > 0

    eventually(packed, 90, "the folders are packed")
    fits(page, "left")
    fill(page, received_by="Ans Beheer")
    press(page, "Sign")
    expect(page.get_by_text("to Ans Beheer, signed by").first).to_be_visible()
