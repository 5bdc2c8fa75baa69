"""Harvests in the database, and what each of them described."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Column, Connection, ForeignKey, Integer, RowMapping, String, Table, delete

from polderlab_catalog.application import ports
from polderlab_catalog.domain.harvests import Harvest
from polderlab_catalog.storage.rows import many, one, upsert
from polderlab_catalog.storage.types import Instant, metadata

harvests = Table(
    "harvests",
    metadata,
    Column("id", String, primary_key=True),
    Column("url", String, nullable=False),
    Column("organisation", ForeignKey("organisations.slug"), nullable=False),
    Column("hours", Integer, nullable=False),
    Column("last", Instant),
    Column("error", String, nullable=False),
    Column("found", Integer, nullable=False),
)

harvested = Table(
    "harvested",
    metadata,
    Column("harvest", ForeignKey("harvests.id"), primary_key=True),
    Column("uri", String, primary_key=True),
    Column("dataset", ForeignKey("datasets.name"), nullable=False, unique=True),
)


class Harvests(ports.Harvests):
    """Harvests by id; the datasets they described by harvest and URI."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, harvest_id: str) -> Harvest | None:
        row = one(self._connection, harvests, harvests.c.id == harvest_id)
        return _harvest(row) if row else None

    def all(self) -> Sequence[Harvest]:
        return [_harvest(row) for row in many(self._connection, harvests)]

    def put(self, harvest: Harvest) -> None:
        upsert(
            self._connection,
            harvests,
            {
                "id": harvest.id,
                "url": harvest.url,
                "organisation": harvest.organisation,
                "hours": harvest.hours,
                "last": harvest.last,
                "error": harvest.error,
                "found": harvest.found,
            },
        )

    def remove(self, harvest_id: str) -> bool:
        gone = self._connection.execute(delete(harvests).where(harvests.c.id == harvest_id))
        return gone.rowcount > 0

    def described(self, harvest_id: str) -> Mapping[str, str]:
        rows = many(self._connection, harvested, harvested.c.harvest == harvest_id)
        return {row["uri"]: row["dataset"] for row in rows}

    def put_described(self, harvest_id: str, uri: str, dataset: str) -> None:
        values = {"harvest": harvest_id, "uri": uri, "dataset": dataset}
        upsert(self._connection, harvested, values)

    def forget_described(self, harvest_id: str, uri: str) -> None:
        self._connection.execute(
            delete(harvested).where(harvested.c.harvest == harvest_id, harvested.c.uri == uri)
        )


def _harvest(row: RowMapping) -> Harvest:
    return Harvest(
        id=row["id"],
        url=row["url"],
        organisation=row["organisation"],
        hours=row["hours"],
        last=row["last"],
        error=row["error"],
        found=row["found"],
    )
