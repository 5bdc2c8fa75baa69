"""What people search for, and what is found. Who may read what is not decided here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

PAGE = 25
"""Datasets on a page, unless asked otherwise."""
MOST = 100
"""The most on a page."""
LONGEST = 200
"""The longest text that is searched for, in characters."""


class Facet(StrEnum):
    """What the found datasets can be narrowed by."""

    ACCESS = "access"
    CLASSIFICATION = "classification"
    ORGANISATION = "organisation"
    THEME = "theme"
    FORMAT = "format"
    PLACE = "place"
    FRESHNESS = "freshness"


class Format(StrEnum):
    """In what form a dataset is read: a map layer, a table, live at its source, elsewhere (only
    described here), or not yet (nothing published)."""

    MAP = "map"
    TABLE = "table"
    LIVE = "live"
    ELSEWHERE = "elsewhere"
    NONE = "none"


class Freshness(StrEnum):
    """How long ago the newest version was published; each includes those before it."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


SPANS = {
    Freshness.MONTH: timedelta(days=31),
    Freshness.QUARTER: timedelta(days=92),
    Freshness.YEAR: timedelta(days=366),
}


class Access(StrEnum):
    """Whether a project of mine may read it now, or could if it were granted. What only lies
    elsewhere, or was withdrawn, is neither: there is nothing to read and nothing to ask."""

    READABLE = "readable"
    LOCKED = "locked"


class Sort(StrEnum):
    """Order: where the words were found (title, keywords, the rest) and then newest first;
    newest version first; or by title."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """Words that must all be found, and per facet the values of which one must fit.

    ``language`` (ISO 639-1) is the one titles are sorted in. ``page`` counts from 1.
    """

    words: str = ""
    organisations: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    classifications: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    freshness: str = ""
    access: tuple[str, ...] = ()
    sort: Sort = Sort.RELEVANCE
    page: int = 1
    size: int = PAGE
    language: str = "nl"

    @property
    def chosen(self) -> Mapping[Facet, tuple[str, ...]]:
        """The chosen values per facet; none for a facet that does not narrow."""
        return {
            Facet.ACCESS: self.access,
            Facet.CLASSIFICATION: self.classifications,
            Facet.ORGANISATION: self.organisations,
            Facet.THEME: self.themes,
            Facet.FORMAT: self.formats,
            Facet.PLACE: self.places,
            Facet.FRESHNESS: (self.freshness,) if self.freshness else (),
        }

    @property
    def first(self) -> int:
        """How many datasets come before this page."""
        return (max(self.page, 1) - 1) * self.limit

    @property
    def limit(self) -> int:
        """How many datasets the page holds at most."""
        return min(max(self.size, 1), MOST)


@dataclass(frozen=True, slots=True)
class Hits:
    """What the index found: the names on this page, how many there are in all, and per facet how
    many fit each value, were that facet not narrowed itself (values without any are left out)."""

    names: tuple[str, ...]
    total: int
    facets: Mapping[Facet, Mapping[str, int]] = field(default_factory=dict)
