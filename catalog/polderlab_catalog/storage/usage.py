"""What was used, from the database's sessions and log; samples of the disk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    String,
    Table,
    and_,
    cast,
    func,
    not_,
    or_,
    select,
    union_all,
)

from polderlab_catalog.application import ports
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.usage import DiskSample, Month, Span, Use
from polderlab_catalog.storage.audit import audit_log
from polderlab_catalog.storage.projects import projects
from polderlab_catalog.storage.rows import many, upsert
from polderlab_catalog.storage.sessions import STILL_OPEN, sessions
from polderlab_catalog.storage.types import metadata

disk_samples = Table(
    "disk_samples",
    metadata,
    Column("day", Date, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("bytes", BigInteger, nullable=False),
)

_SPAN = [
    sessions.c[name]
    for name in ("id", "username", "project", "cpus", "memory_bytes", "started", "closed")
]


class Usage(ports.Usage):
    """Adds up what is there already; only the samples of the disk are kept for it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def spans(
        self, begins: datetime, ends: datetime, *, organisation: str | None = None
    ) -> Sequence[Span]:
        c = sessions.c
        statement = (
            select(*_SPAN)
            .where(or_(c.closed > begins, c.closed.is_(None)), c.started < ends)
            .order_by(c.started, c.id)
        )
        if organisation is not None:
            theirs = select(projects.c.slug).where(projects.c.organisation == organisation)
            statement = statement.where(c.project.in_(theirs))
        return [Span(*row) for row in self._connection.execute(statement)]

    def used(
        self, month: Month, now: datetime, *, organisation: str
    ) -> Mapping[tuple[str, str], Use]:
        c = sessions.c
        slugs = select(projects.c.slug).where(projects.c.organisation == organisation)
        theirs = c.project.in_(slugs)
        within = and_(
            c.started >= month.begins, c.closed <= month.ends, c.microseconds.is_not(None)
        )
        whole = (
            select(c.project, c.username, c.cpus, c.memory_bytes, func.sum(c.microseconds))
            .where(theirs, c.closed > month.begins, within)
            .group_by(c.project, c.username, c.cpus, c.memory_bytes)
        )
        found: defaultdict[tuple[str, str], Use] = defaultdict(Use)
        for project, username, cpus, memory, time in self._connection.execute(whole):
            # PostgreSQL adds whole numbers up to a decimal
            found[project, username] += Use.held(cpus, memory, max(int(time), 0))
        over_the_edge = select(*_SPAN).where(theirs, c.closed > month.begins, not_(within))
        still_open = select(*_SPAN).where(theirs, STILL_OPEN)
        for row in self._connection.execute(union_all(over_the_edge, still_open)):
            span = Span(*row)
            found[span.project, span.username] += Use.of(span, month, now)
        return found

    def bytes_read(self, begins: datetime, ends: datetime) -> Mapping[str, int]:
        c = audit_log.c
        # Not as_integer(): that is 32 bits in PostgreSQL, and a read may be of more than 2 GiB.
        size = cast(c.details["bytes"].as_string(), BigInteger)
        statement = (
            select(c.session, func.sum(size))
            .where(
                c.action == AuditAction.DATASET_READ.value,
                c.session != "",
                c.at >= begins,
                c.at < ends,
            )
            .group_by(c.session)
        )
        return {row[0]: int(row[1] or 0) for row in self._connection.execute(statement)}

    def put_sample(self, sample: DiskSample) -> None:
        upsert(
            self._connection,
            disk_samples,
            {
                "day": sample.day,
                "kind": sample.kind,
                "name": sample.name,
                "bytes": sample.bytes,
            },
        )

    def samples(self, first: date, last: date) -> Sequence[DiskSample]:
        c = disk_samples.c
        rows = many(self._connection, disk_samples, c.day >= first, c.day <= last)
        return [DiskSample(row["day"], row["kind"], row["name"], row["bytes"]) for row in rows]
