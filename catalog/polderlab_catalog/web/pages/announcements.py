"""Announcements: what is shown to whom, until when; make one, take one away."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from polderlab_catalog.application.announcements import Draft
from polderlab_catalog.application.errors import Invalid, NotFound, Refused
from polderlab_catalog.domain.announcements import Audience
from polderlab_catalog.policy.decisions import N_
from polderlab_catalog.policy.oversight import oversees, sees_all
from polderlab_catalog.web.forms import Sent, TheForm, sentences
from polderlab_catalog.web.pages.administration import not_yours
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor

router = APIRouter(prefix="/administration/announcements")


@router.get("")
def show_announcements(request: Request, portal: ThePortal, visitor: Visiting) -> Response:
    """Show those there are, and the form to make one."""
    return _page(request, portal, visitor)


@router.post("")
def make_announcement(
    request: Request, portal: ThePortal, visitor: Visiting, form: TheForm
) -> Response:
    """Show something to people from now, or from a day, through a day."""
    try:
        portal.lab.announcements.make(visitor.actor, _draft(portal, form))
    except (Invalid, NotFound) as error:
        wrong = error if isinstance(error, Invalid) else Invalid({"audience": _CHOOSE})
        return _page(request, portal, visitor, form, wrong)
    except Refused as refusal:
        return not_yours(request, portal, visitor, refusal)
    return RedirectResponse(f"{portal.prefix}/administration/announcements", HTTPStatus.SEE_OTHER)


@router.post("/{announcement}/withdrawal")
def withdraw_announcement(
    request: Request, portal: ThePortal, visitor: Visiting, announcement: str
) -> Response:
    """Show it no longer."""
    try:
        portal.lab.announcements.withdraw(visitor.actor, announcement)
    except Refused as refusal:
        return not_yours(request, portal, visitor, refusal)
    return RedirectResponse(f"{portal.prefix}/administration/announcements", HTTPStatus.SEE_OTHER)


_CHOOSE = N_("Choose from the list")


def _draft(portal: Portal, form: Sent) -> Draft:
    kind, _, name = form.line("audience").partition(":")
    if kind not in {each.value for each in Audience}:
        raise Invalid({"audience": _CHOOSE})
    zone, last = portal.lab.settings.zone, form.day("ends")
    if last is None or last > date(9000, 1, 1):
        raise Invalid({"ends": N_("Choose the last day it is shown")})
    first = form.day_if_any("starts")
    return Draft(
        text=form.both("text"),
        audience=Audience(kind),
        names=(name,) if name else (),
        starts=datetime.combine(first, time(), zone) if first else None,
        ends=datetime.combine(last + timedelta(days=1), time(), zone),
    )


def _page(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    sent: Sent | None = None,
    invalid: Invalid | None = None,
) -> Response:
    try:
        found = portal.lab.announcements.list_all(visitor.actor)
    except Refused as refusal:
        return not_yours(request, portal, visitor, refusal)
    now = portal.lab.clock()
    week = (visitor.speech.local_day(now) + timedelta(days=7)).isoformat()
    form = {"text_nl": "", "text_en": "", "audience": "", "starts": "", "ends": week}
    if sent is not None:
        form |= {name: sent.line(name) for name in ("audience", "starts", "ends")}
        form |= {f"text_{each}": sent.story(f"text_{each}") for each in ("nl", "en")}
    return render(
        request,
        "announcements.html",
        visitor,
        section="administration",
        here_in="announcements",
        everything=sees_all(visitor.actor),
        found=found,
        form=form,
        audiences=_audiences(portal, visitor),
        status=HTTPStatus.UNPROCESSABLE_ENTITY if invalid else HTTPStatus.OK,
        errors=sentences(invalid, visitor.speech) if invalid else {},
        now=now,
    )


def _audiences(portal: Portal, visitor: Visitor) -> list[tuple[str, str]]:
    """Return whom the visitor may tell something, as the form offers it."""
    _, text, actor = visitor.speech.gettext, visitor.speech.text, visitor.actor
    with portal.lab.register.read() as t:
        organisations = [each for each in t.organisations.all() if oversees(actor, each.slug)]
        projects = [each for each in t.projects.all() if oversees(actor, each.organisation)]
    everyone = [("everyone", _("Everyone in the lab"))] if sees_all(actor) else []
    return [
        *everyone,
        *((f"organisation:{each.slug}", text(each.name)) for each in organisations),
        *(
            (f"project:{each.slug}", _("Project {project}").format(project=text(each.title)))
            for each in projects
        ),
    ]
