"""Access requests in the database, each with its whole conversation in one row."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    ForeignKey,
    Index,
    RowMapping,
    String,
    Table,
    select,
    text,
)

from polderlab_catalog.application import ports
from polderlab_catalog.domain.projects import LegalBasis
from polderlab_catalog.domain.requests import (
    AccessRequest,
    Approval,
    ApprovalRole,
    Message,
    RequestState,
)
from polderlab_catalog.storage.datasets import datasets
from polderlab_catalog.storage.rows import many, one, upsert
from polderlab_catalog.storage.scopes import scope_json, scope_of
from polderlab_catalog.storage.types import Instant, metadata

_OPEN = (RequestState.OPEN.value, RequestState.QUESTIONED.value)
_IS_OPEN = text("state IN ('open', 'questioned')")

requests = Table(
    "access_requests",
    metadata,
    Column("id", String, primary_key=True),
    Column("dataset", ForeignKey("datasets.name"), nullable=False, index=True),
    Column("project", ForeignKey("projects.slug"), nullable=False, index=True),
    Column("asked_by", String, nullable=False),
    Column("asked", Instant, nullable=False),
    Column("purpose", String, nullable=False),
    Column("legal_basis", String, nullable=False),
    Column("until", Date, nullable=False),
    Column("columns", JSON, nullable=False),
    Column("state", String, nullable=False, index=True),
    Column("approvals", JSON, nullable=False),
    Column("messages", JSON, nullable=False),
    Column("scope", JSON(none_as_null=True)),
    Column("granted_until", Date),
    Column("conditions", String, nullable=False),
    Column("decided", Instant),
    Column("decided_by", String, nullable=False),
    Column("reason", String, nullable=False),
    # One open request per dataset and project, whatever the code above does wrong.
    Index(
        "uq_access_requests_open",
        "dataset",
        "project",
        unique=True,
        sqlite_where=_IS_OPEN,
        postgresql_where=_IS_OPEN,
    ),
)


class Requests(ports.Requests):
    """Access requests by id, dataset, project and owner."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, request_id: str) -> AccessRequest | None:
        row = one(self._connection, requests, requests.c.id == request_id)
        return _request(row) if row else None

    def find(
        self,
        *,
        dataset: str | None = None,
        project: str | None = None,
        projects: Collection[str] | None = None,
        organisation: str | None = None,
        open_only: bool = False,
    ) -> Sequence[AccessRequest]:
        where = []
        if dataset is not None:
            where.append(requests.c.dataset == dataset)
        if project is not None:
            where.append(requests.c.project == project)
        if projects is not None:
            where.append(requests.c.project.in_(projects))
        if organisation is not None:
            own = select(datasets.c.name).where(datasets.c.organisation == organisation)
            where.append(requests.c.dataset.in_(own))
        if open_only:
            where.append(requests.c.state.in_(_OPEN))
        order = (requests.c.asked.desc(), requests.c.id.desc())
        return [_request(row) for row in many(self._connection, requests, *where, order=order)]

    def put(self, request: AccessRequest) -> None:
        values = {
            **asdict(request),
            "legal_basis": request.legal_basis.value,
            "columns": list(request.columns),
            "state": request.state.value,
            "approvals": [
                [each.role.value, each.by, each.at.isoformat(), each.note]
                for each in request.approvals
            ],
            "messages": [[each.by, each.at.isoformat(), each.text] for each in request.messages],
            "scope": scope_json(request.scope),
        }
        upsert(self._connection, requests, values)


def _request(row: RowMapping) -> AccessRequest:
    stored: dict[str, Any] = {
        **row,
        "legal_basis": LegalBasis(row["legal_basis"]),
        "columns": tuple(row["columns"]),
        "state": RequestState(row["state"]),
        "approvals": tuple(
            Approval(ApprovalRole(role), by, datetime.fromisoformat(at), note)
            for role, by, at, note in row["approvals"]
        ),
        "messages": tuple(
            Message(by, datetime.fromisoformat(at), said) for by, at, said in row["messages"]
        ),
        "scope": scope_of(row["scope"]),
    }
    return AccessRequest(**stored)
