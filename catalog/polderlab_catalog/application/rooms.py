"""The levels of the allocation that a project, or a person in it, works within: as they are now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, tzinfo

from polderlab_catalog.application.ports import Transaction
from polderlab_catalog.domain.allocations import Allocation, Level, LevelKind
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.sessions import Session
from polderlab_catalog.domain.usage import Held, Month, Use
from polderlab_catalog.policy.allocations import HOURS, Room


def allocations_of(
    t: Transaction, levels: Collection[Level], now: datetime, zone: tzinfo
) -> dict[Level, Allocation]:
    """Return what ``levels`` may use today: their allocations and what was added to them."""
    today = now.astimezone(zone).date()
    found = dict(t.allocations.of(levels))
    for extension in t.allocations.extensions(levels):
        if extension.holds(today):
            had = found[extension.level]
            found[extension.level] = had.plus(extension.resource, extension.amount)
    return found


def levels_above(level: Level, organisation: str) -> tuple[Level, ...]:
    """Return the levels that ``level``, which is within ``organisation``, lies in; near first."""
    above = {
        LevelKind.ORGANISATION: (),
        LevelKind.PROJECT: (Level.organisation(organisation),),
        LevelKind.PERSON: (Level.project(level.name), Level.organisation(organisation)),
    }
    return above[level.kind]


class Rooms:
    """An organisation at one moment: what runs in it, and what it used this month.

    Gathered once, for as many of its projects and people as are asked for. Hours are added up
    only where somebody limits them, or when they are asked for.
    """

    def __init__(
        self,
        t: Transaction,
        owner: Organisation,
        now: datetime,
        zone: tzinfo,
        *,
        without: Collection[str] = (),
    ) -> None:
        self._t, self._owner, self._now, self._zone = t, owner, now, zone
        self._open = [s for s in t.sessions.open(organisation=owner.slug) if s.id not in without]
        self._month = Month.at(now, zone)
        self._uses: Mapping[tuple[str, str], Use] | None = None

    def of(self, project: str, username: str | None = None) -> tuple[Room, ...]:
        """Return the levels of ``username`` in ``project``, or of the project, narrowest first."""
        levels = [Level.project(project), Level.organisation(self._owner.slug)]
        if username is not None:
            levels.insert(0, Level.person(project, username))
        return self.at(levels)

    def organisation(self) -> Room:
        """Return the organisation's own level."""
        (room,) = self.at([Level.organisation(self._owner.slug)])
        return room

    def at(self, levels: Collection[Level], *, hours: bool = False) -> tuple[Room, ...]:
        """Return ``levels`` as they are; ``hours`` also where nobody limits them."""
        limits = allocations_of(self._t, levels, self._now, self._zone)
        timed = hours or any(
            each.limit(resource) is not None for each in limits.values() for resource in HOURS
        )
        return tuple(
            Room(
                level=level,
                name=self._name(level),
                allocation=limits[level],
                held=Held.of(s for s in self._open if _within(level, s)),
                used=self._used(level) if timed else Use(),
                renews=self._month.renews,
            )
            for level in levels
        )

    def _name(self, level: Level) -> str:
        if level.kind is LevelKind.ORGANISATION:
            return self._owner.name.in_("nl")
        return level.name

    def _used(self, level: Level) -> Use:
        if self._uses is None:
            slug = self._owner.slug
            self._uses = self._t.usage.used(self._month, self._now, organisation=slug)
        return sum((use for who, use in self._uses.items() if _counts(level, *who)), Use())


def _within(level: Level, held: Session) -> bool:
    """Tell whether a session of the organisation counts at ``level``."""
    return _counts(level, held.project, held.username)


def _counts(level: Level, project: str, username: str) -> bool:
    if level.kind is LevelKind.ORGANISATION:
        return True
    return project == level.name and level.username in ("", username)
