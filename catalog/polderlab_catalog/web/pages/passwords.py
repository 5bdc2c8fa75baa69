"""My account and its password; and the page where a link lets somebody choose one."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from polderlab_catalog.application.errors import Invalid, Refused
from polderlab_catalog.policy.decisions import Code
from polderlab_catalog.web.forms import TheForm, sentences
from polderlab_catalog.web.links import Link
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.problems import explain
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import (
    SESSION_COOKIE,
    ThePortal,
    Visiting,
    Visitor,
    speech_of,
)

router = APIRouter()

LINK = Link("password", "/new-password", 3600, Code.LINK_DEAD)
Key = Annotated[str, Depends(LINK.held)]
Proven = Annotated[str, Depends(LINK.proven)]


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


@router.get("/new-password")
def ask_key(request: Request) -> Response:
    """Take the key of a link."""
    return _ask_key(request, {})


@router.post("/new-password")
def take_key(request: Request, portal: ThePortal, form: TheForm) -> Response:
    """Look whether the link works, and go on to choosing."""
    key = LINK.sent(request, form)
    try:
        portal.lab.passwords.owner(key)
    except Refused as refusal:
        errors = {"code": explain(refusal.decision, speech_of(request))}
        return _ask_key(request, errors)
    return LINK.carry(portal, key, "choose")


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
    LINK.forget(portal, answer)
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
        has_password=portal.lab.settings.local_accounts
        and portal.lab.passwords.has_password(visitor.person.username),
        errors=errors,
    )


def _choose(request: Request, portal: Portal, key: str, errors: dict[str, str]) -> Response:
    return render(
        request,
        "choose_password.html",
        None,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        person=portal.lab.passwords.owner(key),
        token=LINK.token(portal, key),
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
