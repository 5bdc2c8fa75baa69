"""My projects: what runs, what can be started, what is left."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from polderlab_catalog.application.allocations import Gauge, Quota
from polderlab_catalog.application.projects import ProjectCard
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
    facts = _facts(portal, visitor, with_sizes=True)
    if not facts["views"]:
        return render(request, "welcome.html", visitor, section="projects")
    return render(request, "projects.html", visitor, section="projects", **facts)


@router.get("/live")
def show_live(request: Request, portal: ThePortal, visitor: Visiting) -> Response:
    """Show the part of the page that changes by itself; unchanged it costs next to nothing."""
    page = render(
        request, "projects_live.html", visitor, **_facts(portal, visitor, with_sizes=False)
    )
    tag = f'"{hashlib.sha256(page.body).hexdigest()[:32]}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
    page.headers["ETag"] = tag
    return page


def _facts(portal: Portal, visitor: Visitor, *, with_sizes: bool) -> dict[str, Any]:
    cards = portal.lab.projects.mine(visitor.person)
    own = visitor.person.organisation
    owners = sorted({card.project.organisation for card in cards}, key=lambda o: (o != own, o))
    names = {card.organisation.slug: card.organisation for card in cards}
    lefts = [Left(names[o], portal.lab.allocations.left(visitor.person, o)) for o in owners]
    return {
        "views": [view(portal, visitor, card, with_sizes=with_sizes) for card in cards],
        "lefts": lefts,
        "idle_minutes": portal.lab.settings.idle_seconds // 60,
    }


def view(
    portal: Portal, visitor: Visitor, card: ProjectCard, *, with_sizes: bool = True
) -> ProjectView:
    """Put one project's card into words."""
    speech, now, session = visitor.speech, portal.lab.clock(), card.session
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
    # an ended session's choice is likely the next one's too
    image = _among(last.image if last else "", [each.name for each in card.images])
    size = _among(last.size if last else "", [each.name for each in card.sizes])
    sizes = _sizes(portal, visitor, card, image) if with_sizes and may_start else ()
    fitting = [each.size.name for each in sizes if not each.refusal]
    if fitting and size not in fitting:
        size = fitting[0]
    quota = portal.lab.allocations.quota(
        visitor.person.username, card.project.slug, session.id if session else None
    )
    warning = _warning(quota, visitor)
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
        sizes=sizes,
        chosen_image=image,
        chosen_size=size,
        gauges=quota.gauges if with_sizes else (),
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


def _sizes(
    portal: Portal, visitor: Visitor, card: ProjectCard, image: str
) -> tuple[SizeChoice, ...]:
    decisions = portal.lab.sessions.check_sizes(
        visitor.person.username,
        card.project.slug,
        image or None,
        [size.name for size in card.sizes],
    )
    return tuple(
        SizeChoice(size, "" if (told := decisions[size.name]) else explain(told, visitor.speech))
        for size in card.sizes
    )


def _last_used(visitor: Visitor, card: ProjectCard, now: datetime) -> str:
    last = card.last
    if last is None or last.closed is None:
        return ""
    return visitor.speech.moment(last.closed, now)


def _among(wanted: str, offered: list[str]) -> str:
    return wanted if wanted in offered else next(iter(offered), "")
