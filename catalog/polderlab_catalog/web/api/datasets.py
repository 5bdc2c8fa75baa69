"""The catalogue."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from polderlab_catalog.application.catalogue import DatasetCard
from polderlab_catalog.application.search import (
    LONGEST,
    MOST,
    PAGE,
    Access,
    Format,
    Freshness,
    SearchQuery,
    Sort,
)
from polderlab_catalog.domain.datasets import Classification, DistributionRole
from polderlab_catalog.policy.previews import extent_shown
from polderlab_catalog.web.api.projects import verdict
from polderlab_catalog.web.api.shapes import (
    AccessShape,
    ColumnShape,
    DatasetPage,
    DatasetShape,
    FileShape,
    LinkShape,
    Words,
)
from polderlab_catalog.web.languages import Speech
from polderlab_catalog.web.visitors import ThePortal, Visiting

router = APIRouter(tags=["datasets"])

Chosen = Annotated[list[str], Query(max_length=20)]


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
                role=file.role,
                media_type=file.media_type,
                bytes=None if file.role is DistributionRole.LIVE else file.bytes,
                sha256=file.sha256 or None,
                rows=file.rows,
                crs=file.crs,
                bbox=extent_shown(dataset, file.bbox),
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
    request: Request,
    response: Response,
    portal: ThePortal,
    visitor: Visiting,
    *,
    query: Annotated[str, Query(max_length=LONGEST, description="Words, all to be found.")] = "",
    organisation: Chosen = [],  # noqa: B006  (FastAPI copies it)
    theme: Chosen = [],  # noqa: B006
    classification: Annotated[list[Classification], Query(max_length=3)] = [],  # noqa: B006
    format_: Annotated[list[Format], Query(alias="format", max_length=5)] = [],  # noqa: B006
    place: Chosen = [],  # noqa: B006
    freshness: Freshness | None = None,
    access: Annotated[list[Access], Query(max_length=2)] = [],  # noqa: B006
    sort: Sort = Sort.RELEVANCE,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    page_size: Annotated[int, Query(alias="pageSize", ge=1, le=MOST)] = PAGE,
) -> DatasetPage:
    """Search the catalogue: every description, a page at a time.

    Within a facet either value will do; between facets all must hold.
    """
    found = portal.lab.catalogue.search(
        visitor.person,
        SearchQuery(
            words=query,
            organisations=tuple(organisation),
            themes=tuple(theme),
            classifications=tuple(classification),
            formats=tuple(format_),
            places=tuple(place),
            freshness=freshness or "",
            access=tuple(access),
            sort=sort,
            page=page,
            size=page_size,
            language=visitor.speech.language,
        ),
    )
    links = _links(request, portal.lab.settings.public_url, page, found.pages)
    response.headers["Link"] = ", ".join(f'<{to.href}>; rel="{rel}"' for rel, to in links.items())
    url = portal.lab.settings.portal_url
    return DatasetPage(
        datasets=[dataset_shape(card, visitor.speech, url) for card in found.cards],
        total=found.total,
        page=page,
        page_size=page_size,
        facets={str(facet): dict(counts) for facet, counts in found.facets.items()},
        links=links,
    )


def _links(request: Request, public_url: str, page: int, pages: int) -> dict[str, LinkShape]:
    """Return the way to the pages around this one, as addresses people's programs can follow."""
    numbers = {"self": page, "first": 1, "prev": page - 1, "next": page + 1, "last": max(pages, 1)}
    return {
        rel: LinkShape(href=f"{public_url}{request.url.path}?{_query(request, number)}")
        for rel, number in numbers.items()
        if rel in ("self", "first", "last") or 1 <= number <= pages
    }


def _query(request: Request, page: int) -> str:
    kept = [(key, value) for key, value in request.query_params.multi_items() if key != "page"]
    return urlencode([*kept, ("page", str(page))])


@router.get("/datasets/{name}")
def show_dataset(portal: ThePortal, visitor: Visiting, name: str) -> DatasetShape:
    """Show one dataset."""
    card = portal.lab.catalogue.card(visitor.person, name)
    return dataset_shape(card, visitor.speech, portal.lab.settings.portal_url)
