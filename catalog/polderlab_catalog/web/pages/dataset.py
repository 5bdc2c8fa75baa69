"""A dataset's page: what it is, who may read it, how to read it, and the parts of others."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from polderlab_catalog.application.catalogue import DatasetCard
from polderlab_catalog.web.kinds import kind
from polderlab_catalog.web.maps import extent
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor

router = APIRouter()

Part = Callable[[Portal, Visitor, DatasetCard], dict[str, object]]


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
    facts: Mapping[str, object] | None = None,
) -> HTMLResponse:
    """Render the page.

    ``facts`` take the place of a part's own: a form as it was filled in, and ``errors``, what
    must be mended in it, by field.
    """
    card = portal.lab.catalogue.card(visitor.person, name)
    shown: dict[str, object] = {"errors": {}}
    for part in _parts():
        shown |= part(portal, visitor, card)
    shown |= facts or {}
    return render(
        request,
        "dataset.html",
        visitor,
        status=status,
        section="datasets",
        card=card,
        files=card.version.distributions if card.version else (),
        kind=kind,
        readable=[item for item in card.access if item.decision],
        extent=extent(_bbox(card)),
        **shown,
    )


def _parts() -> tuple[Part, ...]:
    # Imported late: these pages come back to this one when a form has mistakes.
    from polderlab_catalog.web.pages import grants, publishing, quality, requests, sources

    return (
        requests.requests_part,
        grants.access_part,
        publishing.versions_part,
        quality.quality_part,
        sources.source_part,
    )


def _bbox(card: DatasetCard) -> tuple[float, float, float, float] | None:
    files = card.version.distributions if card.version else ()
    return next((file.bbox for file in files if file.bbox), None)
