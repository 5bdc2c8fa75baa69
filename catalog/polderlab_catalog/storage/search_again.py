"""Fill the search index from the register as it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    Integer,
    String,
    and_,
    column,
    func,
    select,
    table,
)

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
_INDEXED = table("search", column("dataset", String))
_AT_ONCE = 5_000


def index_everything(connection: Connection) -> None:
    """Index every dataset of the register that is not yet, except drafts."""
    search, known = Search(connection), set(connection.execute(select(_INDEXED)).scalars())
    published = set(connection.execute(select(_VERSIONS.c.dataset).distinct()).scalars())
    datasets = [each for each in _datasets(connection) if each.name not in known]
    for start in range(0, len(datasets), _AT_ONCE):
        some = datasets[start : start + _AT_ONCE]
        newest = _newest(connection, [dataset.name for dataset in some])
        search.put_new(
            [
                Document.of(dataset, newest.get(dataset.name))
                for dataset in some
                if dataset.remote or dataset.name in published
            ]
        )


def _datasets(connection: Connection) -> Iterator[Dataset]:
    for row in connection.execute(select(_DATASETS)).mappings().all():
        yield Dataset(
            **{
                **row,
                "classification": Classification(row["classification"]),
                "keywords": tuple(row["keywords"]),
            }
        )


def _newest(connection: Connection, names: Sequence[str]) -> dict[str, Version]:
    v, f = _VERSIONS.c, _FILES.c
    newest = (
        select(v.dataset, func.max(v.number).label("number"))
        .where(v.dataset.in_(names), ~v.withdrawn)
        .group_by(v.dataset)
        .subquery()
    )
    same = and_(v.dataset == newest.c.dataset, v.number == newest.c.number)
    rows = connection.execute(select(v.dataset, v.number, v.created).join(newest, same)).all()
    files = defaultdict(list)
    same = and_(f.dataset == newest.c.dataset, f.version == newest.c.number)
    for row in connection.execute(select(_FILES).join(newest, same)).mappings():
        files[row["dataset"]].append(_file(row))
    return {
        row.dataset: Version(row.dataset, row.number, row.created, tuple(files[row.dataset]))
        for row in rows
    }


def _file(row: Any) -> Distribution:
    columns = tuple(Column(c[0], c[1], Text(c[2], c[3])) for c in row["columns"])
    return Distribution(
        row["name"], "", "", 0, "", columns=columns, crs=row["crs"],
        role=DistributionRole(row["role"]),
    )  # fmt: skip
