"""Live sources in the database; their credentials stay sealed there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Integer,
    RowMapping,
    String,
    Table,
    delete,
)

from polderlab_catalog.application import ports
from polderlab_catalog.domain.sources import Parameter, Source, SourceKind
from polderlab_catalog.storage.rows import many, one, upsert
from polderlab_catalog.storage.scopes import scope_json, scope_of
from polderlab_catalog.storage.types import Instant, metadata

sources = Table(
    "sources",
    metadata,
    Column("dataset", ForeignKey("datasets.name"), primary_key=True),
    Column("kind", String, nullable=False),
    Column("location", String, nullable=False),
    Column("sealed", String, nullable=False),
    Column("table", String, nullable=False),
    Column("query", String, nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("scope", JSON(none_as_null=True)),
    Column("timeout_seconds", Integer, nullable=False),
    Column("row_limit", BigInteger, nullable=False),
    Column("snapshot_hours", Integer),
    Column("snapshot_at", Instant),
    Column("problem", String, nullable=False),
    Column("problem_columns", String, nullable=False),
    Column("problem_at", Instant),
)


class Sources(ports.Sources):
    """Sources by the dataset they are."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, dataset: str) -> Source | None:
        row = one(self._connection, sources, sources.c.dataset == dataset)
        return _source(row) if row else None

    def all(self) -> Sequence[Source]:
        return [_source(row) for row in many(self._connection, sources)]

    def put(self, source: Source) -> None:
        upsert(
            self._connection,
            sources,
            {
                **asdict(source),
                "kind": source.kind.value,
                "parameters": [asdict(parameter) for parameter in source.parameters],
                "scope": scope_json(source.scope),
            },
        )

    def remove(self, dataset: str) -> bool:
        done = self._connection.execute(delete(sources).where(sources.c.dataset == dataset))
        return done.rowcount > 0


def _source(row: RowMapping) -> Source:
    return Source(
        **{
            **row,
            "kind": SourceKind(row["kind"]),
            "parameters": tuple(Parameter(**each) for each in row["parameters"]),
            "scope": scope_of(row["scope"]),
        }
    )
