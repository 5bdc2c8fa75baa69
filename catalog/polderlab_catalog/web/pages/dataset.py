"""A dataset's page: what it is, who may read it, how to read it, and for its steward who has
access."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from polderlab_catalog.application.catalogue import DatasetCard
from polderlab_catalog.domain.datasets import Version
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.web.kinds import kind
from polderlab_catalog.web.maps import extent
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor

router = APIRouter()


@router.get("/datasets/{name}")
def show_dataset(request: Request, portal: ThePortal, visitor: Visiting, name: str) -> Response:
    """Show one dataset."""
    return dataset_page(request, portal, visitor, name)


def dataset_page(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    name: str,
    *,
    status: int = 200,
    form: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> HTMLResponse:
    """Render the page; ``form`` and ``errors`` are what the steward filled in and must mend."""
    card = portal.lab.catalogue.card(visitor.person, name)
    now, speech = portal.lab.clock(), visitor.speech
    projects = portal.lab.projects.all_for_grants() if card.may_grant else []
    everyone = {each.slug: each for each in projects}
    return render(
        request,
        "dataset.html",
        visitor,
        status=status,
        section="datasets",
        card=card,
        files=card.version.distributions if card.version else (),
        versions=_versions(portal, name),
        kind=kind,
        readable=[item for item in card.access if item.decision],
        extent=extent(_bbox(card)),
        live=[_row(visitor, grant, now) for grant in card.grants if grant.live(now)],
        past=[_row(visitor, grant, now) for grant in card.grants if not grant.live(now)],
        projects=projects,
        titles={slug: speech.text(project.title) for slug, project in everyone.items()},
        earliest=(speech.local_day(now) + timedelta(days=1)).isoformat(),
        form=form or {"project": "", "until": "", "reason": ""},
        errors=errors or {},
    )


def _versions(portal: Portal, name: str) -> list[Version]:
    return portal.lab.catalogue.versions(name)


def _bbox(card: DatasetCard) -> tuple[float, float, float, float] | None:
    files = card.version.distributions if card.version else ()
    return next((file.bbox for file in files if file.bbox), None)


def _row(visitor: Visitor, grant: Grant, now: datetime) -> dict[str, object]:
    """Return a grant as its table shows it: days, and who in a word."""
    day = visitor.speech.local_day
    last = day(grant.ends) - timedelta(days=1)
    left = (last - day(now)).days
    return {
        "grant": grant,
        "since": day(grant.starts),
        "last": last,
        "days_left": left,
        "by": grant.granted_by.partition(":")[2] or grant.granted_by,
        "ended": _ended(visitor, grant, last),
        "revoked_by": (grant.revoked_by or "").partition(":")[2],
    }


def _ended(visitor: Visitor, grant: Grant, last: date) -> date:
    return visitor.speech.local_day(grant.revoked) if grant.revoked else last
