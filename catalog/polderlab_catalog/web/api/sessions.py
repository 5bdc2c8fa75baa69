"""Sessions: mine, and those I look after as an administrator."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from polderlab_catalog.application.errors import Refused
from polderlab_catalog.domain.sessions import Session
from polderlab_catalog.web.api.shapes import NewSession, SessionShape, Started
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor

router = APIRouter(tags=["sessions"])


def session_shape(session: Session, url: str) -> SessionShape:
    """Put a session on the wire; never its token's hash or its address."""
    return SessionShape(
        id=session.id,
        username=session.username,
        project=session.project,
        image=session.image,
        size=session.size,
        cpus=session.cpus,
        memory_bytes=session.memory_bytes,
        state=session.state.value,
        started=session.started,
        closed=session.closed,
        page=f"{url}/user/{session.username}/{session.project}/lab",
    )


@router.get("/sessions")
def list_sessions(portal: ThePortal, visitor: Visiting) -> list[SessionShape]:
    """List the open sessions I may see: my own, and those I look after."""
    url = portal.lab.settings.public_url
    found = {each.id: each for each in portal.lab.sessions.list_open(visitor.actor)}
    found |= {each.id: each for each in _overseen(portal, visitor)}
    in_order = sorted(found.values(), key=lambda each: (each.started, each.id))
    return [session_shape(each, url) for each in in_order]


@router.post("/projects/{slug}/sessions", status_code=HTTPStatus.ACCEPTED)
def start_session(portal: ThePortal, visitor: Visiting, slug: str, body: NewSession) -> Started:
    """Start my session in a project. ``GET /projects/{slug}`` tells how far it is."""
    lab, username = portal.lab, visitor.person.username
    decision = lab.sessions.check(username, slug, body.image, body.size)
    if not decision:
        raise Refused(decision)
    lab.hub.start(
        username, slug, image=body.image, size=body.size, language=visitor.speech.language
    )
    page = f"{lab.settings.public_url}/hub/spawn-pending/{username}/{slug}"
    return Started(project=slug, page=page)


@router.delete("/sessions/{session}", status_code=HTTPStatus.NO_CONTENT)
def stop_session(
    portal: ThePortal,
    visitor: Visiting,
    session: UUID,
    reason: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Stop a session. Its access to data ends before this returns.

    ``reason`` is needed when it is somebody else's: they are told.
    """
    lab = portal.lab
    overseen = {each.id: each for each in _overseen(portal, visitor)}.get(str(session))
    if overseen is not None and overseen.username != visitor.person.username:
        lab.supervision.stop(visitor.actor, {overseen.id}, reason)
        return Response(status_code=HTTPStatus.NO_CONTENT)
    found = lab.sessions.stop(visitor.actor, str(session))
    lab.hub.stop(found.username, found.project)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _overseen(portal: Portal, visitor: Visitor) -> list[Session]:
    try:
        return portal.lab.supervision.overseen(visitor.actor)
    except Refused:
        return []
