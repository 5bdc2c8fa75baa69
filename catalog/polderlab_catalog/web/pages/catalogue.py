"""The catalogue: everything in the lab, found by word and narrowed by facet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from polderlab_catalog.application.catalogue import DatasetCard
from polderlab_catalog.domain.datasets import Classification
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.web.maps import extent
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import ThePortal, Visiting

router = APIRouter()

Chosen = Annotated[list[str], Query(max_length=20)]


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a facet, and how many of the found datasets have it."""

    value: str
    title: Text | None
    count: int
    chosen: bool


@router.get("/datasets")
def show_catalogue(
    request: Request,
    portal: ThePortal,
    visitor: Visiting,
    *,
    q: Annotated[str, Query(max_length=200)] = "",
    organisation: Chosen = [],  # noqa: B006  (FastAPI copies it)
    classification: Chosen = [],  # noqa: B006
    access: Chosen = [],  # noqa: B006
) -> Response:
    """Show the datasets that hold every word of ``q`` and fit the chosen facets.

    Within a facet either value will do, between facets both must hold. Each value counts what
    the search alone found, so that a count never changes under the reader's hand.
    """
    found = portal.lab.catalogue.cards(visitor.person, query=q)
    shown = [
        card
        for card in found
        if (not organisation or card.organisation.slug in organisation)
        and (not classification or card.dataset.classification in classification)
        and (not access or _access(card) in access)
    ]
    owners = {card.organisation.slug: card.organisation.name for card in found}
    chosen = [*organisation, *classification, *access]
    return render(
        request,
        "catalogue.html",
        visitor,
        section="datasets",
        q=q,
        cards=shown,
        chosen=len(chosen),
        columns={card.dataset.name: _columns(card) for card in shown},
        extents={card.dataset.name: extent(_bbox(card)) for card in shown},
        organisations=_options(
            [card.organisation.slug for card in found], sorted(owners), organisation, owners
        ),
        classifications=_options(
            [card.dataset.classification for card in found], list(Classification), classification
        ),
        accesses=_options([_access(card) for card in found], ["readable", "none"], access),
    )


def _access(card: DatasetCard) -> str:
    return "readable" if any(item.decision for item in card.access) else "none"


def _columns(card: DatasetCard) -> int:
    return len(card.version.distributions[0].columns) if card.version else 0


def _bbox(card: DatasetCard) -> tuple[float, float, float, float] | None:
    files = card.version.distributions if card.version else ()
    return next((file.bbox for file in files if file.bbox), None)


def _options(
    values: Sequence[str],
    offered: Sequence[str],
    chosen: Sequence[str],
    titles: dict[str, Text] | None = None,
) -> list[Option]:
    counts = Counter(str(value) for value in values)
    return [
        Option(str(value), (titles or {}).get(value), counts[str(value)], value in chosen)
        for value in offered
    ]
