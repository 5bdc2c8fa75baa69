"""A dataset's page: what it is, who may read it, how to read it, and the parts of others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from polderlab_catalog.application.catalogue import DatasetCard
from polderlab_catalog.application.previews import previewed
from polderlab_catalog.domain.codelists import THEMES
from polderlab_catalog.domain.datasets import Classification
from polderlab_catalog.policy.descriptions import is_contact, is_web_address
from polderlab_catalog.policy.previews import extent_shown
from polderlab_catalog.web import citations, profiles, samples
from polderlab_catalog.web.maps import extent
from polderlab_catalog.web.pages.catalogue import result
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor
from polderlab_catalog.web.words import FREQUENCIES

router = APIRouter()

Part = Callable[[Portal, Visitor, DatasetCard], dict[str, object]]


@router.get("/datasets/{name}")
def show_dataset(
    request: Request,
    portal: ThePortal,
    visitor: Visiting,
    name: str,
    rows: Annotated[str, Query(max_length=5)] = "",
) -> Response:
    """Show one dataset; ``rows`` asks for the first rows of internal data, which is logged."""
    return dataset_page(request, portal, visitor, name, with_rows=rows == "yes")


def dataset_page(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    name: str,
    *,
    status: int = 200,
    facts: Mapping[str, object] | None = None,
    with_rows: bool = False,
) -> HTMLResponse:
    """Render the page.

    ``facts`` take the place of a part's own: a form as it was filled in, and ``errors``, what
    must be mended in it, by field.
    """
    card = portal.lab.catalogue.card(visitor.person, name)
    shown: dict[str, object] = {"errors": {}}
    for part in (_about, *_parts()):
        shown |= part(portal, visitor, card)
    shown |= _values(portal, visitor, card, with_rows=with_rows) | dict(facts or {})
    return render(
        request, "dataset.html", visitor, status=status, section="datasets", card=card, **shown
    )


def _about(portal: Portal, visitor: Visitor, card: DatasetCard) -> dict[str, object]:
    """What everyone in the lab may know of the dataset."""
    dataset, speech = card.dataset, visitor.speech
    files = card.version.data if card.version else ()
    remote = dataset.remote if is_web_address(dataset.remote) else ""
    base = portal.lab.settings.portal_url
    url = remote or f"{base}/datasets/{dataset.name}"
    named = "" if dataset.remote else f"{base}/id/dataset/{dataset.name}"
    readable = [item for item in card.access if item.decision]
    return {
        "files": files,
        "readable": readable,
        "others_ask": result(card).others_ask,
        "readable_titles": speech.listed([speech.text(item.project.title) for item in readable]),
        "profiles": [(file, profiles.columns(file, card.shown, speech)) for file in files],
        "remote": remote,
        "extent": extent(extent_shown(dataset, next((f.bbox for f in files if f.bbox), None))),
        "contact": _link(dataset.contact),
        "licence": citations.licence_words(dataset.licence, speech),
        "theme": THEMES.get(dataset.theme),
        "frequency": speech.gettext(FREQUENCIES[dataset.frequency])
        if dataset.frequency in FREQUENCIES
        else "",
        "citation": citations.citation(card, speech, url),
        "structured": citations.structured(card, speech, url, named),
    }


def _values(
    portal: Portal, visitor: Visitor, card: DatasetCard, *, with_rows: bool
) -> dict[str, object]:
    """The first rows and the shapes: of public data at once, of internal data when asked for."""
    file = previewed(card)
    public = card.dataset.classification is Classification.PUBLIC
    hidden: dict[str, object] = {"rows": None, "drawing": None, "may_ask_rows": False}
    if file is None or card.shown is None:
        return hidden
    if not (public or with_rows):
        return {**hidden, "may_ask_rows": True}
    preview = portal.lab.previews.open(visitor.person, card.dataset.name, visitor.origin)
    if preview is None:
        return hidden
    rows, drawing = samples.read(portal.lab.settings.data_folder, preview)
    return {"rows": rows, "drawing": drawing, "may_ask_rows": False}


def _link(contact: str) -> str:
    """Return the address behind a steward's contact: a web page, or an e-mail address."""
    if is_web_address(contact):
        return contact
    return f"mailto:{contact}" if is_contact(contact) else ""


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
