"""Files on their way in, in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    RowMapping,
    String,
    Table,
    and_,
    delete,
    or_,
    select,
)

from polderlab_catalog.application import ports
from polderlab_catalog.domain.ingests import Finding, Ingest, IngestState, Severity
from polderlab_catalog.storage.rows import one, upsert
from polderlab_catalog.storage.types import Bilingual, Instant, metadata

_WAITING = (IngestState.RECEIVED.value, IngestState.QUEUED.value)
_OPEN = tuple(state.value for state in IngestState if state.open)

ingests = Table(
    "ingests",
    metadata,
    Column("id", String, primary_key=True),
    Column("dataset", ForeignKey("datasets.name"), nullable=False),
    Column("actor", String, nullable=False),
    Column("file", String, nullable=False),
    Column("path", String, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("created", Instant, nullable=False),
    Column("state", String, nullable=False, index=True),
    Column("confirm", Boolean, nullable=False),
    Column("options", JSON, nullable=False),
    Column("choices", JSON, nullable=False),
    Column("preview", JSON, nullable=False),
    Column("step", String, nullable=False),
    Column("progress", Float, nullable=False),
    Column("findings", JSON, nullable=False),
    Column("note", Bilingual, nullable=False),
    Column("project", String, nullable=False),
    Column("session", String, nullable=False),
    Column("derived_from", JSON, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("started", Instant),
    Column("heartbeat", Instant),
    Column("finished", Instant),
    Column("version", Integer),
    Index("ix_ingests_dataset_created", "dataset", "created"),
)


class Ingests(ports.Ingests):
    """Ingests by id and dataset."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, ingest_id: str) -> Ingest | None:
        row = one(self._connection, ingests, ingests.c.id == ingest_id)
        return _ingest(row) if row else None

    def find(
        self, *, dataset: str | None = None, open_only: bool = False, limit: int = 50
    ) -> Sequence[Ingest]:
        c = ingests.c
        statement = select(ingests).order_by(c.created.desc(), c.id.desc()).limit(limit)
        if dataset is not None:
            statement = statement.where(c.dataset == dataset)
        if open_only:
            statement = statement.where(c.state.in_(_OPEN))
        return [_ingest(row) for row in self._connection.execute(statement).mappings()]

    def put(self, ingest: Ingest) -> None:
        # Shallow: what is nested is made fit for JSON one by one.
        values: dict[str, Any] = {each.name: getattr(ingest, each.name) for each in fields(ingest)}
        values |= {
            "state": ingest.state.value,
            "options": dict(ingest.options),
            "choices": {name: list(values) for name, values in ingest.choices.items()},
            "preview": [list(row) for row in ingest.preview],
            "findings": [
                {**asdict(finding), "severity": finding.severity.value}
                for finding in ingest.findings
            ],
            "derived_from": list(ingest.derived_from),
        }
        upsert(self._connection, ingests, values)

    def remove(self, dataset: str) -> None:
        self._connection.execute(delete(ingests).where(ingests.c.dataset == dataset))

    def next(self, dead_since: datetime) -> Ingest | None:
        c = ingests.c
        dead = and_(c.state == IngestState.RUNNING.value, c.heartbeat < dead_since)
        statement = (
            select(ingests)
            .where(or_(c.state.in_(_WAITING), dead))
            .order_by(c.created, c.id)
            .limit(1)
        )
        row = self._connection.execute(statement).mappings().one_or_none()
        return _ingest(row) if row else None


def _ingest(row: RowMapping) -> Ingest:
    return Ingest(
        **{
            **row,
            "state": IngestState(row["state"]),
            "choices": {name: tuple(values) for name, values in row["choices"].items()},
            "preview": tuple(tuple(each) for each in row["preview"]),
            "findings": tuple(_finding(each) for each in row["findings"]),
            "derived_from": tuple(row["derived_from"]),
        }
    )


def _finding(stored: Mapping[str, Any]) -> Finding:
    return Finding(**{**stored, "severity": Severity(stored["severity"])})
