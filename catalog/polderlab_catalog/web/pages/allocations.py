"""What is left to me, asking for more, and dividing what a level has over those within it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from polderlab_catalog.application.allocations import LevelCard
from polderlab_catalog.application.errors import Invalid, NotFound, Refused
from polderlab_catalog.application.extensions import ExtensionCard
from polderlab_catalog.application.ports import DiskUse
from polderlab_catalog.application.quotas import Gauge
from polderlab_catalog.domain.allocations import (
    Allocation,
    Extension,
    ExtensionState,
    Level,
    LevelKind,
    Resource,
)
from polderlab_catalog.domain.names import printable
from polderlab_catalog.domain.usage import GIB
from polderlab_catalog.policy.allocations import AT_ONCE, DISK, HOURS, Alarm
from polderlab_catalog.policy.decisions import N_
from polderlab_catalog.web.forms import Sent, TheForm, sentences
from polderlab_catalog.web.languages import Speech
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.problems import explain
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.stops import why_stopped
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor

router = APIRouter()

NAMES = {
    Resource.SESSIONS: N_("Sessions at once"),
    Resource.CPUS: N_("Cpu at once"),
    Resource.MEMORY_BYTES: N_("Memory at once (GB)"),
    Resource.CPU_HOURS: N_("Cpu hours per month"),
    Resource.MEMORY_GIB_HOURS: N_("Memory hours per month (GB × hour)"),
    Resource.HOME_BYTES: N_("Disk per home (GB)"),
    Resource.PROJECT_BYTES: N_("Disk per project folder (GB)"),
}
_IN_GIB = (Resource.MEMORY_BYTES, *DISK)
_ASK = ("resource", "amount", "why", "until")
_WRONG = N_("Give a number of 0 or more, or leave it empty")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for more as it is shown: what, whose level, and who asks."""

    extension: Extension
    what: str
    whose: str = ""
    by: str = ""


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
            (form.number("amount") or 0) * (GIB if resource in _IN_GIB else 1),
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


def path_of(level: Level) -> str:
    """Return the path of the page of ``level``."""
    person = f"/{level.username}" if level.username else ""
    return f"/allocations/{level.kind}/{level.name}{person}"


def level_of(kind: str, name: str) -> Level:
    """Return the level a path names; raise :class:`NotFound` for none."""
    if kind not in (LevelKind.ORGANISATION, LevelKind.PROJECT):
        raise NotFound("page", printable(kind, 40))
    return Level(LevelKind(kind), name)


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
        asked=[Asked(each, _what(each, speech)) for each in mine],
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
        to_answer=[_asked(each, visitor.speech) for each in waiting],
        errors=errors,
    )


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
        _asked(each, speech)
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
    return _to(f"{portal.prefix}{path_of(level)}")


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
        whole = number * GIB if resource in _IN_GIB else number
        limits[resource.value] = int(whole) if resource in (*_IN_GIB, Resource.SESSIONS) else whole
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
    value = round(limit / GIB, 4) if resource in _IN_GIB else limit
    return f"{value:.10g}".replace(".", "," if speech.language == "nl" else ".")


def _asked(card: ExtensionCard, speech: Speech) -> Asked:
    whose = ", ".join(filter(None, (speech.text(card.title), card.person)))
    return Asked(card.extension, _what(card.extension, speech), whose, card.asker)


def _what(extension: Extension, speech: Speech) -> str:
    amount = extension.amount / GIB if extension.resource in _IN_GIB else extension.amount
    return f"{speech.gettext(NAMES[extension.resource])}: +{speech.number(amount)}"


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


STATES = {
    ExtensionState.ASKED: N_("waits for an answer"),
    ExtensionState.APPROVED: N_("given"),
    ExtensionState.REFUSED: N_("refused"),
    ExtensionState.WITHDRAWN: N_("taken back"),
}
"""How a request for more stands, in words."""
