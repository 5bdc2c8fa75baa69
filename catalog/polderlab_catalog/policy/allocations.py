"""Allocations at three levels: what is left, what fits, and who divides them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from enum import IntEnum

from polderlab_catalog.domain.allocations import Allocation, Level, LevelKind, Resource
from polderlab_catalog.domain.usage import GIB, Held, Use
from polderlab_catalog.policy.decisions import ALLOWED, N_, Code, Decision, refused
from polderlab_catalog.policy.roles import Action

AT_ONCE = (Resource.SESSIONS, Resource.CPUS, Resource.MEMORY_BYTES)
HOURS = (Resource.CPU_HOURS, Resource.MEMORY_GIB_HOURS)
DISK = (Resource.HOME_BYTES, Resource.PROJECT_BYTES)
_WORDS = {
    Resource.SESSIONS: "sessions",
    Resource.CPUS: "processors",
    Resource.MEMORY_BYTES: "memory",
    Resource.CPU_HOURS: "processor-hours",
    Resource.MEMORY_GIB_HOURS: "memory-hours",
    Resource.HOME_BYTES: "disk of a home",
    Resource.PROJECT_BYTES: "disk of a project",
}

ALLOCATES = {
    LevelKind.ORGANISATION: Action.ORGANISATION_ALLOCATE,
    LevelKind.PROJECT: Action.PROJECT_ALLOCATE,
    LevelKind.PERSON: Action.MEMBER_ALLOCATE,
}
"""What setting a level's limits is called in the table of roles."""
SHOWS = {
    LevelKind.ORGANISATION: Action.ORGANISATION_SHOW,
    LevelKind.PROJECT: Action.PROJECT_SHOW,
    LevelKind.PERSON: Action.PROJECT_SHOW,
}
"""What seeing a level is called there."""


class Alarm(IntEnum):
    """How far the month's hours are used up, in percent, as far as people are told."""

    NONE = 0
    SOON = 80
    NEARLY = 95
    OVER = 100


@dataclass(frozen=True, slots=True)
class Room:
    """One level as it is now: its limits with what was added to them, what is held of them, and
    what was used of the month that ``renews`` on a day."""

    level: Level
    name: str
    allocation: Allocation
    held: Held
    used: Use
    renews: date

    def of(self, resource: Resource) -> float:
        """Return how much of ``resource`` is in use (disk: is not known here)."""
        if resource in HOURS:
            return float(self.used.of_resource(resource))
        at_once = {
            Resource.SESSIONS: self.held.sessions,
            Resource.CPUS: self.held.cpus,
            Resource.MEMORY_BYTES: self.held.memory_bytes,
        }
        return at_once.get(resource, 0)

    def left(self, resource: Resource) -> float | None:
        """Return how much is left, at least nothing; None without a limit."""
        limit = self.allocation.limit(resource)
        return None if limit is None else max(round(limit - self.of(resource), 6), 0)

    def over(self, resource: Resource) -> bool:
        """Tell whether ``resource`` is hours, and those are used up."""
        limit = self.allocation.limit(resource) if resource in HOURS else None
        return limit is not None and self.used.of_resource(resource) >= Decimal(str(limit))

    def alarm(self, resource: Resource) -> Alarm:
        """Return how far the hours of ``resource`` are used up."""
        limit = self.allocation.limit(resource)
        if limit is None or resource not in HOURS:
            return Alarm.NONE
        if self.over(resource):
            return Alarm.OVER
        share = 100 * self.of(resource) / limit
        return max(alarm for alarm in (Alarm.NONE, Alarm.SOON, Alarm.NEARLY) if share >= alarm)


def effective(allocations: Sequence[Allocation]) -> Allocation:
    """Return what holds below all of ``allocations``: the tightest of each."""
    numbers = {
        each.value: min((x for a in allocations if (x := a.limit(each)) is not None), default=None)
        for each in Resource
    }
    return replace(
        Allocation(**numbers),  # type: ignore[arg-type]
        images=_common([a.images for a in allocations]),
        sizes=_common([a.sizes for a in allocations]),
    )


