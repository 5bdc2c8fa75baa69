"""Which folders there are, and what they may be called: nothing else is ever opened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

SLUG = re.compile(r"(?=.{3,40}\Z)[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
"""The register's grammar of usernames and projects: no dot, no slash, no capital, no space."""
HOMES, PROJECTS, SNAPSHOTS = "homes", "projects", "snapshots"


class StorageError(Exception):
    """A folder cannot be used. The message is for whoever runs the lab."""


class Kind(StrEnum):
    """What a volume is: somebody's home in a project, or the folder of a project's members."""

    HOME = "home"
    PROJECT = "project"


TOPS = {Kind.HOME: (HOMES, 2), Kind.PROJECT: (PROJECTS, 1)}
"""Where volumes of a kind are, and how many names deep."""


@dataclass(frozen=True, slots=True, order=True)
class Volume:
    """One folder with a limit: ``home`` ``<person>/<project>``, or ``project`` ``<project>``."""

    kind: Kind
    name: str

    def __post_init__(self) -> None:
        parts = self.name.split("/")
        if len(parts) != TOPS[self.kind][1] or not all(SLUG.fullmatch(part) for part in parts):
            raise StorageError(f"{self.name!r} is no name of a {self.kind} folder.")

    @property
    def parts(self) -> tuple[str, ...]:
        """The folders to go through, from the top of all volumes."""
        return (TOPS[self.kind][0], *self.name.split("/"))

    @property
    def snapshots(self) -> tuple[str, ...]:
        """The folders to go through to its snapshots."""
        return (SNAPSHOTS, *self.parts)


def day_of(name: str) -> date | None:
    """Return the day a snapshot is of, ``2027-03-01``; ``None`` where it is none of ours."""
    try:
        day = date.fromisoformat(name)
    except ValueError:
        return None
    return day if day.isoformat() == name else None
