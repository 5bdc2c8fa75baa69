"""Usage: what sessions hold now, and what they have used. Whole numbers throughout: sums are exact.

A session uses what it reserved, for as long as it held it: from the moment it got its place to
the moment it gave it back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Protocol

from polderlab_catalog.domain.allocations import Resource
from polderlab_catalog.domain.sessions import Session

GIB = 1024**3
MICROSECOND = timedelta(microseconds=1)
_HOUR = 3_600_000_000  # microseconds


class Holds(Protocol):
    """What holds a place: a session, or what is known of one."""

    @property
    def cpus(self) -> float: ...
    @property
    def memory_bytes(self) -> int: ...
    @property
    def started(self) -> datetime: ...
    @property
    def closed(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Held:
    """What is in use at once: processors, bytes of memory, places."""

    cpus: float = 0.0
    memory_bytes: int = 0
    sessions: int = 0

    @classmethod
    def of(cls, sessions: Iterable[Session]) -> Held:
        """Add up what the open ones among ``sessions`` hold."""
        held = [session for session in sessions if session.open]
        return cls(
            round(sum(session.cpus for session in held), 6),
            sum(session.memory_bytes for session in held),
            len(held),
        )


@dataclass(frozen=True, slots=True)
class Use:
    """What was used: time, processor time (a thousandth of a processor for a microsecond is a
    nanosecond), memory times time, and bytes read."""

    microseconds: int = 0
    cpu_nanoseconds: int = 0
    memory_byte_microseconds: int = 0
    bytes_read: int = 0

    @classmethod
    def of(cls, session: Holds, month: Month, now: datetime) -> Use:
        """Return what ``session`` used within ``month``, up to ``now`` while it is open."""
        time = month.part(session.started, session.closed or now)
        return cls.held(session.cpus, session.memory_bytes, time)

    @classmethod
    def held(cls, cpus: float, memory_bytes: int, microseconds: int) -> Use:
        """Return the use of a place held for ``microseconds``."""
        return cls(microseconds, round(cpus * 1000) * microseconds, memory_bytes * microseconds)

    def __add__(self, other: Use) -> Use:
        """Return both together."""
        return Use(
            self.microseconds + other.microseconds,
            self.cpu_nanoseconds + other.cpu_nanoseconds,
            self.memory_byte_microseconds + other.memory_byte_microseconds,
            self.bytes_read + other.bytes_read,
        )

    @property
    def hours(self) -> Decimal:
        """Hours that sessions were there."""
        return Decimal(self.microseconds) / _HOUR

    @property
    def cpu_hours(self) -> Decimal:
        """Hours of one processor."""
        return Decimal(self.cpu_nanoseconds) / (1000 * _HOUR)

    @property
    def memory_gib_hours(self) -> Decimal:
        """Hours of one GiB of memory."""
        return Decimal(self.memory_byte_microseconds) / (GIB * _HOUR)

    def of_resource(self, resource: Resource) -> Decimal:
        """Return the hours that ``resource`` limits."""
        return self.cpu_hours if resource is Resource.CPU_HOURS else self.memory_gib_hours


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in the lab's time zone, as the moments it begins and ends at (UTC).

    Midnight is local, so the months in which the clock changes are an hour longer or shorter.
    """

    first: date
    begins: datetime
    ends: datetime

    @classmethod
    def of(cls, day: date, zone: tzinfo) -> Month:
        """Return the month ``day`` is in."""
        first = day.replace(day=1)
        following = (first + timedelta(days=32)).replace(day=1)
        return cls(first, _midnight(first, zone), _midnight(following, zone))

    @classmethod
    def at(cls, moment: datetime, zone: tzinfo) -> Month:
        """Return the month ``moment`` is in."""
        return cls.of(moment.astimezone(zone).date(), zone)

    @property
    def renews(self) -> date:
        """The first day of the month after it."""
        return (self.first + timedelta(days=32)).replace(day=1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.renews - timedelta(days=1)

    def part(self, started: datetime, ended: datetime) -> int:
        """Return how many microseconds from ``started`` to ``ended`` fall within it."""
        return max((min(ended, self.ends) - max(started, self.begins)) // MICROSECOND, 0)

    def __str__(self) -> str:
        """Return ``2026-11``."""
        return f"{self.first:%Y-%m}"


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """What a session used and for whom, as far as adding up needs it."""

    session: str
    username: str
    project: str
    cpus: float
    memory_bytes: int
    started: datetime
    closed: datetime | None


@dataclass(frozen=True, slots=True)
class DiskSample:
    """How many bytes a home (``<user>/<project>``) or a project folder held on a day."""

    day: date
    kind: str
    name: str
    bytes: int

    @property
    def project(self) -> str:
        """The project it belongs to."""
        return self.name.rpartition("/")[2]