def narrowed(offered: tuple[str, ...], allowed: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return those of ``offered`` that are allowed, in their order."""
    return offered if allowed is None else tuple(name for name in offered if name in allowed)


def tightest(rooms: Sequence[Room], resource: Resource) -> Room | None:
    """Return the level that leaves the least of ``resource``; None when none limits it."""
    limited = [room for room in rooms if room.left(resource) is not None]
    return min(limited, key=lambda room: room.left(resource) or 0.0, default=None)


def has_room(rooms: Sequence[Room], cpus: float, memory_bytes: int) -> Decision:
    """Decide whether one more session of this size fits at every level; the narrowest speaks."""
    asked = {Resource.SESSIONS: 1, Resource.CPUS: cpus, Resource.MEMORY_BYTES: memory_bytes}
    for room in rooms:
        for resource, wanted in asked.items():
            left = room.left(resource)
            if left is not None and left < wanted:
                return _no_room(room, resource, left, wanted)
    return has_hours(rooms)


def has_hours(rooms: Sequence[Room]) -> Decision:
    """Decide whether every level still has hours this month."""
    codes = {
        LevelKind.PERSON: Code.HOURS_OVER_PERSON,
        LevelKind.PROJECT: Code.HOURS_OVER_PROJECT,
        LevelKind.ORGANISATION: Code.HOURS_OVER_ORGANISATION,
    }
    for room in rooms:
        for resource in HOURS:
            if room.over(resource):
                return refused(
                    codes[room.level.kind],
                    name=room.name,
                    resource=_WORDS[resource],
                    limit=shown(resource, room.allocation.limit(resource) or 0),
                    date=room.renews.isoformat(),
                )
    return ALLOWED


def fits(allocation: Allocation, above: Allocation, name: str) -> Decision:
    """Decide whether ``allocation`` stays within what ``above`` holds, which is that of ``name``.

    Each limit by itself, not their sum: what is above is checked at every start as well, so a
    part that one project does not use another may.
    """
    for resource in Resource:
        limit, most = allocation.limit(resource), above.limit(resource)
        if limit is not None and most is not None and limit > most:
            return refused(
                Code.ALLOCATION_EXCEEDS,
                resource=_WORDS[resource],
                asked=shown(resource, limit),
                limit=shown(resource, most),
                above=name,
            )
    for what, mine, theirs in (
        ("images", allocation.images, above.images),
        ("sizes", allocation.sizes, above.sizes),
    ):
        extra = set(mine or ()) - set(theirs) if theirs is not None else set()
        if extra:
            return refused(
                Code.ALLOCATION_EXCEEDS,
                resource=what,
                asked=", ".join(sorted(extra)),
                limit=", ".join(theirs or ()) or "–",
                above=name,
            )
    return ALLOWED


def problems(allocation: Allocation) -> dict[str, str]:
    """Return what is wrong with the numbers of ``allocation``, by field."""
    wrong = {}
    for each in fields(Allocation):
        value = getattr(allocation, each.name)
        if isinstance(value, (int, float)) and not 0 <= value < 2**53:
            wrong[each.name] = N_("Give a number of 0 or more")
    return wrong


def word(resource: Resource) -> str:
    """Return what ``resource`` is called in a sentence."""
    return _WORDS[resource]


def shown(resource: Resource, amount: float) -> str:
    """Return an amount as people read it, to the thousandth: memory and disk in GiB."""
    in_gib = resource in (Resource.MEMORY_BYTES, *DISK)
    number = f"{round(max(amount, 0) / (GIB if in_gib else 1), 3):.15g}"
    return f"{number} GiB" if in_gib else number


def _no_room(room: Room, resource: Resource, left: float, wanted: float) -> Decision:
    if room.level.kind is LevelKind.PROJECT and resource is Resource.SESSIONS:
        limit = int(room.allocation.limit(resource) or 0)
        return refused(Code.NO_ROOM_IN_PROJECT, project=room.level.name, limit=limit)
    codes = {
        LevelKind.PERSON: (Code.NO_ROOM_FOR_PERSON, "project"),
        LevelKind.PROJECT: (Code.NO_ROOM_FOR_SIZE, "project"),
        LevelKind.ORGANISATION: (Code.NO_ROOM_IN_ORGANISATION, "organisation"),
    }
    code, kind = codes[room.level.kind]
    return refused(
        code,
        **{kind: room.name},
        resource=_WORDS[resource],
        free=shown(resource, left),
        asked=shown(resource, wanted),
    )


def _common(sets: Sequence[tuple[str, ...] | None]) -> tuple[str, ...] | None:
    named = [each for each in sets if each is not None]
    if not named:
        return None
    first, *rest = named
    return tuple(name for name in first if all(name in other for other in rest))
