"""The catalogue as RDF: by content negotiation, and at addresses of their own.

``/catalogue`` (Turtle; RDF/XML and JSON-LD when asked for; a browser goes to the page; who takes
none of these gets 406),
``/catalogue.ttl|rdf|jsonld``, and ``/datasets/{name}`` and ``.ttl|rdf|jsonld`` likewise;
``/id/dataset/{name}`` names the dataset itself and leads to ``/datasets/{name}``. Whoever
is signed in sees all descriptions; anyone else the public ones, where the lab tells them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match
from starlette.types import Scope

from polderlab_catalog.application.dcat import Form
from polderlab_catalog.application.errors import NotFound
from polderlab_catalog.domain.names import is_dataset_name
from polderlab_catalog.web.bounds import bounds_of, take_turn
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.visitors import Passing, SignInNeeded, ThePortal, Visitor

MEDIA_TYPES: Mapping[str, Form] = {
    "text/turtle": Form.TURTLE,
    "application/rdf+xml": Form.XML,
    "application/ld+json": Form.JSON_LD,
}
ENDINGS: Mapping[str, Form] = {form.ending: form for form in Form}
_MOST_PAGES = 1_000_000


_PAGES = ("text/html", "application/xhtml+xml")
_ANY: Mapping[str, Form] = {
    "*/*": Form.TURTLE,
    "text/*": Form.TURTLE,
    "application/*": Form.JSON_LD,
}


def preferred(accept: str) -> Form | None:
    """Return the form of RDF that ``accept`` (RFC 9110, section 12.5.1) puts above a web page."""
    best: tuple[float, Form | None] = (0.0, None)
    for kind, weight in _accepted(accept):
        if (kind in MEDIA_TYPES or kind in _PAGES) and weight > best[0]:
            best = (weight, MEDIA_TYPES.get(kind))
    return best[1]


def _accepted(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept[:1000].split(","):
        kind, *parameters = (each.strip().lower() for each in part.split(";"))
        yield kind, _weight(parameters)


def _form_or_page(accept: str) -> Form | None:
    """Return the form that ``accept`` asks for, or None for the page.

    Raises:
        HTTPException: 406, it takes nothing that there is.
    """
    taken = {kind: weight for kind, weight in _accepted(accept or "*/*") if weight > 0}
    form = preferred(accept)
    if form or any(kind in taken for kind in _PAGES):
        return form
    for kind in sorted(_ANY.keys() & taken.keys(), key=lambda each: -taken[each]):
        return _ANY[kind]
    raise HTTPException(HTTPStatus.NOT_ACCEPTABLE, headers={"Vary": "Accept"})


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


class _AsksForRdf(APIRoute):
    """A route for those who ask for RDF; for others it is as if it were not there."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match the address and the ``Accept`` header."""
        accept = b",".join(v for k, v in scope.get("headers", ()) if k == b"accept")
        if scope["type"] != "http" or preferred(accept.decode("latin-1")) is None:
            return Match.NONE, {}
        return super().matches(scope)


router = APIRouter(include_in_schema=False)
negotiated = APIRouter(include_in_schema=False, route_class=_AsksForRdf)

Page = Annotated[int, Query(ge=1, le=_MOST_PAGES)]
_ANSWERS: dict[str, Any] = {"methods": ["GET", "HEAD"], "response_class": Response}


def visitor_or_turn(request: Request, portal: Portal, visitor: Visitor | None) -> bool:
    """Return whether ``anyone`` asks: nobody signed in, at a lab that tells them, in their turn.

    Raises:
        SignInNeeded: this lab tells only whoever is signed in.
        HTTPException: 429, they ask too often.
    """
    if visitor is not None:
        return False
    if not portal.lab.listings.public:
        raise SignInNeeded
    take_turn(request, bounds_of(request).descriptions)
    return True


@router.api_route("/catalogue", **_ANSWERS)
def show_catalogue(
    request: Request, portal: ThePortal, visitor: Passing, page: Page = 1
) -> Response:
    """Send the catalogue in the form that is asked for."""
    form = _form_or_page(request.headers.get("accept", ""))
    if form is None:
        return RedirectResponse(f"{portal.prefix}/datasets", HTTPStatus.SEE_OTHER)
    return _catalogue(request, portal, visitor, form, page)


@router.api_route("/catalogue.{ending}", **_ANSWERS)
def show_catalogue_as(
    request: Request, portal: ThePortal, visitor: Passing, ending: str, page: Page = 1
) -> Response:
    """Send the catalogue in the form of the ending."""
    return _catalogue(request, portal, visitor, _form(ending), page)


@negotiated.api_route("/datasets/{name}", **_ANSWERS)
def show_dataset(request: Request, portal: ThePortal, visitor: Passing, name: str) -> Response:
    """Send one dataset in the form that is asked for."""
    form = preferred(request.headers.get("accept", "")) or Form.TURTLE
    return _dataset(request, portal, visitor, name, form)


@router.api_route("/datasets/{name}.{ending}", **_ANSWERS)
def show_dataset_as(
    request: Request, portal: ThePortal, visitor: Passing, name: str, ending: str
) -> Response:
    """Send one dataset in the form of the ending."""
    return _dataset(request, portal, visitor, name, _form(ending))


@router.api_route("/id/dataset/{name}", **_ANSWERS)
def lead_to_dataset(portal: ThePortal, name: str) -> Response:
    """Lead from the name of a dataset to what tells of it, whether there is one or not."""
    if not is_dataset_name(name):
        raise NotFound("page", "")
    return RedirectResponse(f"{portal.prefix}/datasets/{name}", HTTPStatus.SEE_OTHER)


def _form(ending: str) -> Form:
    if ending not in ENDINGS:
        raise NotFound("page", "")
    return ENDINGS[ending]


def _catalogue(
    request: Request, portal: Portal, visitor: Visitor | None, form: Form, page: int
) -> Response:
    anyone = visitor_or_turn(request, portal, visitor)
    listing = portal.lab.listings.listing(page, anyone=anyone)
    content = portal.lab.listings.write(listing, form)
    links = {
        "first": 1,
        "prev": page - 1 if page > 1 else None,
        "next": page + 1 if page < listing.pages else None,
        "last": listing.pages,
    }
    address = f"{portal.lab.settings.portal_url}/catalogue.{form.ending}"
    link = ", ".join(f'<{address}?page={to}>; rel="{rel}"' for rel, to in links.items() if to)
    return _answer(content, form, anyone, {"Link": link})


def _dataset(
    request: Request, portal: Portal, visitor: Visitor | None, name: str, form: Form
) -> Response:
    anyone = visitor_or_turn(request, portal, visitor)
    return _answer(portal.lab.listings.dataset(name, form, anyone=anyone), form, anyone, {})


def _answer(content: bytes, form: Form, anyone: bool, headers: dict[str, str]) -> Response:
    media_type = next(kind for kind, each in MEDIA_TYPES.items() if each is form)
    sent = {
        "Vary": "Accept, Cookie, Authorization",
        "Content-Type": f"{media_type}; charset=utf-8" if form is Form.TURTLE else media_type,
    }
    if anyone:
        # what anyone is told is open to scripts of other sites; what people see is not
        sent |= {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "Link",
        }
    return Response(content, headers={**sent, **headers})


router.include_router(negotiated)
