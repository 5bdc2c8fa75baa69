"""The files of a version in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    ForeignKeyConstraint,
    Integer,
    String,
    Table,
    tuple_,
)

from polderlab_catalog.domain.datasets import Column as DataColumn
from polderlab_catalog.domain.datasets import Distribution, DistributionRole, Profile, Version
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.storage.rows import many, upsert
from polderlab_catalog.storage.types import metadata

distributions = Table(
    "distributions",
    metadata,
    Column("dataset", String, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("name", String, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("media_type", String, nullable=False),
    Column("path", String, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String, nullable=False),
    Column("rows", BigInteger),
    Column("columns", JSON, nullable=False),
    Column("crs", String),
    Column("bbox", JSON(none_as_null=True)),
    Column("role", String, nullable=False, server_default="data"),
    ForeignKeyConstraint(["dataset", "version"], ["versions.dataset", "versions.number"]),
)


_AT_ONCE = 1_000
"""Versions per query: databases bound how many values one may hold."""


class Distributions:
    """Files by dataset, version and name; written once, with their version."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, versions: set[tuple[str, int]]) -> dict[tuple[str, int], tuple[Distribution, ...]]:
        """Return the files of each of ``versions`` (dataset, number), in order."""
        c, wanted = distributions.c, sorted(versions)
        found = defaultdict(list)
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            for row in many(
                self._connection,
                distributions,
                # SQLite finds no index for pairs: the names lead it to these few rows.
                c.dataset.in_(sorted({name for name, _ in some})),
                tuple_(c.dataset, c.version).in_(some),
                order=(c.position,),
            ):
                found[row["dataset"], row["version"]].append(
                    distribution_of(row, columns_of(row["columns"]))
                )
        return {key: tuple(files) for key, files in found.items()}

    def put(self, version: Version) -> None:
        """Keep the files of ``version``."""
        for position, file in enumerate(version.distributions):
            upsert(
                self._connection,
                distributions,
                {
                    "dataset": version.dataset,
                    "version": version.number,
                    "name": file.name,
                    "position": position,
                    "media_type": file.media_type,
                    "path": file.path,
                    "bytes": file.bytes,
                    "sha256": file.sha256,
                    "rows": file.rows,
                    "columns": [_column_json(column) for column in file.columns],
                    "crs": file.crs,
                    "bbox": list(file.bbox) if file.bbox else None,
                    "role": file.role.value,
                },
            )


def distribution_of(row: Mapping[Any, Any], columns: tuple[DataColumn, ...]) -> Distribution:
    """Return the file of a row."""
    return Distribution(
        name=row["name"],
        media_type=row["media_type"],
        path=row["path"],
        bytes=row["bytes"],
        sha256=row["sha256"],
        rows=row["rows"],
        columns=columns,
        crs=row["crs"],
        bbox=tuple(row["bbox"]) if row["bbox"] else None,
        role=DistributionRole(row["role"]),
    )


def columns_of(stored: list[Any]) -> tuple[DataColumn, ...]:
    """Return the columns as they were stored."""
    return tuple(_column(*column) for column in stored)


def _column_json(column: DataColumn) -> list[Any]:
    """Return a column as it is stored: four texts, and the profile where there is one."""
    stored = [column.name, column.type, column.meaning.nl, column.meaning.en]
    return [*stored, asdict(column.profile)] if column.profile else stored


def _column(
    name: str, type_: str, nl: str, en: str, profile: dict[str, Any] | None = None
) -> DataColumn:
    if profile is None:
        return DataColumn(name, type_, Text(nl, en))
    top = tuple((value, count) for value, count in profile["top"])
    # Profiles of before there were bins have none.
    counted = {**profile, "top": top, "bins": tuple(profile.get("bins", ()))}
    return DataColumn(name, type_, Text(nl, en), Profile(**counted))
