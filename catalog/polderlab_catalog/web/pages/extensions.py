"""What is left to me, asking for more, and answering those who ask."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from polderlab_catalog.application.errors import Invalid, Refused
from polderlab_catalog.application.ports import DiskUse
from polderlab_catalog.application.quotas import Gauge
from polderlab_catalog.domain.allocations import (
    Extension,
    ExtensionState,
    Level,
    LevelKind,
    Resource,
)
from polderlab_catalog.domain.usage import GIB
from polderlab_catalog.policy.allocations import DISK, Alarm
from polderlab_catalog.policy.decisions import N_
from polderlab_catalog.web.forms import Sent, TheForm, sentences
from polderlab_catalog.web.levels import IN_GIB, NAMES, Asked, asked, path_of, what_of
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.problems import explain
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.stops import why_stopped
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor

router = APIRouter()

_ASK = ("resource", "amount", "why", "until")
STATES = {
    ExtensionState.ASKED: N_("waits for an answer"),
    ExtensionState.APPROVED: N_("given"),
    ExtensionState.REFUSED: N_("refused"),
    ExtensionState.WITHDRAWN: N_("taken back"),
}
"""How a request for more stands, in words."""


@router.get("/projects/{slug}/more")
def show_quota(request: Request, portal: ThePortal, visitor: Visiting, slug: str) -> Response:
    """Show what is left to me in a project, and the form to ask for more."""
    return _more(request, portal, visitor, slug)


@router.post("/projects/{slug}/more")
def ask(
    request: Request, portal: ThePortal, visitor: Visiting, slug: str, form: TheForm
) -> Response:
    """Ask for more; it goes to whoever can give it."""
    shown = form.shown(*_ASK)
    try:
        resource = _resource(form)
        portal.lab.extensions.ask(
            visitor.actor,
            slug,
            resource,
            (form.number("amount") or 0) * (GIB if resource in IN_GIB else 1),
            why=form.story("why"),
            until=form.day_if_any("until"),
        )
    except Invalid as invalid:
        errors = sentences(invalid, visitor.speech)
        return _more(request, portal, visitor, slug, form=shown, errors=errors)
    except Refused as refusal:
        errors = {"resource": explain(refusal.decision, visitor.speech)}
        return _more(request, portal, visitor, slug, form=shown, errors=errors)
    return _to(f"{portal.prefix}/projects/{slug}/more#asked")


@router.post("/extensions/{extension}/withdrawal")
def withdraw(portal: ThePortal, visitor: Visiting, extension: str) -> Response:
    """Take a request of mine back."""
    taken = portal.lab.extensions.withdraw(visitor.actor, extension)
    project = taken.level.name if taken.level.kind is not LevelKind.ORGANISATION else ""
    return _to(f"{portal.prefix}/projects/{project}/more" if project else f"{portal.prefix}/")


@router.post("/extensions/{extension}/approval")
def approve(
    request: Request, portal: ThePortal, visitor: Visiting, extension: str, form: TheForm
) -> Response:
    """Give what is asked, until the day asked for or another."""
    try:
        given = portal.lab.extensions.approve(
            visitor.actor, extension, until=form.day_if_any("until")
        )
    except Invalid as invalid:
        return _answers(request, portal, visitor, _beside(extension, invalid, visitor))
    except Refused as refusal:
        said = {extension: explain(refusal.decision, visitor.speech)}
        return _answers(request, portal, visitor, said)
    return _to(f"{portal.prefix}{path_of(given.level)}")


@router.post("/extensions/{extension}/refusal")
def refuse(
    request: Request, portal: ThePortal, visitor: Visiting, extension: str, form: TheForm
) -> Response:
    """Say no, and why."""
    try:
        told = portal.lab.extensions.refuse(visitor.actor, extension, form.story("reason"))
    except Invalid as invalid:
        return _answers(request, portal, visitor, _beside(extension, invalid, visitor))
    return _to(f"{portal.prefix}{path_of(told.level)}")


@router.get("/extensions")
def show_waiting(request: Request, portal: ThePortal, visitor: Visiting) -> Response:
    """Show the requests for more that wait for my answer."""
    return _answers(request, portal, visitor, {})


def _more(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    slug: str,
    *,
    form: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    lab, speech = portal.lab, visitor.speech
    card = lab.projects.card(visitor.person, slug)
    quota = card.quota
    disks = [
        gauge
        for resource, use in ((DISK[0], quota.home), (DISK[1], quota.shared))
        if (gauge := _disk(resource, slug, use)) is not None
    ]
    limited = [*quota.gauges, *disks]
    mine = [e for e in lab.extensions.mine(visitor.actor) if _concerns(e, slug, card)]
    return render(
        request,
        "more.html",
        visitor,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        section="projects",
        card=card,
        quota=quota,
        gauges_found=limited,
        alarm=quota.alarm,
        Alarm=Alarm,
        why_stopped=why_stopped(quota.stop_reason, speech),
        resources=[(g.resource.value, speech.gettext(NAMES[g.resource])) for g in limited],
        asked=[Asked(each, what_of(each, speech)) for each in mine],
        states=STATES,
        form=form or dict.fromkeys(_ASK, ""),
        errors=errors or {},
    )


def _concerns(extension: Extension, slug: str, card: Any) -> bool:
    if extension.level.kind is LevelKind.ORGANISATION:
        return bool(extension.level.name == card.organisation.slug)
    return extension.level.name == slug


def _disk(resource: Resource, project: str, use: DiskUse | None) -> Gauge | None:
    if use is None or not use.limit:
        return None
    return Gauge(resource, Level.project(project), project, use.limit, use.used, use.used)


def _answers(
    request: Request, portal: Portal, visitor: Visitor, errors: dict[str, str]
) -> Response:
    waiting = portal.lab.extensions.waiting(visitor.actor)
    return render(
        request,
        "extensions.html",
        visitor,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        section="projects",
        to_answer=[asked(each, visitor.speech) for each in waiting],
        errors=errors,
    )


def _resource(form: Sent) -> Resource:
    try:
        return Resource(form.line("resource"))
    except ValueError:
        raise Invalid({"resource": N_("Choose from the list")}) from None


def _beside(extension: str, invalid: Invalid, visitor: Visitor) -> dict[str, str]:
    """Return what is wrong, to be said beside the request that was answered."""
    return {extension: " ".join(sentences(invalid, visitor.speech).values())}


def _to(path: str) -> Response:
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)
