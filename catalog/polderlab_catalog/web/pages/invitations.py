"""Where an invitation leads, without signing in: an organisation's details, or an account."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from polderlab_catalog.application.errors import Invalid, Refused
from polderlab_catalog.application.invitations import Welcome
from polderlab_catalog.application.organisations import Application
from polderlab_catalog.domain.invitations import InvitationKind
from polderlab_catalog.domain.organisations import Contact, PublicBody
from polderlab_catalog.policy.decisions import Code
from polderlab_catalog.policy.organisations import Details
from polderlab_catalog.web.agreements import agreement
from polderlab_catalog.web.forms import Sent, TheForm, sentences
from polderlab_catalog.web.links import Link
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.problems import explain
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import ThePortal, speech_of

router = APIRouter(prefix="/join")

LINK = Link("invitation", "/join", 4 * 3600, Code.INVITATION_GONE)
Secret = Annotated[str, Depends(LINK.held)]
Proven = Annotated[str, Depends(LINK.proven)]
CONTACTS = ("contact", "privacy_officer", "administrator")
_ORGANISATION = (
    "name_nl", "name_en", "body", "identifier", "oin", "agreed_from", "agreed_until", "accepts",
    *(f"{each}_{part}" for each in CONTACTS for part in ("name", "email")),
)  # fmt: skip
_ACCOUNT = ("username", "display_name")


@router.get("")
def ask_code(request: Request) -> Response:
    """Take the code of an invitation."""
    return _code(request, {})


@router.post("")
def take_code(request: Request, portal: ThePortal, form: TheForm) -> Response:
    """Look whether the invitation works, and go on to what it is for."""
    secret = LINK.sent(request, form)
    try:
        portal.lab.invitations.look(secret)
    except Refused as refusal:
        errors = {"code": explain(refusal.decision, speech_of(request))}
        return _code(request, errors)
    return LINK.carry(portal, secret, "details")


@router.get("/details")
def show_details(request: Request, portal: ThePortal, secret: Secret) -> Response:
    """Show what the invitation is for, to be filled in."""
    if portal.lab.invitations.look(secret) is InvitationKind.ORGANISATION:
        application = portal.lab.organisations.application(secret)
        return _organisation(
            request, portal, secret, application=application, form=_known(application), errors={}
        )
    welcome = portal.lab.invitations.welcome(secret)
    form = {"username": welcome.invitation.username, "display_name": welcome.invitation.name}
    return _account(request, portal, secret, welcome=welcome, form=form, errors={})


@router.post("/organisation")
def send_details(request: Request, portal: ThePortal, secret: Proven, form: TheForm) -> Response:
    """Send in an organisation's details."""
    organisations = portal.lab.organisations
    application = organisations.application(secret)
    text = agreement(portal.lab.settings.agreement, speech_of(request).language)
    origin = request.client.host if request.client else ""
    try:
        organisations.submit(secret, _details(form), text, origin)
    except Invalid as invalid:
        told = form.shown(*_ORGANISATION)
        errors = sentences(invalid, speech_of(request))
        return _organisation(
            request, portal, secret, application=application, form=told, errors=errors
        )
    return LINK.leave(portal, "sent")


@router.post("/account")
def make_account(request: Request, portal: ThePortal, secret: Proven, form: TheForm) -> Response:
    """Make somebody's account."""
    welcome = portal.lab.invitations.welcome(secret)
    try:
        portal.lab.invitations.accept(
            secret,
            form.line("username"),
            form.line("display_name"),
            form.secret("password"),
            form.secret("again"),
        )
    except Invalid as invalid:
        errors = sentences(invalid, speech_of(request))
        return _account(
            request, portal, secret, welcome=welcome, form=form.shown(*_ACCOUNT), errors=errors
        )
    return LINK.leave(portal, "made")


@router.get("/sent")
def say_sent(request: Request) -> Response:
    """Say that the lead agency decides now."""
    return render(request, "joined.html", None, made=False)


@router.get("/made")
def say_made(request: Request) -> Response:
    """Say that the account is there."""
    return render(request, "joined.html", None, made=True)


def _code(request: Request, errors: dict[str, str]) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    form = {"code": ""}
    return render(request, "join.html", None, status=status, errors=errors, form=form)


def _details(form: Sent) -> Details:
    body = form.line("body")
    return Details(
        name=form.both("name"),
        body=PublicBody(body) if body in set(PublicBody) else PublicBody.OTHER,
        identifier=form.line("identifier"),
        oin=form.line("oin").replace(" ", ""),
        contact=form.contact("contact"),
        privacy_officer=form.contact("privacy_officer"),
        administrator=form.contact("administrator"),
        agreed_from=form.day_if_any("agreed_from"),
        agreed_until=form.day_if_any("agreed_until"),
        accepts=form.ticked("accepts"),
    )


def _known(application: Application) -> dict[str, str]:
    """Return the form as it was filled in before, or by whoever invited."""
    organisation, told = application.organisation, application.particulars
    contacts: dict[str, Contact] = {each: getattr(told, each) for each in CONTACTS}
    until = organisation.agreed_until
    return {
        "name_nl": organisation.name.nl,
        "name_en": organisation.name.en,
        "body": told.body.value if told.agreement else "",
        "identifier": organisation.identifier,
        "oin": told.oin,
        "agreed_from": told.agreed_from.isoformat() if told.agreed_from else "",
        "agreed_until": until.isoformat() if until else "",
        "accepts": "",
        **{f"{name}_name": each.name for name, each in contacts.items()},
        **{f"{name}_email": each.email for name, each in contacts.items()},
    }


def _organisation(
    request: Request,
    portal: Portal,
    secret: str,
    *,
    application: Application,
    form: dict[str, str],
    errors: dict[str, str],
) -> Response:
    text = agreement(portal.lab.settings.agreement, speech_of(request).language)
    return _form(
        request,
        portal,
        secret,
        "join_organisation.html",
        errors,
        application=application,
        form=form,
        agreement=text,
        bodies=list(PublicBody),
    )


def _account(
    request: Request,
    portal: Portal,
    secret: str,
    *,
    welcome: Welcome,
    form: dict[str, str],
    errors: dict[str, str],
) -> Response:
    with portal.lab.register.read() as t:
        projects = t.projects.some([place.project for place in welcome.invitation.places])
    return _form(
        request,
        portal,
        secret,
        "join_account.html",
        errors,
        welcome=welcome,
        titles={slug: project.title for slug, project in projects.items()},
        form=form,
        local_accounts=portal.lab.invitations.local_accounts,
    )


def _form(
    request: Request,
    portal: Portal,
    secret: str,
    template: str,
    errors: dict[str, str],
    **facts: Any,
) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    token = LINK.token(portal, secret)
    return render(request, template, None, status=status, errors=errors, token=token, **facts)
