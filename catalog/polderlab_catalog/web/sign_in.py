"""Signing in to the portal: OAuth 2 with the hub as provider (state and PKCE)."""

from __future__ import annotations

import base64
import hashlib
import secrets
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from polderlab_catalog.web.navigation import safe_next
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.visitors import SESSION_COOKIE, SESSION_SECONDS, ThePortal

router = APIRouter(include_in_schema=False)

STATE_COOKIE = "polderlab-sign-in"
STATE_SECONDS = 600
CALLBACK = "/oauth_callback"


def start(portal: Portal, next_: str | None) -> Response:
    """Send the browser to the hub, remembering where it wanted to go."""
    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    target = safe_next(next_, f"{portal.prefix}/")
    answer = RedirectResponse(
        portal.identity.authorize_path(state, challenge.rstrip(b"=").decode()),
        HTTPStatus.SEE_OTHER,
    )
    answer.set_cookie(
        STATE_COOKIE,
        portal.states.seal({"state": state, "verifier": verifier, "next": target}),
        max_age=STATE_SECONDS,
        path=f"{portal.prefix}{CALLBACK}",
        secure=portal.secure,
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get("/sign-in")
async def sign_in(
    portal: ThePortal, next_: Annotated[str | None, Query(alias="next")] = None
) -> Response:
    """Sign in, and come back to ``next``."""
    return start(portal, next_)


@router.get(CALLBACK)
async def callback(
    request: Request, portal: ThePortal, code: str = "", state: str = ""
) -> Response:
    """Finish signing in: the hub sent the browser back with a code."""
    known = portal.states.open(request.cookies.get(STATE_COOKIE), seconds=STATE_SECONDS)
    if known is None or not secrets.compare_digest(known["state"].encode(), state.encode()):
        # the page lay open too long, signing in began in two tabs, or somebody else's code was
        # slipped in: the code is not used, and starting over is harmless
        return RedirectResponse(f"{portal.prefix}/", HTTPStatus.SEE_OTHER)
    if not code:
        raise HTTPException(HTTPStatus.FORBIDDEN)
    token = await portal.identity.token_for(code, known["verifier"])
    if token is None or await portal.identity.username(token) is None:
        raise HTTPException(HTTPStatus.FORBIDDEN)
    answer = RedirectResponse(safe_next(known["next"], f"{portal.prefix}/"), HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        SESSION_COOKIE,
        portal.sessions.seal({"token": token, "session": secrets.token_urlsafe(16)}),
        max_age=SESSION_SECONDS,
        path=portal.prefix,
        secure=portal.secure,
        httponly=True,
        samesite="lax",
    )
    answer.delete_cookie(STATE_COOKIE, path=f"{portal.prefix}{CALLBACK}")
    return answer
