"""Whoever looks at the portal: signed in through the hub, known in the register."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from polderlab_catalog.application.actors import Actor
from polderlab_catalog.application.errors import LabError, Refused
from polderlab_catalog.domain.people import Person
from polderlab_catalog.policy.decisions import Code, Decision
from polderlab_catalog.web import csrf
from polderlab_catalog.web.languages import COOKIE as LANGUAGE_COOKIE
from polderlab_catalog.web.languages import Speech, choose
from polderlab_catalog.web.portal import Portal

SESSION_COOKIE = "polderlab-session"
SESSION_SECONDS = 14 * 24 * 3600
MAX_FIELDS = 1000
"""Of one form: a dataset may have hundreds of columns to choose from."""


class SignInNeeded(Exception):  # noqa: N818  (not an error: the way in)
    """Nobody is signed in yet."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Someone signed in: who, from where, in which language, and their form token."""

    person: Person
    origin: str
    speech: Speech
    csrf: str

    @property
    def actor(self) -> Actor:
        """This person, as the use cases know actors."""
        return Actor.for_person(self.person, self.origin)


@dataclass(frozen=True, slots=True)
class Uploader:
    """Someone who sends a file. Unless ``proven``, the form's token is still to come, as the
    first field of the body."""

    visitor: Visitor
    session: str
    proven: bool

    def must_prove(self, request: Request, token: str) -> None:
        """Check the form's token; raise 403 when it is not theirs."""
        if self.proven or portal_of(request).csrf.holds(request, self.session, token):
            return
        raise HTTPException(HTTPStatus.FORBIDDEN)


def portal_of(request: Request) -> Portal:
    """Return what this application was built with."""
    return cast(Portal, request.app.state.portal)


ThePortal = Annotated[Portal, Depends(portal_of)]


def speech_of(request: Request) -> Speech:
    """Return the voice this request is answered in."""
    chosen = choose(request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language"))
    return portal_of(request).problems.speech[chosen]


async def visitor(request: Request) -> Visitor:
    """Find out who asks.

    A token in the header is enough by itself. A cookie is not, when something is to be changed:
    then the form's token must be there as well.

    Raises:
        SignInNeeded: nobody is signed in, or no longer.
        Refused: the register does not know the person, or their account is closed.
    """
    who, session = await _signed_in(request)
    if session and request.method not in ("GET", "HEAD"):
        await _must_be_ours(request, portal_of(request), session)
    return who


async def uploader(request: Request) -> Uploader:
    """Find out who sends a file, without touching the body: it may be as large as a disk.

    Raises:
        SignInNeeded: nobody is signed in, or no longer.
        Refused: the register does not know the person, or their account is closed.
        HTTPException: the header holds a form token, and it is not theirs.
    """
    who, session = await _signed_in(request)
    token = request.headers.get(csrf.HEADER, "")
    proven = not session
    if session and token:
        proven = portal_of(request).csrf.holds(request, session, token)
        if not proven:
            raise HTTPException(HTTPStatus.FORBIDDEN)
    return Uploader(who, session, proven)


async def sender(request: Request) -> Visitor:
    """Find out who sends a file as the body: the form's token can only be in the header."""
    found = await uploader(request)
    found.must_prove(request, "")
    return found.visitor


async def _signed_in(request: Request) -> tuple[Visitor, str]:
    """Return who asks, and the id of their session: empty when they showed a token instead."""
    portal = portal_of(request)
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    session = ""
    if scheme.lower() in ("bearer", "token") and shown.strip():
        token = shown.strip()
    else:
        sealed = portal.sessions.open(request.cookies.get(SESSION_COOKIE), seconds=SESSION_SECONDS)
        if not sealed:
            raise SignInNeeded
        token, session = sealed["token"], sealed["session"]
    username = await portal.identity.username(token)
    if username is None:
        raise SignInNeeded
    person = await run_in_threadpool(portal.lab.people.get, username)
    if person is None or not person.active:
        raise Refused(Decision(Code.PERSON_INACTIVE))
    origin = request.client.host if request.client else ""
    return Visitor(person, origin, speech_of(request), portal.csrf.token(session)), session


async def form_of(request: Request) -> FormData:
    """Return the form of a request, within bounds; files are not taken.

    Whoever reads it first sets the bounds, and that is the check of where it comes from: so all
    read it here.
    """
    return await request.form(max_files=0, max_fields=MAX_FIELDS)


async def _must_be_ours(request: Request, portal: Portal, session: str) -> None:
    token = request.headers.get(csrf.HEADER, "")
    if not token:
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        if kind == "application/x-www-form-urlencoded":
            value = (await form_of(request)).get(csrf.FIELD)
            token = value if isinstance(value, str) else ""
    if not portal.csrf.holds(request, session, token):
        raise HTTPException(HTTPStatus.FORBIDDEN)


async def visitor_if_any(request: Request) -> Visitor | None:
    """Find out who asks, where the page is for everyone."""
    try:
        return await visitor(request)
    except (SignInNeeded, LabError):
        return None


Visiting = Annotated[Visitor, Depends(visitor)]
Sending = Annotated[Visitor, Depends(sender)]
Uploading = Annotated[Uploader, Depends(uploader)]
Passing = Annotated[Visitor | None, Depends(visitor_if_any)]
