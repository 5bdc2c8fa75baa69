"""Sessions: mine, or all for a lab administrator."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Response

from polderlab_catalog.application.errors import NotFound, Refused
from polderlab_catalog.domain.sessions import Session
from polderlab_catalog.web.api.shapes import NewSession, SessionShape, Started
from polderlab_catalog.web.visitors import ThePortal, Visiting

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
    """List the open sessions I may see."""
    url = portal.lab.settings.public_url
    return [session_shape(each, url) for each in portal.lab.sessions.list_open(visitor.actor)]


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
def stop_session(portal: ThePortal, visitor: Visiting, session: UUID) -> Response:
    """Stop a session. Its access to data ends before this returns."""
    lab = portal.lab
    for found in lab.sessions.list_open(visitor.actor):
        if found.id == str(session):
            decision = lab.sessions.may_stop(visitor.actor, found)
            if not decision:
                raise Refused(decision)
            lab.sessions.close(found.id, "stopped", visitor.actor)
            lab.hub.stop(found.username, found.project)
            return Response(status_code=HTTPStatus.NO_CONTENT)
    raise NotFound("session", str(session))
