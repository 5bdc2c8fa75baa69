"""Allocations: what an organisation, a project, or a person in a project may use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum


class LevelKind(StrEnum):
    """The levels an allocation holds at, from wide to narrow."""

    ORGANISATION = "organisation"
    PROJECT = "project"
    PERSON = "person"


@dataclass(frozen=True, slots=True, order=True)
class Level:
    """Whose allocation: an organisation's, a project's, or a person's in a project.

    ``name`` is the organisation's or the project's; ``username`` is empty but for a person.
    """

    kind: LevelKind
    name: str
    username: str = ""

    @classmethod
    def organisation(cls, slug: str) -> Level:
        """Return the level of an organisation."""
        return cls(LevelKind.ORGANISATION, slug)

    @classmethod
    def project(cls, slug: str) -> Level:
        """Return the level of a project."""
        return cls(LevelKind.PROJECT, slug)

    @classmethod
    def person(cls, project: str, username: str) -> Level:
        """Return the level of a person in a project."""
        return cls(LevelKind.PERSON, project, username)

    @classmethod
    def parse(cls, key: str) -> Level:
        """Return the level that :meth:`__str__` wrote so; raise ``ValueError`` for others."""
        kind, _, rest = key.partition(":")
        name, slash, username = rest.partition("/")
        if not name or bool(slash) != (kind == LevelKind.PERSON) or bool(slash) != bool(username):
            raise ValueError(key)
        return cls(LevelKind(kind), name, username)

    def __str__(self) -> str:
        """Return ``organisation:<slug>``, ``project:<slug>`` or ``person:<project>/<username>``."""
        return f"{self.kind}:{self.name}" + (f"/{self.username}" if self.username else "")


class Resource(StrEnum):
    """What there is a number of: the fields of :class:`Allocation` that can be added to."""

    CPUS = "cpus"
    MEMORY_BYTES = "memory_bytes"
    SESSIONS = "sessions"
    CPU_HOURS = "cpu_hours"
    MEMORY_GIB_HOURS = "memory_gib_hours"
    HOME_BYTES = "home_bytes"
    PROJECT_BYTES = "project_bytes"


@dataclass(frozen=True, slots=True)
class Allocation:
    """The limits of one level. None: no limit of its own, only those of the levels above it.

    ``cpus``, ``memory_bytes`` and ``sessions`` are in use at once; ``cpu_hours`` and
    ``memory_gib_hours`` per calendar month in the lab's time zone; ``home_bytes`` the disk of each
    home, ``project_bytes`` that of each project folder; ``images`` and ``sizes`` name what a
    session may be.
    """

    cpus: float | None = None
    memory_bytes: int | None = None
    sessions: int | None = None
    cpu_hours: float | None = None
    memory_gib_hours: float | None = None
    home_bytes: int | None = None
    project_bytes: int | None = None
    images: tuple[str, ...] | None = None
    sizes: tuple[str, ...] | None = None

    def limit(self, resource: Resource) -> float | None:
        """Return the limit of ``resource``."""
        value: float | None = getattr(self, resource.value)
        return value

    def plus(self, resource: Resource, amount: float) -> Allocation:
        """Return it with ``amount`` more of ``resource``; what has no limit needs no more."""
        limit = self.limit(resource)
        if limit is None:
            return self
        whole = resource not in (Resource.CPUS, Resource.CPU_HOURS, Resource.MEMORY_GIB_HOURS)
        more = limit + amount
        return replace(self, **{resource.value: int(more) if whole else more})  # type: ignore[arg-type]


class ExtensionState(StrEnum):
    """Where a request for more stands."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Extension:
    """A request for more of one resource at one level, and what came of it.

    Approved it adds ``amount`` until ``until``, which is the last day it holds.
    """

    id: str
    level: Level
    resource: Resource
    amount: float
    why: str
    asked_by: str
    asked: datetime
    until: date
    state: ExtensionState = ExtensionState.ASKED
    decided_by: str = ""
    decided: datetime | None = None
    reason: str = ""

    def holds(self, today: date) -> bool:
        """Tell whether it adds to its level on ``today``."""
        return self.state is ExtensionState.APPROVED and today <= self.until
