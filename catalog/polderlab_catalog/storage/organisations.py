"""Organisations in the database."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    RowMapping,
    String,
    Table,
)

from polderlab_catalog.application import ports
from polderlab_catalog.domain.organisations import Allocation, Organisation, OrganisationKind
from polderlab_catalog.storage.rows import many, one, upsert
from polderlab_catalog.storage.types import Bilingual, metadata

organisations = Table(
    "organisations",
    metadata,
    Column("slug", String, primary_key=True),
    Column("name", Bilingual, nullable=False),
    Column("kind", String, nullable=False),
    Column("cpus", Float, nullable=False),
    Column("memory_bytes", BigInteger, nullable=False),
    Column("sessions", Integer, nullable=False),
    Column("suspended", Boolean, nullable=False),
    Column("identifier", String, nullable=False, server_default=""),
)


class Organisations(ports.Organisations):
    """Organisations by slug."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, slug: str) -> Organisation | None:
        row = one(self._connection, organisations, organisations.c.slug == slug)
        return organisation_of(row) if row else None

    def all(self) -> Sequence[Organisation]:
        return [organisation_of(row) for row in many(self._connection, organisations)]

    def put(self, organisation: Organisation) -> None:
        upsert(
            self._connection,
            organisations,
            {
                "slug": organisation.slug,
                "name": organisation.name,
                "kind": organisation.kind.value,
                "cpus": organisation.allocation.cpus,
                "memory_bytes": organisation.allocation.memory_bytes,
                "sessions": organisation.allocation.sessions,
                "suspended": organisation.suspended,
                "identifier": organisation.identifier,
            },
        )


def organisation_of(row: RowMapping) -> Organisation:
    """Return the organisation of a row."""
    return Organisation(
        slug=row["slug"],
        name=row["name"],
        kind=OrganisationKind(row["kind"]),
        allocation=Allocation(row["cpus"], row["memory_bytes"], row["sessions"]),
        suspended=row["suspended"],
        identifier=row["identifier"],
    )
