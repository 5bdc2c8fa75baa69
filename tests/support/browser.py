"""A person at a real browser: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, expect, sync_playwright

from polderlab_host.settings import REPOSITORY
from tests.support.lab import Account

CHROMIUM = "/usr/bin/chromium"
# The tests run as root, where Chromium's sandbox does not; the rest keeps it from calling home.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE = 1440
SECONDS = 1000
Scheme = Literal["light", "dark"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser; one that is not there is a failure, with the remedy."""
    assert Path(CHROMIUM).exists(), f"{CHROMIUM} is missing: install it, or run `make dev`"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def window(
    browser: Browser,
    url: str,
    *,
    language: str = "en",
    width: int = WIDE,
    scheme: Scheme = "light",
) -> Page:
    """Open a window that shares nothing with the others."""
    context = browser.new_context(
        base_url=url,
        locale={"en": "en-GB", "nl": "nl-NL"}[language],
        timezone_id="Europe/Amsterdam",
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
    )
    context.set_default_timeout(20 * SECONDS)
    return context.new_page()


def sign_in(page: Page, account: Account) -> None:
    """Fill in the sign-in page, wherever it leads."""
    page.goto("/")
    page.locator("input[name=username]").fill(account.username)
    page.locator("input[name=password]").fill(account.password)
    page.locator("input[name=password]").press("Enter")
    expect(page).not_to_have_url("**/hub/login**")
    page.wait_for_url("**/services/lab/**")


def artefacts() -> Path:
    """Return the folder for what people look at after a run."""
    folder = Path(os.environ.get("POLDERLAB_ARTEFACTS") or REPOSITORY / "var" / "artefacts")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
