"""Draws every page of the portal, in both languages, wide and narrow: for people to look at.

``make screenshots`` fills ``var/screenshots/<language>/<width>/``; names after it choose states
(``ARGS='requests --dark'``).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError

from polderlab_host.settings import REPOSITORY
from tests.support.browser import Scheme, chromium, window
from tests.support.lived_in import LivedIn, lived_in
from tests.support.views import VIEWS, View

LANGUAGES = ("nl", "en")
WIDTHS = (1440, 390)
Seen = tuple[str, int, Scheme]
"""In which language, how wide, and whether on a light or a dark screen."""
FOLDER = REPOSITORY / "var" / "screenshots"
PACKAGES = REPOSITORY / "var" / "demo"
"""Where the packages with the demo's data are kept."""


def draw(world: LivedIn, browser: Browser, views: Sequence[View], seen: Seen) -> list[str]:
    """Draw ``views`` as they are ``seen``; return what could not be drawn, and why."""
    language, width, scheme = seen
    folder = FOLDER / language / str(width) / ("dark" if scheme == "dark" else "")
    folder.mkdir(parents=True, exist_ok=True)
    failed = []
    for username in dict.fromkeys(view.username for view in views):
        page = window(browser, world.url, language=language, width=width, scheme=scheme)
        if username:
            page.context.add_cookies([world.cookie(username)])  # type: ignore[list-item]
        for view in views:
            if view.username != username:
                continue
            try:
                show(world, page, view)
                page.screenshot(path=folder / f"{view.file}.png", full_page=True)
            except (PlaywrightError, AssertionError) as error:
                failed.append(f"{language} {width} {view}: {error}")
        page.context.close()
    return failed


def show(world: LivedIn, page: Page, view: View) -> None:
    """Bring ``page`` in the state of ``view``."""
    page.goto("about:blank")  # what differs behind the # only is not loaded anew
    answer = page.goto(view.path.format(**world.blanks))
    view.act(page)
    assert answer is not None
    assert answer.status == view.status, f"it answered {answer.status}"


def main() -> None:
    """Draw what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="words in the names of states; none: all")
    parser.add_argument("--dark", action="store_true", help="as on a dark screen")
    parser.add_argument("--language", choices=LANGUAGES, action="append")
    parser.add_argument("--width", type=int, action="append")
    told = parser.parse_args()
    views = [
        view
        for view in VIEWS
        if view.of_portal and (not told.names or any(name in view.name for name in told.names))
    ]
    scheme: Scheme = "dark" if told.dark else "light"
    ways = [
        (language, width, scheme)
        for language in told.language or LANGUAGES
        for width in told.width or WIDTHS
    ]
    with (
        TemporaryDirectory() as state,
        lived_in(Path(state), PACKAGES) as world,
        chromium() as browser,
    ):
        failed = [each for seen in ways for each in draw(world, browser, views, seen)]
    print(f"Look at {len(views)} states in {FOLDER}")
    if failed:
        raise SystemExit("\n".join(["What follows could not be drawn.", *failed]))


if __name__ == "__main__":
    main()
