"""The catalogue's index without an index: every dataset is looked at, one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from polderlab_catalog.application import ports
from polderlab_catalog.application.search import SPANS, Facet, Freshness, Hits, SearchQuery, Sort
from polderlab_catalog.domain.datasets import Classification, Dataset, DistributionRole, Version
from polderlab_catalog.storage.words import asked, beginning, indexed, words

if TYPE_CHECKING:
    from tests.fakes.register import State


@dataclass
class Entry:
    number: int
    dataset: Dataset
    version: Version | None
    values: dict[Facet, set[str]]
    places: tuple[str, str, str]

    def missed(self, query: str) -> int | None:
        """How many of title and title-and-keywords miss a word; None when nothing has them all."""
        found = [indexed(place, "nl", "en") for place in self.places]
        title, leading, everything = (
            found[0], found[0] | found[1], found[0] | found[1] | found[2]
        )  # fmt: skip
        last = beginning(query)

        def holds(among: set[str]) -> bool:
            return all(
                forms & among or (last in forms and any(each.startswith(last) for each in among))
                for forms in asked(query)
            )

        return (not holds(title)) + (not holds(leading)) if holds(everything) else None


class MemorySearch(ports.Search):
    def __init__(self, state: State) -> None:
        self._state = state

    def find(
        self, query: SearchQuery, *, projects: Collection[str], now: datetime, today: date
    ) -> Hits:
        grants = self._state.grants.values()
        mine = {each.dataset for each in grants if each.project in projects and each.live(now)}
        readable = mine if projects else None
        entries = [self._entry(n, d, readable, today) for n, d in enumerate(self._datasets())]
        found = [entry for entry in entries if entry.missed(query.words) is not None]
        fitting = [each for each in found if fits(each, query, None)]
        fitting.sort(key=lambda each: order(each, query))
        counts = {
            facet: Counter(
                value
                for each in found
                if fits(each, query, facet)
                for value in each.values[facet]
                if value
            )
            for facet in Facet
        }
        page = fitting[query.first : query.first + query.limit]
        return Hits(tuple(each.dataset.name for each in page), len(fitting), counts)

    def readable(self, projects: Collection[str], now: datetime) -> dict[str, int]:
        return {
            project: self.find(
                SearchQuery(access=("readable",)), projects=(project,), now=now, today=now.date()
            ).total
            for project in projects
        }

    def _datasets(self) -> list[Dataset]:
        published = {name for name, _ in self._state.versions}
        known = self._state.datasets.values()
        return [each for each in known if each.remote or each.name in published]

    def _entry(
        self, number: int, dataset: Dataset, readable: Collection[str] | None, today: date
    ) -> Entry:
        in_order = sorted(self._state.versions.items())
        mine = [v for (name, _), v in in_order if name == dataset.name and not v.withdrawn]
        newest = mine[-1] if mine else None
        columns = [c for d in (newest.data if newest else ()) for c in d.columns]
        kind = form(dataset, newest)
        public = dataset.classification is Classification.PUBLIC and readable is not None
        here, may = kind not in ("elsewhere", "none"), public or dataset.name in (readable or ())
        age = (today - newest.created.date()) if newest else None
        values = {
            Facet.ACCESS: {"readable" if may else "locked"} if here else set(),
            Facet.CLASSIFICATION: {dataset.classification.value},
            Facet.ORGANISATION: {dataset.organisation},
            Facet.THEME: {dataset.theme},
            Facet.FORMAT: {kind},
            Facet.PLACE: {dataset.place},
            Facet.FRESHNESS: {
                each.value for each in Freshness if age is not None and age < SPANS[each]
            },
        }
        title, about = dataset.title, dataset.description
        rest = [about.nl, about.en, dataset.steward, dataset.source]
        rest += [word for c in columns for word in (c.name, c.meaning.nl)]
        places = (
            f"{title.nl} {title.en} {dataset.name}",
            f"{' '.join(dataset.keywords)} {dataset.place}",
            " ".join(rest),
        )
        return Entry(number, dataset, newest, values, places)


def form(dataset: Dataset, newest: Version | None) -> str:
    files = newest.data if newest else ()
    if dataset.remote:
        return "elsewhere"
    if not files:
        return "none"
    if any(file.role is DistributionRole.LIVE for file in files):
        return "live"
    return "map" if any(file.geo for file in files) else "table"


def fits(entry: Entry, query: SearchQuery, but: Facet | None) -> bool:
    return all(
        not values or facet is but or entry.values[facet] & set(values)
        for facet, values in query.chosen.items()
    )


def order(entry: Entry, query: SearchQuery) -> tuple[object, ...]:
    if query.sort is Sort.TITLE:
        return (" ".join(words(entry.dataset.title.in_(query.language))), entry.number)
    age = -entry.version.created.date().toordinal() if entry.version else 0
    if query.sort is Sort.NEWEST or not words(query.words):
        return (age, entry.number)
    return (entry.missed(query.words) or 0, age, entry.number)
