"""From a template's name and facts to a page."""

from __future__ import annotations

from dataclasses import fields
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse

from polderlab_catalog.application.masthead import Masthead
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.visitors import Visitor, portal_of, speech_of


def render(
    request: Request,
    template: str,
    visitor: Visitor | None,
    *,
    status: int = HTTPStatus.OK,
    section: str = "",
    **facts: Any,
) -> HTMLResponse:
    """Render ``template`` for ``visitor``; ``section`` is the entry of the menu it belongs to."""
    portal = portal_of(request)
    speech = visitor.speech if visitor else speech_of(request)
    body = portal.templates.get_template(template).render(
        _=speech.gettext,
        ngettext=speech.ngettext,
        speech=speech,
        here=_here(request),
        prefix=portal.prefix,
        visitor=visitor,
        **_masthead(portal, visitor),
        section=section,
        **facts,
    )
    headers = {"Content-Language": speech.language, "Vary": "Cookie, Accept-Language"}
    return HTMLResponse(body, status, headers)


def _here(request: Request) -> str:
    """Where the language switch comes back to. A form's address has no page of its own."""
    if request.method not in ("GET", "HEAD"):
        return f"{portal_of(request).prefix}/"
    query = request.url.query
    return quote(f"{request.url.path}{'?' if query else ''}{query}", safe="/")


def _masthead(portal: Portal, visitor: Visitor | None) -> dict[str, Any]:
    """What the header tells. Without a visitor nothing: an error page needs no database."""
    told = portal.lab.mastheads.of(visitor.actor) if visitor else Masthead()
    return {each.name: getattr(told, each.name) for each in fields(told)}
