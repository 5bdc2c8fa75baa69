"""The catalogue: everything in the lab, found by word and narrowed by facet."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from polderlab_catalog.application.catalogue import DatasetCard, Found, ProjectAccess
from polderlab_catalog.application.search import (
    LONGEST,
    Access,
    Facet,
    Format,
    Freshness,
    SearchQuery,
    Sort,
)
from polderlab_catalog.domain.codelists import THEMES
from polderlab_catalog.domain.datasets import Classification, Distribution
from polderlab_catalog.policy.decisions import N_, Code
from polderlab_catalog.policy.previews import extent_shown
from polderlab_catalog.web.languages import Speech
from polderlab_catalog.web.maps import Extent, extent
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import ThePortal, Visiting

router = APIRouter()

Chosen = Annotated[list[str], Query(max_length=20)]

SHOWN = 8
"""Values of a facet that are shown, the most frequent first, and any that is chosen; the others
are one press away."""

_WORDS: dict[str, str] = {
    Access.READABLE: N_("Readable now"),
    Access.LOCKED: N_("Access to be asked"),
    Classification.PUBLIC: N_("Public"),
    Classification.INTERNAL: N_("Internal"),
    Classification.CONFIDENTIAL: N_("Confidential"),
    Format.MAP: N_("Map layer"),
    Format.TABLE: N_("Table"),
    Format.LIVE: N_("Live source"),
    Format.ELSEWHERE: N_("In another catalogue"),
    Format.NONE: N_("Nothing published yet"),
    Freshness.MONTH: N_("Last month"),
    Freshness.QUARTER: N_("Last three months"),
    Freshness.YEAR: N_("Last year"),
}
_FACETS = {
    Facet.ACCESS: N_("Access"),
    Facet.CLASSIFICATION: N_("Classification"),
    Facet.FORMAT: N_("Kind"),
    Facet.THEME: N_("Theme"),
    Facet.ORGANISATION: N_("Organisation"),
    Facet.PLACE: N_("Place"),
    Facet.FRESHNESS: N_("Updated"),
}
_IN_ORDER: Mapping[Facet, Sequence[str]] = {
    Facet.ACCESS: list(Access),
    Facet.CLASSIFICATION: list(Classification),
    Facet.FRESHNESS: list(Freshness),
}
"""Facets whose values keep an order of their own."""


_ASKABLE = frozenset({Code.NO_GRANT, Code.GRANT_ENDED, Code.GRANT_REVOKED})
"""Why a project may not read what can be asked for."""


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a facet, how many datasets fit it, and the page without it."""

    value: str
    title: str
    count: int
    chosen: bool
    without: str


@dataclass(frozen=True, slots=True)
class FacetView:
    """A facet as the page shows it: ``one`` when only one value can be chosen."""

    name: str
    title: str
    options: tuple[Option, ...]
    more: tuple[Option, ...]
    one: bool


@dataclass(frozen=True, slots=True)
class Result:
    """A dataset in the list: what it is, where it lies, and what my projects may do."""

    card: DatasetCard
    file: Distribution | None
    extent: Extent | None
    readable: tuple[ProjectAccess, ...]
    locked: tuple[ProjectAccess, ...]

    @property
    def askable(self) -> bool:
        """Whether I can ask for one of my projects that may not read it."""
        return any(each.works for each in self.locked)

    @property
    def others_ask(self) -> bool:
        """Whether there is something to ask, but not for me: I only look on in these projects."""
        return not self.askable and any(each.decision.code in _ASKABLE for each in self.locked)


