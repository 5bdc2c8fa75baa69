"""Pages that only a lab has in which people worked for a while: axe-core finds nothing there."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.axe import wrong_with
from tests.support.browser import chromium, window
from tests.support.lived_in import lived_in
from tests.support.screenshots import PACKAGES, show
from tests.support.views import VIEWS


# One test, for the lab takes longer to live than its pages to look at; in the language with the
# longer words, for axe looks at markup.
@pytest.mark.timeout(900)
def test_no_page_of_a_lab_that_was_lived_in_has_a_fault(tmp_path: Path) -> None:
    found: dict[str, list[str]] = {}
    views = [view for view in VIEWS if view.lived_in]
    with lived_in(tmp_path, PACKAGES) as world, chromium() as browser:
        for username in dict.fromkeys(view.username for view in views):
            page = window(browser, world.url, language="nl")
            if username:
                page.context.add_cookies([world.cookie(username)])  # type: ignore[list-item]
            for view in views:
                if view.username == username:
                    show(world, page, view)
                    assert page.locator("h1").count() == 1, view
                    found[view.name] = wrong_with(page, "nl")
            page.context.close()
    assert {name: what for name, what in found.items() if what} == {}
    assert found
