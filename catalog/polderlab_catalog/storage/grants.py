"""Grants in the database; ended ones stay as history."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    RowMapping,
    String,
    Subquery,
    Table,
    select,
)

from polderlab_catalog.application import ports
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.storage.rows import one, upsert
from polderlab_catalog.storage.scopes import scope_json, scope_of
from polderlab_catalog.storage.types import Instant, metadata

grants = Table(
    "grants",
    metadata,
    Column("id", String, primary_key=True),
    Column("dataset", ForeignKey("datasets.name"), nullable=False),
    Column("project", ForeignKey("projects.slug"), nullable=False),
    Column("starts", Instant, nullable=False),
    Column("ends", Instant, nullable=False),
    Column("granted_by", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("revoked", Instant),
    Column("revoked_by", String),
    Column("scope", JSON(none_as_null=True)),
    Column("conditions", String, nullable=False, server_default=""),
    Column("request", String),
    Index(None, "dataset", "project"),
    # What a project may read is told by this index alone, see :func:`granted`.
    Index("ix_grants_project", "project", "dataset", "starts", "ends", "revoked"),
)

_NAMES = [field.name for field in fields(Grant)]
_FIELDS, _SCOPE = [grants.c[name] for name in _NAMES], _NAMES.index("scope")


class Grants(ports.Grants):
    """Grants by id, dataset and project."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, grant_id: str) -> Grant | None:
        row = one(self._connection, grants, grants.c.id == grant_id)
        return grant_of(row) if row else None

    def find(
        self,
        *,
        dataset: str | None = None,
        project: str | None = None,
        datasets: Collection[str] | None = None,
    ) -> Sequence[Grant]:
        where: list[ColumnElement[bool]] = []
        if datasets is not None:
            where.append(grants.c.dataset.in_(sorted(datasets)))
        if dataset is not None:
            where.append(grants.c.dataset == dataset)
        if project is not None:
            where.append(grants.c.project == project)
        statement = select(*_FIELDS).where(*where).order_by(grants.c.starts, grants.c.id)
        # By position: there can be ten thousand, and names cost.
        rows: Sequence[Any] = self._connection.execute(statement).all()
        return [Grant(*[*row[:_SCOPE], scope_of(row[_SCOPE]), *row[_SCOPE + 1 :]]) for row in rows]

    def put(self, grant: Grant) -> None:
        upsert(self._connection, grants, {**asdict(grant), "scope": scope_json(grant.scope)})


def granted(projects: Collection[str], now: datetime) -> Subquery:
    """Return ``dataset`` and ``project`` of the grants that give ``projects`` access at ``now``.

    As :meth:`Grant.live` says it, for places that count what can be read; whether somebody may
    read is decided in policy.
    """
    c = grants.c
    live = (c.revoked.is_(None), c.starts <= now, c.ends > now)
    return select(c.dataset, c.project).where(c.project.in_(sorted(projects)), *live).subquery()


def grant_of(row: RowMapping) -> Grant:
    """Return the grant of a row."""
    return Grant(**{**row, "scope": scope_of(row["scope"])})
