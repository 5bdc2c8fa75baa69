"""Dividing what a level of the allocation has over those within it."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from polderlab_catalog.application.allocations import LevelCard
from polderlab_catalog.application.errors import Invalid, NotFound, Refused
from polderlab_catalog.domain.allocations import (
    Allocation,
    Level,
    Resource,
)
from polderlab_catalog.domain.usage import GIB
from polderlab_catalog.policy.allocations import AT_ONCE, HOURS
from polderlab_catalog.policy.decisions import N_
from polderlab_catalog.web.forms import Sent, TheForm, sentences
from polderlab_catalog.web.languages import Speech
from polderlab_catalog.web.levels import IN_GIB, NAMES, asked, level_of, path_of
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.problems import explain
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor

router = APIRouter()

_WRONG = N_("Give a number of 0 or more, or leave it empty")


@router.get("/allocations/{kind}/{name}")
def show_level(
    request: Request, portal: ThePortal, visitor: Visiting, kind: str, name: str
) -> Response:
    """Show what an organisation or a project may use, and those within it."""
    return _level(request, portal, visitor, level_of(kind, name))


@router.post("/allocations/{kind}/{name}")
def set_level(
    request: Request,
    portal: ThePortal,
    visitor: Visiting,
    *,
    kind: str,
    name: str,
    form: TheForm,
) -> Response:
    """Set what it may use."""
    return _set(request, portal, visitor, level_of(kind, name), form)


@router.get("/allocations/person/{name}/{username}")
def show_person(
    request: Request, portal: ThePortal, visitor: Visiting, name: str, username: str
) -> Response:
    """Show what a person in a project may use."""
    return _level(request, portal, visitor, Level.person(name, username))


@router.post("/allocations/person/{name}/{username}")
def set_person(
    request: Request,
    portal: ThePortal,
    visitor: Visiting,
    *,
    name: str,
    username: str,
    form: TheForm,
) -> Response:
    """Set what a person in a project may use."""
    return _set(request, portal, visitor, Level.person(name, username), form)


def _level(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    level: Level,
    *,
    form: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    lab, speech = portal.lab, visitor.speech
    card = lab.allocations.show(visitor.actor, level)
    with lab.register.read() as t:
        sizes = t.offer.sizes()
    to_answer = [
        asked(each, speech)
        for each in lab.extensions.waiting(visitor.actor)
        if each.extension.level == level
    ]
    return render(
        request,
        "allocation.html",
        visitor,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        section="projects",
        card=card,
        below=lab.allocations.below(visitor.actor, level),
        to_answer=to_answer,
        columns=[(each, speech.gettext(NAMES[each])) for each in (*AT_ONCE, *HOURS)],
        fields=[(each.value, speech.gettext(words)) for each, words in NAMES.items()],
        helps=_helps(portal, card, speech),
        sizes=sorted(sizes, key=lambda size: (size.cpus, size.memory_bytes)),
        path_of=path_of,
        up=_up(portal, visitor, card),
        form=form or _form_of(card, speech),
        errors=errors or {},
    )


def _helps(portal: Portal, card: LevelCard, speech: Speech) -> dict[str, str]:
    """Return beside each limit what the levels above leave, or what holds where nobody limits."""
    settings = portal.lab.settings
    usual = Allocation(
        home_bytes=settings.home_gigabytes * GIB, project_bytes=settings.project_gigabytes * GIB
    )
    helps = {}
    for resource in NAMES:
        if bound := _shown(card.bound, resource, speech):
            helps[resource.value] = speech.gettext("At most {limit}").format(limit=bound)
        elif default := _shown(usual, resource, speech):
            helps[resource.value] = speech.gettext("Empty: {limit}").format(limit=default)
        else:
            helps[resource.value] = ""
    return helps


def _up(portal: Portal, visitor: Visitor, card: LevelCard) -> list[tuple[str, Level]]:
    """Return the levels above that the visitor may see, from wide to narrow."""
    found = []
    for level in card.above[::-1]:
        try:
            above = portal.lab.allocations.show(visitor.actor, level)
        except NotFound:
            continue
        found.append((visitor.speech.text(above.title), level))
    return found


def _set(request: Request, portal: Portal, visitor: Visitor, level: Level, form: Sent) -> Response:
    shown = {**form.shown(*(each.value for each in NAMES)), "sizes": form.several("sizes")}
    try:
        own = portal.lab.allocations.show(visitor.actor, level).own
        portal.lab.allocations.set(visitor.actor, level, _read(own, form))
    except Invalid as invalid:
        errors = sentences(invalid, visitor.speech)
        return _level(request, portal, visitor, level, form=shown, errors=errors)
    except Refused as refusal:
        card = portal.lab.allocations.show(visitor.actor, level)
        if not card.may_set:
            raise
        errors = {"cpus": explain(refusal.decision, visitor.speech)}
        return _level(request, portal, visitor, level, form=shown, errors=errors)
    return RedirectResponse(f"{portal.prefix}{path_of(level)}", HTTPStatus.SEE_OTHER)


def _read(own: Allocation, form: Sent) -> Allocation:
    """Return the limits of a form; an empty field is no limit, and no size ticked all of them."""
    limits: dict[str, Any] = {}
    wrong = {}
    for resource in NAMES:
        if not form.line(resource.value):
            limits[resource.value] = None
            continue
        number = form.number(resource.value)
        if number is None or not 0 <= number < 2**40:
            wrong[resource.value] = _WRONG
            continue
        whole = number * GIB if resource in IN_GIB else number
        limits[resource.value] = int(whole) if resource in (*IN_GIB, Resource.SESSIONS) else whole
    if wrong:
        raise Invalid(wrong)
    return replace(own, **limits, sizes=tuple(form.several("sizes")) or None)


def _form_of(card: LevelCard, speech: Speech) -> dict[str, Any]:
    return {
        **{each.value: _shown(card.own, each, speech) for each in NAMES},
        "sizes": list(card.own.sizes or ()),
    }


def _shown(allocation: Allocation, resource: Resource, speech: Speech) -> str:
    limit = allocation.limit(resource)
    if limit is None:
        return ""
    value = round(limit / GIB, 4) if resource in IN_GIB else limit
    return f"{value:.10g}".replace(".", "," if speech.language == "nl" else ".")
