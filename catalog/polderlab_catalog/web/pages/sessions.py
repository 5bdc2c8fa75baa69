"""Start and stop a session."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from polderlab_catalog.application.errors import NotFound, Refused
from polderlab_catalog.policy.decisions import Code, Decision
from polderlab_catalog.web.pages.projects import view
from polderlab_catalog.web.pages.refusals import Link, refusal_page
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor

router = APIRouter(prefix="/projects/{slug}")

Choice = Annotated[str, Form(max_length=64)]


@router.get("/start")
def ask_choice(request: Request, portal: ThePortal, visitor: Visiting, slug: str) -> Response:
    """Ask for image and size, on a page of its own."""
    card = portal.lab.projects.card(visitor.person, slug)
    facts = view(visitor, card, portal.lab.clock())
    if not facts.may_start:
        decision = card.startable
        if decision:
            decision = Decision(Code.SESSION_EXISTS, {"project": slug})
        return _refused(request, portal, visitor, slug, decision)
    return render(request, "start.html", visitor, section="projects", view=facts)


@router.post("/sessions")
def start(
    request: Request,
    portal: ThePortal,
    visitor: Visiting,
    slug: str,
    *,
    image: Choice = "",
    size: Choice = "",
) -> Response:
    """Start a session, and follow it as it comes up."""
    lab, username = portal.lab, visitor.person.username
    decision = lab.sessions.check(username, slug, image or None, size or None)
    if decision:
        try:
            lab.hub.start(
                username,
                slug,
                image=image or None,
                size=size or None,
                language=visitor.speech.language,
            )
        except Refused as refusal:
            decision = refusal.decision
    if not decision:
        return _refused(request, portal, visitor, slug, decision, size=size)
    return RedirectResponse(f"/hub/spawn-pending/{username}/{slug}", HTTPStatus.SEE_OTHER)


@router.post("/stop")
def stop(portal: ThePortal, visitor: Visiting, slug: str) -> Response:
    """Stop my session in this project. One that has stopped already is as it should be.

    The register first: then its token is dead and its place free, whatever the hub does.
    """
    card = portal.lab.projects.card(visitor.person, slug)
    if card.session is not None:
        with suppress(NotFound):
            portal.lab.sessions.stop(visitor.actor, card.session.id)
    portal.lab.hub.stop(visitor.person.username, card.project.slug)
    return RedirectResponse(f"{portal.prefix}/", HTTPStatus.SEE_OTHER)


def _refused(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    slug: str,
    decision: Decision,
    *,
    size: str = "",
) -> Response:
    _ = visitor.speech.gettext
    links = [Link(f"{portal.prefix}/", _("Back to my projects"))]
    if decision.code in (Code.NO_ROOM_IN_ORGANISATION, Code.UNKNOWN_SIZE, Code.UNKNOWN_IMAGE):
        links.insert(0, Link(f"{portal.prefix}/projects/{slug}/start", _("Choose again")))
    return refusal_page(
        request,
        visitor,
        decision,
        title=_("Your session was not started"),
        lead=_("Nothing was lost. Your files and your other sessions are as they were."),
        what=_("A session in project {project}.").format(project=slug[:40]),
        links=links,
        project=slug[:40],
        **({"size": size} if size else {}),
    )
