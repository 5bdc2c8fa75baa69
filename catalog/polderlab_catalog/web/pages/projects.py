"""My projects: what runs, what can be started, what is left."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from polderlab_catalog.application.projects import ProjectCard
from polderlab_catalog.application.quotas import Gauge, Quota
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.projects import MemberRole
from polderlab_catalog.domain.sessions import SessionState, Size
from polderlab_catalog.policy.decisions import Code
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.problems import explain
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.stops import why_stopped
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor

router = APIRouter()

_CHOICE_HELPS = frozenset(
    {
        Code.ALLOWED,
        Code.NO_ROOM_IN_ORGANISATION,
        Code.NO_ROOM_FOR_SIZE,
        Code.NO_ROOM_FOR_PERSON,
        Code.NO_IMAGE_BUILT,
        Code.UNKNOWN_IMAGE,
    }
)
"""Verdicts on the defaults where another image or size may still be allowed."""


@dataclass(frozen=True, slots=True)
class SizeChoice:
    """A size, and why it cannot be had now (empty when it can)."""

    size: Size
    refusal: str


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of an organisation's allocation. ``key`` changes whenever that does."""

    organisation: Organisation
    gauges: tuple[Gauge, ...]

    @property
    def key(self) -> str:
        """What the gauges show, to the hundredth: nobody sees less."""
        return "/".join(f"{g.limit:.2f}-{g.used:.2f}-{g.mine:.2f}" for g in self.gauges)


@dataclass(frozen=True, slots=True)
class ProjectView:
    """A project as its card shows it. ``key`` changes whenever the card's content does."""

    card: ProjectCard
    word: str
    key: str
    since: str
    last_used: str
    image_title: str
    refusal: str
    ended: bool
    may_start: bool
    sizes: tuple[SizeChoice, ...]
    chosen_image: str
    chosen_size: str
    gauges: tuple[Gauge, ...] = ()
    warning: str = ""
    why_stopped: str = ""
    works: bool = False


@router.get("/")
def show_projects(request: Request, portal: ThePortal, visitor: Visiting) -> Response:
    """Show my projects, or how to get one."""
    facts = _facts(portal, visitor)
    if not facts["views"]:
        return render(request, "welcome.html", visitor, section="projects")
    return render(request, "projects.html", visitor, section="projects", **facts)


@router.get("/live")
def show_live(request: Request, portal: ThePortal, visitor: Visiting) -> Response:
    """Show the part of the page that changes by itself; unchanged it costs next to nothing."""
    page = render(request, "projects_live.html", visitor, **_facts(portal, visitor))
    tag = f'"{hashlib.sha256(page.body).hexdigest()[:32]}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
    page.headers["ETag"] = tag
    return page


def _facts(portal: Portal, visitor: Visitor) -> dict[str, Any]:
    found, now = portal.lab.projects.overview(visitor.person), portal.lab.clock()
    return {
        "views": [view(visitor, card, now) for card in found.cards],
        "lefts": [Left(organisation, gauges) for organisation, gauges in found.left],
        "idle_minutes": portal.lab.settings.idle_seconds // 60,
    }


def view(visitor: Visitor, card: ProjectCard, now: datetime) -> ProjectView:
    """Put one project's card into words."""
    speech, session = visitor.speech, card.session
    ended = card.startable.code is Code.PROJECT_ENDED and session is None
    refusal = ""
    if session is None and not card.startable:
        refusal = explain(card.startable, speech)
    may_start = (
        session is None
        and card.role is not MemberRole.VIEWER
        and card.startable.code in _CHOICE_HELPS
        and bool(card.images)
    )
    last = card.last
    warning = _warning(card.quota, visitor)
    words = {
        SessionState.RUNNING: speech.gettext("Running"),
        SessionState.STARTING: speech.gettext("Starting"),
    }
    titles = {each.name: speech.text(each.title) for each in card.images}
    return ProjectView(
        card=card,
        word=words[session.state] if session else speech.gettext("Stopped"),
        key=f"{session.state}/{session.id}/{warning}"
        if session
        else f"stopped/{card.startable.code}/{warning}",
        since=speech.moment(session.started, now) if session else "",
        last_used=_last_used(visitor, card, now),
        image_title=titles.get(session.image, session.image) if session else "",
        refusal=refusal,
        ended=ended,
        may_start=may_start,
        sizes=tuple(_sizes(visitor, card)) if may_start else (),
        chosen_image=card.likely,
        chosen_size=_likely_size(card),
        gauges=card.quota.gauges,
        warning=warning,
        why_stopped=why_stopped(last.close_reason, speech) if last and not session else "",
        works=card.role is not MemberRole.VIEWER and not ended,
    )


def _warning(quota: Quota, visitor: Visitor) -> str:
    """Return what somebody must know of their hours now; empty when nothing."""
    _ = visitor.speech.gettext
    if quota.stop_at:
        at = _("Your session stops at {time}.").format(time=visitor.speech.time(quota.stop_at))
        return f"{at} {why_stopped(quota.stop_reason, visitor.speech)}"
    if quota.alarm:
        return _("{percent} % of this month's hours are used.").format(percent=int(quota.alarm))
    return ""


def _sizes(visitor: Visitor, card: ProjectCard) -> Iterator[SizeChoice]:
    for size in card.sizes:
        told = card.verdicts[size.name]
        yield SizeChoice(size, "" if told else explain(told, visitor.speech))


def _likely_size(card: ProjectCard) -> str:
    """Return the size of the last session if that fits now, else the first that fits."""
    names = [size.name for size in card.sizes]
    last = card.last.size if card.last else ""
    order = [*[name for name in names if name == last], *names]
    return next((name for name in order if card.verdicts[name]), next(iter(order), ""))


def _last_used(visitor: Visitor, card: ProjectCard, now: datetime) -> str:
    last = card.last
    if last is None or last.closed is None:
        return ""
    return visitor.speech.moment(last.closed, now)