@dataclass(frozen=True, slots=True)
class Asked:
    """The search as it stands in the address."""

    q: Annotated[str, Query(max_length=LONGEST)] = ""
    organisation: Chosen = ()  # type: ignore[assignment]
    theme: Chosen = ()  # type: ignore[assignment]
    classification: Chosen = ()  # type: ignore[assignment]
    format: Chosen = ()  # type: ignore[assignment]
    place: Chosen = ()  # type: ignore[assignment]
    access: Chosen = ()  # type: ignore[assignment]
    freshness: Annotated[str, Query(max_length=20)] = ""
    sort: Annotated[str, Query(max_length=20)] = ""
    page: Annotated[str, Query(max_length=20)] = ""

    def query(self, language: str) -> SearchQuery:
        """Return it as the catalogue takes it; a sort nobody knows is no sort, and what is no
        page is the first."""
        return SearchQuery(
            words=self.q,
            organisations=tuple(self.organisation),
            themes=tuple(self.theme),
            classifications=tuple(self.classification),
            formats=tuple(self.format),
            places=tuple(self.place),
            freshness=self.freshness,
            access=tuple(self.access),
            sort=Sort(self.sort) if self.sort in list(Sort) else Sort.RELEVANCE,
            page=int(self.page) if re.fullmatch("[1-9][0-9]{0,4}", self.page) else 1,
            language=language,
        )


@router.get("/datasets")
def show_catalogue(
    request: Request, portal: ThePortal, visitor: Visiting, asked: Annotated[Asked, Depends()]
) -> Response:
    """Show the datasets that hold every word and fit the chosen facets.

    Within a facet either value will do, between facets all must hold; each value counts what
    fits it and the other facets.
    """
    query = asked.query(visitor.speech.language)
    found = portal.lab.catalogue.search(visitor.person, query)
    facets = [_facet(request, visitor.speech, found, query, facet) for facet in _FACETS]
    return render(
        request,
        "catalogue.html",
        visitor,
        section="datasets",
        q=asked.q,
        sort=query.sort,
        found=found,
        first=query.first + 1,
        results=[result(card) for card in found.cards],
        facets=[facet for facet in facets if facet.options],
        chosen=[option for facet in facets for option in facet.options if option.chosen],
        earlier=_address(request, page=found.page - 1) if 1 < found.page <= found.pages else "",
        later=_address(request, page=found.page + 1) if found.page < found.pages else "",
        fewer=_address(request, only=("q",)),
    )


def result(card: DatasetCard) -> Result:
    """Return what the list shows of ``card``."""
    files = card.version.data if card.version else ()
    return Result(
        card=card,
        file=next(iter(files), None),
        extent=extent(extent_shown(card.dataset, next((f.bbox for f in files if f.bbox), None))),
        readable=tuple(each for each in card.access if each.decision),
        locked=tuple(each for each in card.access if not each.decision),
    )


def _facet(
    request: Request, speech: Speech, found: Found, query: SearchQuery, facet: Facet
) -> FacetView:
    counts, chosen = found.facets.get(facet, {}), query.chosen[facet]
    by_count = sorted(counts, key=lambda value: (-counts[value], value))
    values = [*by_count[:SHOWN], *(value for value in chosen if value not in by_count[:SHOWN])]
    if facet in _IN_ORDER:
        values = [str(value) for value in _IN_ORDER[facet] if value in values]

    def option(value: str) -> Option:
        return Option(
            value=value,
            title=_title(speech, found, facet, value),
            count=counts.get(value, 0),
            chosen=value in chosen,
            without=_address(request, but=(facet.value, value)),
        )

    others = [option(value) for value in by_count if value not in values]
    return FacetView(
        name=facet.value,
        title=speech.gettext(_FACETS[facet]),
        options=tuple(option(value) for value in values),
        more=tuple(sorted(others, key=lambda each: each.title.casefold())),
        one=facet is Facet.FRESHNESS,
    )


def _title(speech: Speech, found: Found, facet: Facet, value: str) -> str:
    if facet is Facet.ORGANISATION and value in found.organisations:
        return speech.text(found.organisations[value].name)
    if facet is Facet.THEME and value in THEMES:
        return speech.text(THEMES[value])
    return speech.gettext(_WORDS[value]) if value in _WORDS else value


def _address(
    request: Request,
    *,
    page: int = 1,
    but: tuple[str, str] | None = None,
    only: tuple[str, ...] | None = None,
) -> str:
    """Return the address of this search on another page, or with less asked."""
    kept = [
        pair
        for pair in request.query_params.multi_items()
        if pair[0] != "page" and pair != but and (only is None or pair[0] in only)
    ]
    return f"{request.url.path}?{urlencode([*kept, ('page', str(page))] if page > 1 else kept)}"
