"""The search index: what people find datasets by, kept with the datasets themselves.

Words go to the database's own full-text index (SQLite: FTS5; PostgreSQL: GIN over tsvector) as
:mod:`.words` gives them, so that both find the same. Facets: see :mod:`.facets`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    cast,
    delete,
    func,
    insert,
    select,
    update,
)

from polderlab_catalog.application import ports
from polderlab_catalog.application.search import Facet, Format, Hits, SearchQuery, Sort
from polderlab_catalog.domain.datasets import Dataset, DistributionRole, Version
from polderlab_catalog.storage.facets import (
    LISTED,
    NO_DAY,
    NOT_HERE,
    PUBLIC,
    Codes,
    Counting,
    Numbers,
    Truths,
    day_number,
    fixed,
    pack,
    unpacked,
)
from polderlab_catalog.storage.facets import Table as Found
from polderlab_catalog.storage.grants import granted
from polderlab_catalog.storage.types import metadata
from polderlab_catalog.storage.word_index import Words, numbers, word_index
from polderlab_catalog.storage.words import words

search = Table(
    "search",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("dataset", String, nullable=False, unique=True),
    Column("packed", BigInteger, nullable=False),
    Column("title_nl", String, nullable=False),
    Column("title_en", String, nullable=False),
    # With the id, so that the order by title is told by an index alone.
    Index(None, "title_nl", "id"),
    Index(None, "title_en", "id"),
    # A search without words reads these two of every dataset, and this index alone.
    Index(None, "packed", "id"),
)
"""One narrow row per dataset."""

search_values = Table(
    "search_values",
    metadata,
    Column("facet", String, primary_key=True),
    Column("value", String, primary_key=True),
    Column("code", Integer, nullable=False),
)
"""The codes of facet values that are not known beforehand."""


@dataclass(frozen=True, slots=True)
class Document:
    """A dataset as it is indexed: its words, its facets, and its titles to sort by."""

    dataset: str
    words: Words
    values: Mapping[Facet, str]
    day: date | None
    titles: tuple[str, str]

    @classmethod
    def of(cls, dataset: Dataset, newest: Version | None) -> Document:
        """Return what ``dataset`` with its ``newest`` version is found by."""
        title, about = dataset.title, dataset.description
        columns = [c for d in (newest.data if newest else ()) for c in d.columns]
        return cls(
            dataset=dataset.name,
            words=Words.of(
                title=(title.nl, f"{title.en} {dataset.name}"),
                keywords=(f"{' '.join(dataset.keywords)} {dataset.place}",) * 2,
                rest=(
                    " ".join([about.nl, dataset.steward, *(c.meaning.nl for c in columns)]),
                    " ".join([about.en, dataset.source, *(c.name for c in columns)]),
                ),
            ),
            values={
                Facet.CLASSIFICATION: dataset.classification.value,
                Facet.FORMAT: _format(dataset, newest),
                Facet.ORGANISATION: dataset.organisation,
                Facet.THEME: dataset.theme,
                Facet.PLACE: dataset.place,
            },
            day=newest.created.date() if newest else None,
            titles=(_sortable(title.in_("nl")), _sortable(title.in_("en"))),
        )


class Search(ports.Search):
    """Indexes and finds. Only :mod:`.datasets` indexes, so that nobody can forget it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._words = word_index(connection)
        self._given: dict[tuple[Facet, str], int] = {}

    def put(self, document: Document) -> None:
        """Index ``document`` in place of what there was of its dataset."""
        packed = pack(self._codes_for(document))
        values = _row(document, packed)
        known = self._id(document.dataset)
        if known is None:
            row = insert(search).values(dataset=document.dataset, **values).returning(search.c.id)
            known = self._connection.execute(row).scalar_one()
        else:
            self._connection.execute(update(search).where(search.c.id == known).values(**values))
        self._words.put({known: (document.words, packed)})

    def put_new(self, documents: Sequence[Document]) -> None:
        """Index many ``documents`` at once, of datasets that nothing was indexed of."""
        if not documents:
            return
        packed = {each.dataset: pack(self._codes_for(each)) for each in documents}
        rows = [{"dataset": d.dataset, **_row(d, packed[d.dataset])} for d in documents]
        made = insert(search).returning(search.c.dataset, search.c.id)
        ids = {row.dataset: row.id for row in self._connection.execute(made, rows)}
        self._words.put({ids[d.dataset]: (d.words, packed[d.dataset]) for d in documents})

    def remove(self, dataset: str) -> None:
        """Forget ``dataset``."""
        known = self._id(dataset)
        if known is not None:
            self._words.remove(known)
            self._connection.execute(delete(search).where(search.c.id == known))

    def find(
        self, query: SearchQuery, *, projects: Collection[str], now: datetime, today: date
    ) -> Hits:
        found = Found.of(*self._words.matches(query.words))
        may_read = found.readable(self._granted(projects, now), reader=bool(projects))
        counting = Counting(found, self._codes(), query.chosen, may_read, today)
        fitting = counting.fitting
        page = self._page(query, found, fitting)
        return Hits(self._names(page), int(fitting.sum()), counting.counts())

    def readable(self, projects: Collection[str], now: datetime) -> Mapping[str, int]:
        here = unpacked(search.c.packed, Facet.FORMAT).not_in(NOT_HERE)
        public = unpacked(search.c.packed, Facet.CLASSIFICATION) == PUBLIC
        everyone = select(func.count()).select_from(search).where(here, public)
        for_all = self._connection.execute(everyone).scalar_one()
        mine = granted(projects, now)
        closed = (
            select(mine.c.project, func.count(search.c.id.distinct()))
            .join_from(mine, search, search.c.dataset == mine.c.dataset)
            .where(here, ~public)
            .group_by(mine.c.project)
        )
        more: dict[str, int] = {row[0]: row[1] for row in self._connection.execute(closed)}
        return {project: for_all + more.get(project, 0) for project in projects}

    def _page(self, query: SearchQuery, found: Found, fitting: Truths) -> Numbers:
        ids, days = found.ids[fitting], found.days[fitting]
        last = query.first + query.limit
        if query.sort is Sort.TITLE:
            everything = self._words.by_title(query.language)
            return everything[np.isin(everything, ids)][query.first : last]
        rank = -days
        if query.sort is Sort.RELEVANCE and words(query.words):
            for where in self._words.better(query.words):
                rank += ~np.isin(ids, where) * NO_DAY
        # of the same rank, the one registered first comes first
        places = rank * ids.size + np.arange(ids.size)
        if last < ids.size:  # parted, not sorted: nobody looks at what comes after
            places = np.partition(places, last)[:last]
        page: Numbers = ids[np.sort(places)[query.first :] % ids.size]
        return page

    def _names(self, ids: Numbers) -> tuple[str, ...]:
        wanted = [int(each) for each in ids]
        rows = self._connection.execute(
            select(search.c.id, search.c.dataset).where(search.c.id.in_(wanted))
        )
        names = {row.id: row.dataset for row in rows}
        return tuple(names[each] for each in wanted)

    def _id(self, dataset: str) -> int | None:
        one = select(search.c.id).where(search.c.dataset == dataset)
        return self._connection.execute(one).scalar_one_or_none()

    def _granted(self, projects: Collection[str], now: datetime) -> Numbers:
        """Return the ids of what a grant gives to one of ``projects`` at ``now``."""
        joined = func.aggregate_strings(cast(search.c.id, String), ",")
        mine = granted(projects, now)
        given = select(joined).join_from(mine, search, search.c.dataset == mine.c.dataset)
        return numbers(self._connection.execute(given).scalar())

    def _codes(self) -> Codes:
        codes: dict[Facet, dict[str, int]] = {facet: {} for facet in LISTED}
        for facet, value, code in self._connection.execute(select(search_values)):
            codes[Facet(facet)][value] = code
        return codes

    def _codes_for(self, document: Document) -> dict[Facet, int]:
        codes = {Facet.FRESHNESS: day_number(document.day) if document.day else 0}
        for facet, value in document.values.items():
            if facet in LISTED:
                codes[facet] = self._code(facet, value) if value else 0
            else:
                codes[facet] = fixed(facet, value)
        return codes

    def _code(self, facet: Facet, value: str) -> int:
        if (facet, value) not in self._given:
            self._given[facet, value] = self._find_code(facet, value)
        return self._given[facet, value]

    def _find_code(self, facet: Facet, value: str) -> int:
        c = search_values.c
        known = select(c.code).where(c.facet == facet.value, c.value == value)
        code = self._connection.execute(known).scalar_one_or_none()
        if code is None:
            most = select(func.coalesce(func.max(c.code), 0)).where(c.facet == facet.value)
            code = int(self._connection.execute(most).scalar_one()) + 1
            row = insert(search_values).values(facet=facet.value, value=value, code=code)
            self._connection.execute(row)
        return int(code)


def _row(document: Document, packed: int) -> dict[str, object]:
    nl, en = document.titles
    return {"packed": packed, "title_nl": nl, "title_en": en}


def _format(dataset: Dataset, newest: Version | None) -> Format:
    if dataset.remote:
        return Format.ELSEWHERE
    files = newest.data if newest else ()
    if not files:
        return Format.NONE
    if any(file.role is DistributionRole.LIVE for file in files):
        return Format.LIVE
    return Format.MAP if any(file.geo for file in files) else Format.TABLE


def _sortable(title: str) -> str:
    return " ".join(words(title))
