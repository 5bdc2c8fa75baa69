"""Notices in the database, with how far their mail is: the outbox is this table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    RowMapping,
    String,
    Table,
    func,
    or_,
    select,
    text,
)

from polderlab_catalog.application import ports
from polderlab_catalog.domain.notices import MailState, Notice, NoticeKind
from polderlab_catalog.storage.rows import one, upsert
from polderlab_catalog.storage.types import Instant, metadata

_OPEN = "mail IN ('waiting', 'sending')"

notices = Table(
    "notices",
    metadata,
    Column("id", String, primary_key=True),
    Column("username", ForeignKey("people.username"), nullable=False),
    Column("kind", String, nullable=False),
    Column("made", Instant, nullable=False),
    Column("details", JSON, nullable=False),
    Column("path", String, nullable=False),
    Column("read", Instant),
    Column("mail", String, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_try", Instant),
    Column("error", String, nullable=False),
    Index("ix_notices_username_made", "username", "made"),
    Index("ix_notices_outbox", "made", sqlite_where=text(_OPEN), postgresql_where=text(_OPEN)),
)


class Notices(ports.Notices):
    """Notices by occasion and person."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, notice_id: str) -> Notice | None:
        row = one(self._connection, notices, notices.c.id == notice_id)
        return _notice(row) if row else None

    def of(self, username: str, limit: int = 100) -> Sequence[Notice]:
        c = notices.c
        statement = select(notices).where(c.username == username)
        return self._all(statement.order_by(c.made.desc(), c.id).limit(limit))

    def unread(self, username: str) -> int:
        c = notices.c
        statement = select(func.count()).where(c.username == username, c.read.is_(None))
        return int(self._connection.execute(statement).scalar_one())

    def add(self, notice: Notice) -> bool:
        if self.get(notice.id) is not None:
            return False
        self.put(notice)
        return True

    def put(self, notice: Notice) -> None:
        values = {
            **asdict(notice),
            "kind": notice.kind.value,
            "mail": notice.mail.value,
            "details": dict(notice.details),
        }
        upsert(self._connection, notices, values)

    def outbox(self, now: datetime, limit: int = 50) -> Sequence[Notice]:
        c = notices.c
        due = or_(c.next_try.is_(None), c.next_try <= now)
        statement = select(notices).where(text(_OPEN), due).order_by(c.made, c.id)
        return self._all(statement.limit(limit))

    def failed(self, limit: int = 50) -> Sequence[Notice]:
        c = notices.c
        lost = (MailState.FAILED.value, MailState.UNSURE.value, MailState.WAITING.value)
        statement = select(notices).where(c.mail.in_(lost), c.error != "")
        return self._all(statement.order_by(c.made.desc(), c.id).limit(limit))

    def _all(self, statement: object) -> list[Notice]:
        rows = self._connection.execute(statement).mappings()  # type: ignore[call-overload]
        return [_notice(row) for row in rows]


def _notice(row: RowMapping) -> Notice:
    return Notice(**{**row, "kind": NoticeKind(row["kind"]), "mail": MailState(row["mail"])})
