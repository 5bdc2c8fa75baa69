"""What homes and project folders may hold, as allocations say, or else the settings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from polderlab import wire
from polderlab_catalog.application.ports import Transaction
from polderlab_catalog.application.rooms import allocations_of
from polderlab_catalog.domain.allocations import Level
from polderlab_catalog.domain.sessions import Session
from polderlab_catalog.policy.allocations import effective

GIB = 1024**3


@dataclass(frozen=True, slots=True)
class DiskDefaults:
    """Bytes where no allocation says otherwise: of each home, and of each project folder."""

    home: int = 10 * GIB
    project: int = 50 * GIB


def disk_limits(
    t: Transaction,
    sessions: Iterable[Session],
    defaults: DiskDefaults,
    now: datetime,
    zone: tzinfo,
) -> list[wire.DiskLimit]:
    """Return the limits of the folders that ``sessions`` write in, each folder once."""
    found: dict[tuple[str, str], wire.DiskLimit] = {}
    for session in sessions:
        for limit in _of(t, session, defaults, now, zone):
            found[limit.kind, limit.name] = limit
    return list(found.values())


def _of(
    t: Transaction, session: Session, defaults: DiskDefaults, now: datetime, zone: tzinfo
) -> list[wire.DiskLimit]:
    project = t.projects.get(session.project)
    if project is None:
        return []
    wide = [Level.project(project.slug), Level.organisation(project.organisation)]
    person = Level.person(project.slug, session.username)
    held = allocations_of(t, [person, *wide], now, zone)
    home = effective(list(held.values())).home_bytes
    shared = effective([held[level] for level in wide]).project_bytes
    return [
        # 0 is a limit too: nothing can be kept there
        wire.DiskLimit(
            "home",
            f"{session.username}/{project.slug}",
            defaults.home if home is None else home,
        ),
        wire.DiskLimit("project", project.slug, defaults.project if shared is None else shared),
    ]
