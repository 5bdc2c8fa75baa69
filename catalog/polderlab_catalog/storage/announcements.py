"""Announcements in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import JSON, Column, Connection, RowMapping, String, Table, select

from polderlab_catalog.application import ports
from polderlab_catalog.domain.announcements import Announcement, Audience
from polderlab_catalog.storage.rows import one, upsert
from polderlab_catalog.storage.types import Bilingual, Instant, metadata

announcements = Table(
    "announcements",
    metadata,
    Column("id", String, primary_key=True),
    Column("text", Bilingual, nullable=False),
    Column("audience", String, nullable=False),
    Column("names", JSON, nullable=False),
    Column("starts", Instant, nullable=False),
    Column("ends", Instant, nullable=False, index=True),
    Column("by", String, nullable=False),
    Column("made", Instant, nullable=False),
    Column("withdrawn", Instant),
)


class Announcements(ports.Announcements):
    """Announcements by id."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, announcement_id: str) -> Announcement | None:
        row = one(self._connection, announcements, announcements.c.id == announcement_id)
        return _announcement(row) if row else None

    def find(self, *, after: datetime | None = None, limit: int = 200) -> Sequence[Announcement]:
        c = announcements.c
        statement = select(announcements).order_by(c.made.desc(), c.id).limit(limit)
        if after is not None:
            statement = statement.where(c.ends > after, c.withdrawn.is_(None))
        return [_announcement(row) for row in self._connection.execute(statement).mappings()]

    def put(self, announcement: Announcement) -> None:
        values = {
            **asdict(announcement),
            "text": announcement.text,
            "audience": announcement.audience.value,
            "names": list(announcement.names),
        }
        upsert(self._connection, announcements, values)


def _announcement(row: RowMapping) -> Announcement:
    return Announcement(
        **{**row, "audience": Audience(row["audience"]), "names": tuple(row["names"])}
    )
