"""My account and its password; and the page where a link lets somebody choose one.

The key of a link stands behind the ``#``, where no server sees it in an address; it comes in a
form and travels on in a sealed cookie, so no log and no history ever holds it.
"""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from polderlab_catalog.application.errors import Invalid, Refused
from polderlab_catalog.policy.decisions import Code, refused
from polderlab_catalog.web import csrf
from polderlab_catalog.web.forms import TheForm, sentences
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.problems import explain
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import (
    SESSION_COOKIE,
    ThePortal,
    Visiting,
    Visitor,
    portal_of,
    speech_of,
)

router = APIRouter()

COOKIE = "polderlab-password"
SECONDS = 3600


@router.get("/account")
def show_account(request: Request, portal: ThePortal, visitor: Visiting) -> Response:
    """Show who I am here, and the form to change my password."""
    return _account(request, portal, visitor, {})


@router.post("/account/password")
def change_password(
    request: Request, portal: ThePortal, visitor: Visiting, form: TheForm
) -> Response:
    """Change my password; every sign-in of mine ends, this one too."""
    lab, current = portal.lab, form.secret("current")
    if not current:  # nothing was tried
        told = _not_proven(visitor, Code.WRONG_CREDENTIALS)
        return _account(request, portal, visitor, {"current": told})
    proven = lab.sign_ins.prove(visitor.person, current, visitor.origin)
    if not proven:
        return _account(request, portal, visitor, {"current": _not_proven(visitor, proven.code)})
    try:
        lab.passwords.change(
            visitor.person, visitor.origin, current, form.secret("password"), form.secret("again")
        )
    except Invalid as invalid:
        return _account(request, portal, visitor, sentences(invalid, visitor.speech))
    return _done(portal, visitor.person.username)


def held_key(request: Request) -> str:
    """Return the key of the link somebody came with; raise :class:`Refused`."""
    known = portal_of(request).states.open(request.cookies.get(COOKIE), seconds=SECONDS)
    if known is None or "password link" not in known:
        raise Refused(refused(Code.LINK_DEAD))
    return known["password link"]


Key = Annotated[str, Depends(held_key)]


async def proven_key(request: Request, key: Key, form: TheForm) -> str:
    """Return it for a form that changes something: it must come from our own page."""
    token = form.secret(csrf.FIELD)
    if not portal_of(request).csrf.holds(request, _session(key), token):
        raise HTTPException(HTTPStatus.FORBIDDEN)
    return key


Proven = Annotated[str, Depends(proven_key)]


@router.get("/new-password")
def ask_key(request: Request) -> Response:
    """Take the key of a link."""
    return _ask_key(request, {})


@router.post("/new-password")
def take_key(request: Request, portal: ThePortal, form: TheForm) -> Response:
    """Look whether the link works, and go on to choosing."""
    if not csrf.same_origin(request):
        raise HTTPException(HTTPStatus.FORBIDDEN)
    # a link pasted whole is as good as its key
    key = form.secret("code").strip().rpartition("#")[2]
    try:
        portal.lab.passwords.owner(key)
    except Refused as refusal:
        errors = {"code": explain(refusal.decision, speech_of(request))}
        return _ask_key(request, errors)
    answer = RedirectResponse(f"{portal.prefix}/new-password/choose", HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        COOKIE,
        portal.states.seal({"password link": key}),
        max_age=SECONDS,
        path=f"{portal.prefix}/new-password",
        secure=portal.secure,
        httponly=True,
        samesite="strict",
    )
    return answer


@router.get("/new-password/choose")
def ask_password(request: Request, portal: ThePortal, key: Key) -> Response:
    """Ask for the new password."""
    return _choose(request, portal, key, {})


@router.post("/new-password/choose")
def choose_password(request: Request, portal: ThePortal, key: Proven, form: TheForm) -> Response:
    """Take the new password; the link is used up."""
    try:
        person = portal.lab.passwords.choose(
            key, form.secret("password"), form.secret("again"), _origin(request)
        )
    except Invalid as invalid:
        return _choose(request, portal, key, sentences(invalid, speech_of(request)))
    answer = _done(portal, person.username)
    answer.delete_cookie(COOKIE, path=f"{portal.prefix}/new-password")
    return answer


@router.get("/new-password/done")
def say_done(request: Request) -> Response:
    """Say that the new password holds."""
    return render(request, "password_set.html", None)


def _ask_key(request: Request, errors: dict[str, str]) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    form = {"code": ""}
    return render(request, "new_password.html", None, status=status, errors=errors, form=form)


def _account(
    request: Request, portal: Portal, visitor: Visitor, errors: dict[str, str]
) -> Response:
    with portal.lab.register.read() as t:
        home = t.organisations.get(visitor.person.organisation)
    return render(
        request,
        "account.html",
        visitor,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        section="account",
        organisation=home.name if home else None,
        has_password=portal.lab.passwords.has_password(visitor.person.username),
        errors=errors,
    )


def _choose(request: Request, portal: Portal, key: str, errors: dict[str, str]) -> Response:
    return render(
        request,
        "choose_password.html",
        None,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        person=portal.lab.passwords.owner(key),
        token=portal.csrf.token(_session(key)),
        errors=errors,
    )


def _done(portal: Portal, username: str) -> Response:
    portal.identity.forget_person(username)
    answer = RedirectResponse(f"{portal.prefix}/new-password/done", HTTPStatus.SEE_OTHER)
    answer.delete_cookie(SESSION_COOKIE, path=portal.prefix)
    return answer


def _not_proven(visitor: Visitor, code: Code) -> str:
    _ = visitor.speech.gettext
    if code is Code.WRONG_CREDENTIALS:
        return _("Type the password you sign in with now.")
    return _("Too many failed tries. Wait a few minutes and try again.")


def _origin(request: Request) -> str:
    return request.client.host if request.client else ""


def _session(key: str) -> str:
    """Return what the form's token is bound to; the key itself stays out of the page."""
    return f"password link {hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()}"
