"""Allocations and requests for more in the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import JSON, Column, Connection, Date, Float, RowMapping, String, Table, select

from polderlab_catalog.application import ports
from polderlab_catalog.domain.allocations import (
    Allocation,
    Extension,
    ExtensionState,
    Level,
    Resource,
)
from polderlab_catalog.storage.rows import many, one, upsert
from polderlab_catalog.storage.types import Instant, metadata

allocations = Table(
    "allocations",
    metadata,
    Column("level", String, primary_key=True),
    Column("limits", JSON, nullable=False),
)

extensions = Table(
    "extensions",
    metadata,
    Column("id", String, primary_key=True),
    Column("level", String, nullable=False, index=True),
    Column("resource", String, nullable=False),
    Column("amount", Float, nullable=False),
    Column("why", String, nullable=False),
    Column("asked_by", String, nullable=False),
    Column("asked", Instant, nullable=False),
    Column("until", Date, nullable=False),
    Column("state", String, nullable=False),
    Column("decided_by", String, nullable=False),
    Column("decided", Instant),
    Column("reason", String, nullable=False),
)


class Allocations(ports.Allocations):
    """Allocations by level; requests for more by id and level."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, levels: Collection[Level]) -> Mapping[Level, Allocation]:
        c = allocations.c
        rows = many(self._connection, allocations, c.level.in_([str(each) for each in levels]))
        known = {row["level"]: _allocation_of(row) for row in rows}
        return {level: known.get(str(level), Allocation()) for level in levels}

    def all(self) -> Mapping[Level, Allocation]:
        rows = many(self._connection, allocations)
        return {Level.parse(row["level"]): _allocation_of(row) for row in rows}

    def put(self, level: Level, allocation: Allocation) -> None:
        limits = {name: value for name, value in asdict(allocation).items() if value is not None}
        upsert(self._connection, allocations, {"level": str(level), "limits": limits})

    def extension(self, extension_id: str) -> Extension | None:
        row = one(self._connection, extensions, extensions.c.id == extension_id)
        return _extension_of(row) if row else None

    def extensions(
        self, levels: Collection[Level] | None = None, *, open_only: bool = False
    ) -> Sequence[Extension]:
        c = extensions.c
        statement = select(extensions).order_by(c.asked.desc(), c.id)
        if levels is not None:
            statement = statement.where(c.level.in_([str(level) for level in levels]))
        if open_only:
            statement = statement.where(c.state == ExtensionState.ASKED.value)
        return [_extension_of(row) for row in self._connection.execute(statement).mappings()]

    def put_extension(self, extension: Extension) -> None:
        upsert(
            self._connection,
            extensions,
            {
                **asdict(extension),
                "level": str(extension.level),
                "resource": extension.resource.value,
                "state": extension.state.value,
            },
        )


def _allocation_of(row: RowMapping) -> Allocation:
    limits = dict(row["limits"])
    for names in ("images", "sizes"):
        if names in limits:
            limits[names] = tuple(limits[names])
    return Allocation(**limits)


def _extension_of(row: RowMapping) -> Extension:
    return Extension(
        **{
            **row,
            "level": Level.parse(row["level"]),
            "resource": Resource(row["resource"]),
            "state": ExtensionState(row["state"]),
        }
    )
