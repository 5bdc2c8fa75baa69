"""From a template's name and facts to a page."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse

from polderlab_catalog.domain.organisations import OrganisationKind
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.visitors import Visitor, portal_of, speech_of

_NOTHING: dict[str, object] = {"announcements": [], "unread": 0, "to_confirm": 0}


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
        **_names(portal, visitor),
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


def _names(portal: Portal, visitor: Visitor | None) -> dict[str, object]:
    """What the header tells: the lead agency's name and the visitor's organisation's, and how
    many requests wait for the visitor.

    Without a visitor there are none, so that an error page needs no database.
    """
    if visitor is None:
        return {"host": None, "home": None, "waiting": 0, "partners_waiting": 0, **_NOTHING}
    with portal.lab.register.read() as register:
        everyone = register.organisations.all()
    leads = [each.name for each in everyone if each.kind is OrganisationKind.LEAD]
    homes = [each.name for each in everyone if each.slug == visitor.person.organisation]
    waiting = len(portal.lab.requests.waiting_for(visitor.actor))
    return {
        "host": next(iter(leads), None),
        "home": next(iter(homes), None),
        "waiting": waiting,
        "partners_waiting": portal.lab.organisations.waiting_for(visitor.actor),
        "announcements": portal.lab.announcements.current(visitor.person),
        "unread": portal.lab.notices.unread(visitor.person),
        "to_confirm": portal.lab.confirmations.count(visitor.actor),
    }
