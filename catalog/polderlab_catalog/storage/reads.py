"""Reads under way in the database; see :mod:`.read_facts` for how a request is decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, delete

from polderlab_catalog.application import ports
from polderlab_catalog.domain.reads import Brief, Read, ReadFacts
from polderlab_catalog.storage.briefs import briefs
from polderlab_catalog.storage.read_facts import facts
from polderlab_catalog.storage.rows import many, upsert
from polderlab_catalog.storage.types import Instant, metadata

reads = Table(
    "reads",
    metadata,
    Column("id", String, primary_key=True),
    Column("session", String, nullable=False),
    Column("username", String, nullable=False),
    Column("project", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("origin", String, nullable=False),
    Column("dataset", String, nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("file", String, nullable=False),
    Column("started", Instant, nullable=False),
    Column("last", Instant, nullable=False),
    Column("requests", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("journal", String, nullable=False, index=True),
)


class Reads(ports.Reads):
    """Reads by id, journal and dataset."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def facts(
        self,
        dataset: str,
        version: int | None,
        file: str,
        *,
        token_hash: str | None = None,
        session: str | None = None,
    ) -> ReadFacts:
        return facts(
            self._connection, dataset, version, file, token_hash=token_hash, session=session
        )

    def briefs(self, project: str, language: str) -> Sequence[Brief]:
        return briefs(self._connection, project, language)

    def find(self, *, journal: str | None = None, dataset: str | None = None) -> Sequence[Read]:
        where = []
        if journal is not None:
            where.append(reads.c.journal == journal)
        if dataset is not None:
            where.append(reads.c.dataset == dataset)
        rows = many(self._connection, reads, *where, order=(reads.c.started, reads.c.id))
        return [Read(**row) for row in rows]

    def put(self, read: Read) -> None:
        upsert(self._connection, reads, asdict(read))

    def remove(self, read_id: str) -> None:
        self._connection.execute(delete(reads).where(reads.c.id == read_id))
