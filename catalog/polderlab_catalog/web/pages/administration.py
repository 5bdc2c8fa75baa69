"""Administration day by day: where everything is, and the sessions that run."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from polderlab_catalog.application.errors import Invalid, Refused
from polderlab_catalog.policy.oversight import sees_all
from polderlab_catalog.web.forms import Sent, TheForm, sentences
from polderlab_catalog.web.pages.refusals import Link, refusal_page
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor

router = APIRouter(prefix="/administration")


@router.get("")
def show_administration(request: Request, portal: ThePortal, visitor: Visiting) -> Response:
    """Show what there is to look after."""
    lab = portal.lab
    try:
        open_sessions = lab.supervision.overseen(visitor.actor)
        leaving = [each for each in lab.endings.records(visitor.actor) if each.done is None]
    except Refused as refusal:
        return not_yours(request, portal, visitor, refusal)
    everything = sees_all(visitor.actor)
    now = lab.clock()
    return render(
        request,
        "administration.html",
        visitor,
        section="administration",
        here_in="",
        everything=everything,
        sessions=len(open_sessions),
        shown=sum(each.live(now) for each in lab.announcements.list_all(visitor.actor)),
        waiting_lines=len(lab.confirmations.waiting(visitor.actor)),
        leaving=leaving,
        mail_on=lab.outbox.on,
        mail_trouble=lab.outbox.trouble(visitor.actor) if everything else [],
        now=now,
    )


@router.get("/sessions")
def show_sessions(request: Request, portal: ThePortal, visitor: Visiting) -> Response:
    """Show who has what, since when, and when it last did something."""
    return _sessions(request, portal, visitor)


@router.post("/sessions/stop")
def stop_sessions(
    request: Request, portal: ThePortal, visitor: Visiting, form: TheForm
) -> Response:
    """Stop those that were ticked, or all, with the reason that their people read."""
    chosen = None if form.ticked("all") else set(form.several("session"))
    try:
        stopped = portal.lab.supervision.stop(visitor.actor, chosen, form.line("reason"))
    except Invalid as invalid:
        return _sessions(request, portal, visitor, form, invalid)
    except Refused as refusal:
        return not_yours(request, portal, visitor, refusal)
    path = f"{portal.prefix}/administration/sessions?stopped={len(stopped)}"
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)


@router.post("/sessions/message")
def tell_sessions(
    request: Request, portal: ThePortal, visitor: Visiting, form: TheForm
) -> Response:
    """Tell whoever has a session something, for a day."""
    try:
        portal.lab.announcements.tell_running(visitor.actor, form.both("text"))
    except Invalid as invalid:
        return _sessions(request, portal, visitor, form, invalid)
    except Refused as refusal:
        return not_yours(request, portal, visitor, refusal)
    return RedirectResponse(f"{portal.prefix}/administration/announcements", HTTPStatus.SEE_OTHER)


def _sessions(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    form: Sent | None = None,
    invalid: Invalid | None = None,
) -> Response:
    try:
        sessions = portal.lab.supervision.list_open(visitor.actor)
    except Refused as refusal:
        return not_yours(request, portal, visitor, refusal)
    given: dict[str, Any] = dict.fromkeys(("reason", "text_nl", "text_en"), "")
    if form is not None:
        given |= {"reason": form.line("reason")}
        given |= {f"text_{each}": form.story(f"text_{each}") for each in ("nl", "en")}
    stopped = request.query_params.get("stopped", "")
    return render(
        request,
        "administration_sessions.html",
        visitor,
        section="administration",
        here_in="sessions",
        everything=sees_all(visitor.actor),
        sessions=sessions,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if invalid else HTTPStatus.OK,
        chosen=set(form.several("session")) if form else set(),
        form=given,
        errors=sentences(invalid, visitor.speech) if invalid else {},
        stopped=int(stopped) if stopped.isdecimal() and len(stopped) < 6 else None,
        now=portal.lab.clock(),
    )


def not_yours(request: Request, portal: Portal, visitor: Visitor, refusal: Refused) -> Response:
    """Show that this is for administrators."""
    _ = visitor.speech.gettext
    return refusal_page(
        request,
        visitor,
        refusal.decision,
        title=_("This is not yours to look after"),
        lead=_("Nothing was changed."),
        links=[Link(f"{portal.prefix}/", _("Back to my projects"))],
    )
