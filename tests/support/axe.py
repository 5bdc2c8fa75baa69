"""Asks axe-core what is wrong with a page, and whether a page fits its window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Page

from polderlab_host.settings import REPOSITORY

SOURCE = REPOSITORY / "tests/browser/node_modules/axe-core/axe.min.js"
SETTLE = """() => document.getAnimations()
  .filter(each => Number.isFinite(each.effect?.getComputedTiming().endTime))
  .forEach(each => each.finish())"""
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
COLOURS = ("color-contrast", "link-in-text-block")
"""The rules among them that look at colours: axe's own ``cat.color``."""
SIZES = ("target-size",)
"""The one that looks at how large things are drawn."""
WIDTHS = (1440, 390, 320)


def violations(page: Page, within: str = "html", rules: Sequence[str] = TAGS) -> list[str]:
    """Return what breaks WCAG 2.2 AA on the page as it is now: rule, and where.

    ``within`` is the selector of the part that is looked at, ``rules`` names some of the rules.
    """
    if not page.evaluate("'axe' in window"):
        assert SOURCE.exists(), f"{SOURCE} is missing: run `make dev`"
        page.evaluate(SOURCE.read_text())
    # A colour on its way to another is neither, and styles that come late set them off. They are
    # brought to their end: in what is folded up they never get there by themselves.
    page.wait_for_load_state("load")
    page.evaluate(SETTLE)
    found: list[dict[str, Any]] = page.evaluate(
        """([within, rules]) => axe.run(within, {runOnly: rules, resultTypes: ['violations']})
          .then(result => result.violations)""",
        [within, list(rules)],
    )
    return [
        f"{rule['id']}: {node['html'][:160]} {node['any'][0]['message'] if node['any'] else ''}"
        for rule in found
        for node in rule["nodes"]
    ]


def too_wide(page: Page) -> list[str]:
    """Return what makes the page scroll sideways."""
    wide: list[str] = page.evaluate(
        """() => {
          const room = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= room) return [];
          const out = [...document.body.querySelectorAll("*")]
            .filter(each => each.getBoundingClientRect().right > room + 1)
            .map(each => each.outerHTML.slice(0, 120));
          return out.length ? out.slice(0, 5) : ["the page"];
        }"""
    )
    return wide


def wrong_with(page: Page, language: str) -> list[str]:
    """Look at the page in every light and width.

    What axe finds follows from the markup, which both languages share, but for what long words
    do to it: so one language is looked at in every width, and of the other what its words alone
    can break. Light or dark changes colours and nothing else.
    """
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        rules = TAGS if language == "nl" or width == WIDTHS[0] else SIZES
        found += [f"{width} {each}" for each in violations(page, rules=rules)]
        found += [f"{width} too wide: {each}" for each in too_wide(page)]
    if language == "nl":
        found += _wrong_in_the_dark(page)
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    return found


def _wrong_in_the_dark(page: Page) -> list[str]:
    found = []
    page.emulate_media(color_scheme="dark")
    # some things are there on a narrow page only, others on a wide one
    for width in (WIDTHS[-1], WIDTHS[0]):
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"dark {width} {each}" for each in violations(page, rules=COLOURS)]
    page.emulate_media(color_scheme="light")
    return found
