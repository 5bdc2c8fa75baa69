"""The catalogue."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from polderlab_catalog.application.catalogue import DatasetCard
from polderlab_catalog.domain.datasets import Classification
from polderlab_catalog.web.api.projects import verdict
from polderlab_catalog.web.api.shapes import (
    AccessShape,
    ColumnShape,
    DatasetShape,
    FileShape,
    Words,
)
from polderlab_catalog.web.languages import Speech
from polderlab_catalog.web.visitors import ThePortal, Visiting

router = APIRouter(tags=["datasets"])


def dataset_shape(card: DatasetCard, speech: Speech, portal_url: str) -> DatasetShape:
    """Put a dataset's description on the wire."""
    dataset, version = card.dataset, card.version
    return DatasetShape(
        name=dataset.name,
        title=Words.of(dataset.title),
        description=Words.of(dataset.description),
        organisation=dataset.organisation,
        steward=dataset.steward,
        classification=dataset.classification.value,
        licence=dataset.licence,
        source=dataset.source,
        theme=dataset.theme,
        keywords=list(dataset.keywords),
        version=version.number if version else None,
        published=version.created if version else None,
        files=[
            FileShape(
                name=file.name,
                media_type=file.media_type,
                bytes=file.bytes,
                sha256=file.sha256,
                rows=file.rows,
                crs=file.crs,
                bbox=file.bbox,
                columns=[
                    ColumnShape(name=each.name, type=each.type, meaning=Words.of(each.meaning))
                    for each in file.columns
                ],
            )
            for file in (version.distributions if version else ())
        ],
        access=[
            AccessShape(
                project=each.project.slug, verdict=verdict(each.decision, speech), until=each.until
            )
            for each in card.access
        ],
        projects_with_access=card.projects_with_access,
        page=f"{portal_url}/datasets/{dataset.name}",
    )


@router.get("/datasets")
def list_datasets(
    portal: ThePortal,
    visitor: Visiting,
    query: Annotated[str, Query(max_length=200)] = "",
    organisation: Annotated[str | None, Query(max_length=64)] = None,
    classification: Classification | None = None,
) -> list[DatasetShape]:
    """List the datasets that hold every word of ``query``."""
    cards = portal.lab.catalogue.cards(
        visitor.person, query=query, organisation=organisation, classification=classification
    )
    url = portal.lab.settings.portal_url
    return [dataset_shape(card, visitor.speech, url) for card in cards]


@router.get("/datasets/{name}")
def show_dataset(portal: ThePortal, visitor: Visiting, name: str) -> DatasetShape:
    """Show one dataset."""
    card = portal.lab.catalogue.card(visitor.person, name)
    return dataset_shape(card, visitor.speech, portal.lab.settings.portal_url)
