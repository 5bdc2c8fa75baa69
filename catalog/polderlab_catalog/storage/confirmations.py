"""Confirmations in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Column, ColumnElement, Connection, ForeignKey, RowMapping, String, Table

from polderlab_catalog.application import ports
from polderlab_catalog.domain.confirmations import Confirmation, Matter
from polderlab_catalog.storage.rows import many, one, upsert
from polderlab_catalog.storage.types import Instant, metadata

confirmations = Table(
    "confirmations",
    metadata,
    Column("kind", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("organisation", ForeignKey("organisations.slug"), nullable=False, index=True),
    Column("due", Instant, nullable=False),
    Column("asked", Instant),
    Column("deadline", Instant),
    Column("confirmed", Instant),
    Column("confirmed_by", String, nullable=False),
    Column("ended", Instant),
)


class Confirmations(ports.Confirmations):
    """Confirmations by what they are about."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, kind: Matter, key: str) -> Confirmation | None:
        c = confirmations.c
        row = one(self._connection, confirmations, c.kind == kind.value, c.key == key)
        return _confirmation(row) if row else None

    def find(
        self,
        *,
        organisation: str | None = None,
        asked_only: bool = False,
    ) -> Sequence[Confirmation]:
        c = confirmations.c
        where: list[ColumnElement[bool]] = [c.ended.is_(None)]
        if organisation is not None:
            where.append(c.organisation == organisation)
        if asked_only:
            where.append(c.asked.is_not(None))
        return [_confirmation(row) for row in many(self._connection, confirmations, *where)]

    def put(self, confirmation: Confirmation) -> None:
        values = {**asdict(confirmation), "kind": confirmation.kind.value}
        upsert(self._connection, confirmations, values)


def _confirmation(row: RowMapping) -> Confirmation:
    return Confirmation(**{**row, "kind": Matter(row["kind"])})
