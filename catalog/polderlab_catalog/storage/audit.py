"""The audit log in the database. The database itself refuses to change or remove a line."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    RowMapping,
    String,
    Table,
    insert,
    select,
)

from polderlab_catalog.application import ports
from polderlab_catalog.domain.audit import AuditAction, AuditEvent, AuditRecord, Outcome
from polderlab_catalog.domain.chain import seal
from polderlab_catalog.storage.types import Instant, metadata

audit_log = Table(
    "audit_log",
    metadata,
    # SQLite gives only INTEGER keys their fast path.
    Column(
        "number",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("at", Instant, nullable=False),
    Column("action", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("object", String, nullable=False),
    Column("project", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("session", String, nullable=False),
    Column("origin", String, nullable=False),
    Column("details", JSON, nullable=False),
    Column("previous", String, nullable=False),
    Column("hash", String, nullable=False, unique=True),
    Index(None, "object", "number"),
    Index(None, "actor", "number"),
    Index(None, "project", "number"),
    Index(None, "at"),
)

_PAGE = 1000


class AuditLog(ports.AuditLog):
    """Lines by number."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, event: AuditEvent, at: datetime) -> AuditRecord:
        last = next(iter(self.search(limit=1)), None)
        record = seal(event, at, last)
        self._connection.execute(
            insert(audit_log).values(
                number=record.number,
                at=record.at,
                action=event.action.value,
                actor=event.actor,
                outcome=event.outcome.value,
                object=event.object,
                project=event.project,
                purpose=event.purpose,
                session=event.session,
                origin=event.origin,
                details=dict(event.details),
                previous=record.previous,
                hash=record.hash,
            )
        )
        return record

    def records(self) -> Iterator[AuditRecord]:
        after = 0
        while True:
            page = select(audit_log).where(audit_log.c.number > after)
            rows = self._connection.execute(page.order_by(audit_log.c.number).limit(_PAGE))
            records = [_record(row) for row in rows.mappings()]
            yield from records
            if len(records) < _PAGE:
                return
            after = records[-1].number

    def search(
        self,
        *,
        action: AuditAction | None = None,
        actor: str | None = None,
        object: str | None = None,
        project: str | None = None,
        session: str | None = None,
        limit: int = 100,
        actions: Collection[AuditAction] = (),
        before: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[AuditRecord]:
        wanted = {
            "action": action,
            "actor": actor,
            "object": object,
            "project": project,
            "session": session,
        }
        statement = select(audit_log).order_by(audit_log.c.number.desc()).limit(limit)
        for name, value in wanted.items():
            if value is not None:
                statement = statement.where(audit_log.c[name] == str(value))
        if actions:
            statement = statement.where(audit_log.c.action.in_([each.value for each in actions]))
        if before is not None:
            statement = statement.where(audit_log.c.number < before)
        if since is not None:
            statement = statement.where(audit_log.c.at >= since)
        if until is not None:
            statement = statement.where(audit_log.c.at < until)
        return [_record(row) for row in self._connection.execute(statement).mappings()]


def _record(row: RowMapping) -> AuditRecord:
    event = AuditEvent(
        action=AuditAction(row["action"]),
        actor=row["actor"],
        outcome=Outcome(row["outcome"]),
        object=row["object"],
        project=row["project"],
        purpose=row["purpose"],
        session=row["session"],
        origin=row["origin"],
        details=row["details"],
    )
    return AuditRecord(row["number"], row["at"], event, row["previous"], row["hash"])
