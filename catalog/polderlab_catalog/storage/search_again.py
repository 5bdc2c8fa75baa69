"""Fill the search index from the register as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import JSON, Boolean, Connection, Integer, String, column, select, table

from polderlab_catalog.domain.datasets import (
    Classification,
    Column,
    Dataset,
    Distribution,
    DistributionRole,
    Version,
)
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.storage.search import Document, Search
from polderlab_catalog.storage.types import Bilingual, Instant

# Only the columns there were when the index came: a migration must not need those of later ones.
_DATASETS = table(
    "datasets",
    *(
        column(name, String)
        for name in (
            "name", "organisation", "steward", "classification", "licence", "source", "theme",
            "place", "remote",
        )
    ),
    column("title", Bilingual),
    column("description", Bilingual),
    column("keywords", JSON),
)  # fmt: skip
_VERSIONS = table(
    "versions",
    column("dataset", String),
    column("number", Integer),
    column("created", Instant),
    column("withdrawn", Boolean),
)
_FILES = table(
    "distributions",
    column("dataset", String),
    column("version", Integer),
    column("name", String),
    column("crs", String),
    column("role", String),
    column("columns", JSON),
)


def index_everything(connection: Connection) -> None:
    """Index every dataset of the register, except drafts."""
    search = Search(connection)
    published = set(connection.execute(select(_VERSIONS.c.dataset)).scalars())
    for dataset in _datasets(connection):
        if dataset.remote or dataset.name in published:
            search.put(Document.of(dataset, _newest(connection, dataset.name)))


def _datasets(connection: Connection) -> Iterator[Dataset]:
    for row in connection.execute(select(_DATASETS)).mappings().all():
        yield Dataset(
            **{
                **row,
                "classification": Classification(row["classification"]),
                "keywords": tuple(row["keywords"]),
            }
        )


def _newest(connection: Connection, dataset: str) -> Version | None:
    v, f = _VERSIONS.c, _FILES.c
    newest = select(v.number, v.created).where(v.dataset == dataset, ~v.withdrawn)
    row = connection.execute(newest.order_by(v.number.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    files = select(_FILES).where(f.dataset == dataset, f.version == row.number)
    found = tuple(_file(file) for file in connection.execute(files).mappings())
    return Version(dataset, row.number, row.created, found)


def _file(row: Any) -> Distribution:
    columns = tuple(Column(c[0], c[1], Text(c[2], c[3])) for c in row["columns"])
    return Distribution(
        row["name"], "", "", 0, "", columns=columns, crs=row["crs"],
        role=DistributionRole(row["role"]),
    )  # fmt: skip
