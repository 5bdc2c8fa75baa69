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

    def __init__(self, t: Transaction, owner: Organisation, now: datetime, zone: tzinfo) -> None:
        self.owner = owner
        self._t, self._now, self._zone = t, now, zone
        self._open = t.sessions.open(organisation=owner.slug)
        self._month = Month.at(now, zone)
        self._uses: Mapping[tuple[str, str], Use] | None = None
        self._limits: dict[Level, Allocation] = {}

    def know(self, levels: Collection[Level]) -> None:
        """Look up at once what ``levels`` may use: then asking for each of them costs nothing."""
        new = [level for level in levels if level not in self._limits]
        if new:
            self._limits |= allocations_of(self._t, new, self._now, self._zone)

    def limits(self, levels: Collection[Level]) -> list[Allocation]:
        """Return what each of ``levels`` may use today, in their order."""
        self.know(levels)
        return [self._limits[level] for level in levels]

    def of(
        self, project: str, username: str | None = None, *, without: Collection[str] = ()
    ) -> tuple[Room, ...]:
        """Return the levels of ``username`` in ``project``, or of the project, narrowest first.

        What the sessions ``without`` hold counts as free.
        """
        levels = [Level.project(project), Level.organisation(self.owner.slug)]
        if username is not None:
            levels.insert(0, Level.person(project, username))
        return self.at(levels, without=without)

    def organisation(self) -> Room:
        """Return the organisation's own level."""
        (room,) = self.at([Level.organisation(self.owner.slug)])
        return room

    def at(
        self, levels: Collection[Level], *, hours: bool = False, without: Collection[str] = ()
    ) -> tuple[Room, ...]:
        """Return ``levels`` as they are; ``hours`` also where nobody limits them."""
        limits = self.limits(levels)
        open_ = [session for session in self._open if session.id not in without]
        timed = hours or any(
            each.limit(resource) is not None for each in limits for resource in HOURS
        )
        return tuple(
            Room(
                level=level,
                name=self._name(level),
                allocation=allocation,
                held=Held.of(session for session in open_ if _within(level, session)),
                used=self._used(level) if timed else Use(),
                renews=self._month.renews,
            )
            for level, allocation in zip(levels, limits, strict=True)
        )

    def _name(self, level: Level) -> str:
        if level.kind is LevelKind.ORGANISATION:
            return self.owner.name.in_("nl")
        return level.name

    def _used(self, level: Level) -> Use:
        if self._uses is None:
            slug = self.owner.slug
            self._uses = self._t.usage.used(self._month, self._now, organisation=slug)
        return sum((use for who, use in self._uses.items() if _counts(level, *who)), Use())


def _within(level: Level, held: Session) -> bool:
    """Tell whether a session of the organisation counts at ``level``."""
    return _counts(level, held.project, held.username)


def _counts(level: Level, project: str, username: str) -> bool:
    if level.kind is LevelKind.ORGANISATION:
        return True
    return project == level.name and level.username in ("", username)
