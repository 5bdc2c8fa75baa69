"""Letting a person, a project or an organisation leave: look first, then do, then the record."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from polderlab_catalog.application.errors import Invalid, NotFound, Refused
from polderlab_catalog.application.leaving import Wish
from polderlab_catalog.domain.endings import Leaving
from polderlab_catalog.policy.decisions import N_
from polderlab_catalog.policy.oversight import oversees, sees_all
from polderlab_catalog.web.forms import Sent, TheForm, sentences
from polderlab_catalog.web.pages.administration import not_yours
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor

router = APIRouter(prefix="/administration/offboarding")


@router.get("")
def show_offboardings(request: Request, portal: ThePortal, visitor: Visiting) -> Response:
    """Show who and what is leaving or left, and ask what should."""
    return _list(request, portal, visitor)


@router.get("/new")
def look_first(
    request: Request,
    portal: ThePortal,
    visitor: Visiting,
    *,
    kind: Annotated[str, Query(max_length=20)] = "",
    name: Annotated[str, Query(max_length=64)] = "",
    heir: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Show exactly what would happen; nothing does."""
    if kind not in {each.value for each in Leaving}:
        return _list(request, portal, visitor)
    wish = Wish(Leaving(kind), name.strip(), heir=heir)
    return _preview(request, portal, visitor, wish)


@router.post("")
def offboard(request: Request, portal: ThePortal, visitor: Visiting, form: TheForm) -> Response:
    """Do it, once the name was typed."""
    kind = form.line("kind", 20)
    if kind not in {each.value for each in Leaving}:
        return _list(request, portal, visitor)
    wish = Wish(Leaving(kind), form.line("name", 64), form.line("reason"), form.line("heir", 64))
    try:
        record = portal.lab.endings.offboard(visitor.actor, wish, form.line("typed", 64))
    except Invalid as invalid:
        return _preview(request, portal, visitor, wish, invalid, sent=form)
    except Refused as refusal:
        return not_yours(request, portal, visitor, refusal)
    path = f"{portal.prefix}/administration/offboarding/{record.id}"
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)


@router.get("/{record}")
def show_record(request: Request, portal: ThePortal, visitor: Visiting, record: str) -> Response:
    """Show the record of a leaving, fit to be printed."""
    return _record(request, portal, visitor, record)


@router.get("/{record}/calling-off")
def look_before_calling_off(
    request: Request, portal: ThePortal, visitor: Visiting, record: str
) -> Response:
    """Show what comes back when a leaving is called off, and what does not."""
    try:
        found = portal.lab.endings.record(visitor.actor, record)
        decision = portal.lab.endings.may_call_off(visitor.actor, record)
    except Refused as refusal:
        return not_yours(request, portal, visitor, refusal)
    if not decision:
        return not_yours(request, portal, visitor, Refused(decision))
    return render(
        request,
        "offboarding_call_off.html",
        visitor,
        section="administration",
        here_in="offboarding",
        record=found,
        now=portal.lab.clock(),
    )


@router.post("/{record}/calling-off")
def call_off(request: Request, portal: ThePortal, visitor: Visiting, record: str) -> Response:
    """Call a leaving off."""
    try:
        portal.lab.endings.call_off(visitor.actor, record)
    except Refused as refusal:
        return not_yours(request, portal, visitor, refusal)
    path = f"{portal.prefix}/administration/offboarding/{record}"
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)


@router.post("/{record}/signature")
def sign_record(
    request: Request, portal: ThePortal, visitor: Visiting, record: str, form: TheForm
) -> Response:
    """Sign that an archive was handed over."""
    receiver, owner = form.line("received_by"), form.line("owner", 64)
    try:
        portal.lab.endings.sign(visitor.actor, record, receiver, owner)
    except Invalid as invalid:
        return _record(request, portal, visitor, record, invalid, owner=owner)
    except Refused as refusal:
        return not_yours(request, portal, visitor, refusal)
    path = f"{portal.prefix}/administration/offboarding/{record}"
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)


