"""How much of what there is somebody has used: what pages and sessions show."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from polderlab_catalog.application.ports import Disks, DiskUse
from polderlab_catalog.application.rooms import Rooms
from polderlab_catalog.domain.allocations import Level, Resource
from polderlab_catalog.domain.sessions import Session
from polderlab_catalog.policy.allocations import (
    AT_ONCE,
    HOURS,
    Alarm,
    Room,
    has_hours,
    tightest,
)


@dataclass(frozen=True, slots=True)
class Gauge:
    """How much of a resource is used of what there is at ``level``, and my part of that.

    ``alarm`` tells how far it is used up where that cannot be undone: hours of a month.
    """

    resource: Resource
    level: Level
    name: str
    limit: float
    used: float
    mine: float
    alarm: Alarm = Alarm.NONE


@dataclass(frozen=True, slots=True)
class Quota:
    """What a person in a project has: of each resource the level that leaves the least.

    The hours are those of the month that ``renews`` on a day. ``stop_at`` is when the session that
    is open will be stopped, ``stop_reason`` the code of the verdict on it.
    """

    project: str
    gauges: tuple[Gauge, ...]
    renews: date
    home: DiskUse | None = None
    shared: DiskUse | None = None
    stop_at: datetime | None = None
    stop_reason: str = ""

    @property
    def alarm(self) -> Alarm:
        """The loudest alarm there is."""
        return max((gauge.alarm for gauge in self.gauges), default=Alarm.NONE)


def quota(
    house: Rooms, username: str, project: str, held: Session | None, disks: Disks | None
) -> Quota:
    """Return what ``username`` has in ``project`` of ``house``; ``held`` is open there."""
    rooms = house.of(project, username)
    # Whoever was given hours a moment ago is not told of a stop that will not come.
    stops = held if held and not has_hours(rooms) else None
    return Quota(
        project=project,
        gauges=gauges(house, rooms, username, [project]),
        renews=rooms[0].renews,
        home=disks.usage("home", f"{username}/{project}") if disks else None,
        shared=disks.usage("project", project) if disks else None,
        stop_at=stops.stop_at if stops else None,
        stop_reason=stops.stop_reason if stops else "",
    )


def gauges(
    house: Rooms, rooms: Sequence[Room], username: str, projects: Collection[str]
) -> tuple[Gauge, ...]:
    """Return a gauge of each resource that one of ``rooms`` limits: of the one that leaves the
    least. The person's own part is what they have in ``projects``."""
    found = [tightest(rooms, resource) for resource in (*AT_ONCE, *HOURS)]
    mine = house.at(
        [Level.person(each, username) for each in projects], hours=any(found[len(AT_ONCE) :])
    )
    return tuple(
        Gauge(
            resource=resource,
            level=room.level,
            name=room.name,
            limit=room.allocation.limit(resource) or 0,
            used=room.of(resource),
            mine=min(sum(each.of(resource) for each in mine), room.of(resource)),
            alarm=room.alarm(resource),
        )
        for resource, room in zip((*AT_ONCE, *HOURS), found, strict=True)
        if room is not None
    )
