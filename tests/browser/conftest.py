"""One browser per file of tests, and a lab without sessions before and after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from tests.support.browser import chromium
from tests.support.lab import Lab


# Per file, not for the whole run: while Playwright runs, no other test can have an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module", autouse=True)
def _no_sessions(lab: Lab) -> Iterator[None]:
    lab.stop_all()
    yield
    lab.stop_all()