def _list(
    request: Request, portal: Portal, visitor: Visitor, invalid: Invalid | None = None, **form: str
) -> Response:
    try:
        records = portal.lab.endings.records(visitor.actor)
    except Refused as refusal:
        return not_yours(request, portal, visitor, refusal)
    _, everything = visitor.speech.gettext, sees_all(visitor.actor)
    kinds = [("person", _("A person")), ("project", _("A project"))]
    if everything:
        kinds.append(("organisation", _("An organisation")))
    return render(
        request,
        "offboardings.html",
        visitor,
        section="administration",
        here_in="offboarding",
        everything=everything,
        records=records,
        kinds=kinds,
        form={"kind": "person", "name": "", **form},
        status=HTTPStatus.UNPROCESSABLE_ENTITY if invalid else HTTPStatus.OK,
        errors=sentences(invalid, visitor.speech) if invalid else {},
        now=portal.lab.clock(),
    )


def _preview(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    wish: Wish,
    invalid: Invalid | None = None,
    *,
    sent: Sent | None = None,
) -> Response:
    try:
        shown = portal.lab.endings.preview(visitor.actor, wish)
    except NotFound:
        wrong = Invalid({"name": N_("There is none of that name that you look after")})
        return _list(request, portal, visitor, wrong, kind=wish.kind.value, name=wish.name)
    except Invalid as wrong:
        if "heir" in wrong.fields and wish.heir:
            # it may have been suspended meanwhile: what was written stays, another is chosen
            every = Invalid({**(invalid.fields if invalid else {}), **wrong.fields})
            return _preview(request, portal, visitor, replace(wish, heir=""), every, sent=sent)
        return _list(request, portal, visitor, wrong, kind=wish.kind.value, name=wish.name)
    except Refused as refusal:
        return not_yours(request, portal, visitor, refusal)
    return render(
        request,
        "offboarding_new.html",
        visitor,
        section="administration",
        here_in="offboarding",
        everything=sees_all(visitor.actor),
        shown=shown,
        wish=wish,
        heirs=[(each.slug, visitor.speech.text(each.name)) for each in shown.heirs],
        form={
            "reason": wish.reason,
            "heir": wish.heir,
            "typed": sent.line("typed", 64) if sent else "",
        },
        status=HTTPStatus.UNPROCESSABLE_ENTITY if invalid else HTTPStatus.OK,
        errors=sentences(invalid, visitor.speech) if invalid else {},
        now=portal.lab.clock(),
    )


def _record(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    record: str,
    invalid: Invalid | None = None,
    *,
    owner: str = "",
) -> Response:
    try:
        found = portal.lab.endings.record(visitor.actor, record)
        may_call_off = portal.lab.endings.may_call_off(visitor.actor, record)
    except Refused as refusal:
        return not_yours(request, portal, visitor, refusal)
    names = {found.by, found.called_off_by, *(folder.signed_by for folder in found.folders)}
    unsigned = sorted({each.owner for each in found.folders if each.waits_for_signature})
    with portal.lab.register.read() as t:
        people = {each: t.people.get(each.removeprefix("person:")) for each in names if each}
        owners = {each.slug: visitor.speech.text(each.name) for each in t.organisations.all()}
    return render(
        request,
        "offboarding.html",
        visitor,
        section="administration",
        here_in="offboarding",
        everything=sees_all(visitor.actor),
        own=oversees(visitor.actor, found.organisation),
        record=found,
        may_call_off=may_call_off and found.called_off is None,
        people={name: person.display_name for name, person in people.items() if person},
        owners=owners,
        unsigned=[(slug, owners.get(slug, slug)) for slug in unsigned],
        form={"received_by": "", "owner": owner},
        status=HTTPStatus.UNPROCESSABLE_ENTITY if invalid else HTTPStatus.OK,
        errors=sentences(invalid, visitor.speech) if invalid else {},
        now=portal.lab.clock(),
    )
