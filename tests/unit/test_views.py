"""No page of the portal is left out when pages are looked at, by machine or by eye."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit

import pytest
from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path
from tests.support.lab import PORTAL
from tests.support.views import VIEWS

from polderlab_catalog.web import pages

NO_PAGES = {
    "/language": "goes on to the page it came from",
    "/live": "part of a page, sent again when something changed",
    "/harvests/live": "the same",
    "/ingests/{id}/live": "the same",
    "/organisations/{slug}/costs/csv": "a file",
    "/organisations/{slug}/reports/{month}/csv": "a file",
    "/projects/{slug}/results/file": "a file",
    "/projects/{slug}/results/picture": "a file",
    "/datasets/{name}/versions/{number}/files/{file}": "a file",
}
"""What is asked for with GET and is no page, and what it is instead."""
ROUTES = [
    route.path
    for route in iter_route_contexts(pages.router.routes)
    if route.path and "GET" in (route.methods or ())
]


def route_of(path: str) -> str | None:
    """Return the route that answers at ``path``: the first that fits, as in the portal."""
    within = urlsplit(path).path.removeprefix(PORTAL)
    return next((route for route in ROUTES if compile_path(route)[0].fullmatch(within)), None)


LOOKED_AT = {
    route_of(path) for view in VIEWS if view.of_portal for path in (view.path, view.lands) if path
}


@pytest.mark.parametrize("route", sorted(set(ROUTES) - NO_PAGES.keys()))
def test_a_page_has_a_state_in_which_it_is_looked_at(route: str) -> None:
    assert route in LOOKED_AT, "add a state to tests/support/views.py"


def test_what_is_said_to_be_no_page_is_a_route() -> None:
    assert NO_PAGES.keys() <= set(ROUTES)


def test_every_state_has_a_picture_of_its_own() -> None:
    names = Counter(view.file for view in VIEWS)
    assert [name for name, count in names.items() if count > 1] == []
