"""Sessions in the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    RowMapping,
    String,
    Table,
    and_,
    func,
    select,
    text,
    update,
)

from polderlab_catalog.application import ports
from polderlab_catalog.domain.sessions import Session, SessionState
from polderlab_catalog.domain.usage import MICROSECOND
from polderlab_catalog.storage.projects import projects
from polderlab_catalog.storage.rows import one, upsert
from polderlab_catalog.storage.types import Instant, metadata

IS_OPEN = text("state <> 'closed'")
"""Spelled as in the index, with a literal, so that both databases use it."""

sessions = Table(
    "sessions",
    metadata,
    Column("id", String, primary_key=True),
    Column("username", ForeignKey("people.username"), nullable=False),
    Column("project", ForeignKey("projects.slug"), nullable=False),
    Column("image", String, nullable=False),
    Column("size", String, nullable=False),
    Column("cpus", Float, nullable=False),
    Column("memory_bytes", BigInteger, nullable=False),
    Column("token_hash", String, nullable=False, unique=True),
    Column("state", String, nullable=False),
    Column("started", Instant, nullable=False),
    Column("language", String, nullable=False),
    Column("container", String),
    Column("address", String),
    Column("closed", Instant),
    Column("close_reason", String, nullable=False),
    Column("seen", Instant),
    Column("stop_at", Instant),
    Column("stop_reason", String, nullable=False, server_default=""),
    # How long it held its place, once that is over: sums need look at no dates.
    Column("microseconds", BigInteger),
    # What an organisation used in a month is added up, project by project, from the sessions that
    # had not ended before it; those that are open have no end.
    Index("ix_sessions_project_closed", "project", "closed"),
    Index("ix_sessions_username_project_started", "username", "project", "started"),
    # One open session per person and project, whatever the code above does wrong.
    Index(
        "uq_sessions_open",
        "username",
        "project",
        unique=True,
        sqlite_where=IS_OPEN,
        postgresql_where=IS_OPEN,
    ),
)


STILL_OPEN = and_(IS_OPEN, sessions.c.closed.is_(None))
"""The same twice over, so that either index finds them: by person, and by project."""


class Sessions(ports.Sessions):
    """Sessions by id, token hash, person and project."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, session_id: str) -> Session | None:
        row = one(self._connection, sessions, sessions.c.id == session_id)
        return session_of(row) if row else None

    def by_token_hash(self, token_hash: str) -> Session | None:
        row = one(self._connection, sessions, sessions.c.token_hash == token_hash)
        return session_of(row) if row else None

    def open(
        self,
        *,
        username: str | None = None,
        project: str | None = None,
        organisation: str | None = None,
    ) -> Sequence[Session]:
        c = sessions.c
        statement = select(sessions).where(STILL_OPEN).order_by(c.started, c.id)
        if username is not None:
            statement = statement.where(c.username == username)
        if project is not None:
            statement = statement.where(c.project == project)
        if organisation is not None:
            theirs = select(projects.c.slug).where(projects.c.organisation == organisation)
            statement = statement.where(c.project.in_(theirs))
        return [session_of(row) for row in self._connection.execute(statement).mappings()]

    def seen(self, ids: Collection[str], at: datetime) -> None:
        c = sessions.c
        self._connection.execute(update(sessions).where(c.id.in_(ids), IS_OPEN).values(seen=at))

    def latest(self, username: str, projects: Collection[str]) -> Mapping[str, Session]:
        c = sessions.c
        newest_first = func.row_number().over(
            partition_by=c.project, order_by=(c.started.desc(), c.id.desc())
        )
        ranked = (
            select(c.id, newest_first.label("place"))
            .where(c.username == username, c.project.in_(projects))
            .subquery()
        )
        newest = select(ranked.c.id).where(ranked.c.place == 1)
        found = self._connection.execute(select(sessions).where(c.id.in_(newest))).mappings()
        return {row["project"]: session_of(row) for row in found}

    def put(self, session: Session) -> None:
        ended, held = session.closed, None
        if ended is not None:
            held = (ended.astimezone(UTC) - session.started.astimezone(UTC)) // MICROSECOND
        row = {**asdict(session), "state": session.state.value, "microseconds": held}
        upsert(self._connection, sessions, row)


def session_of(row: RowMapping) -> Session:
    """Return the session of a row."""
    told = {**row, "state": SessionState(row["state"])}
    del told["microseconds"]
    return Session(**told)
