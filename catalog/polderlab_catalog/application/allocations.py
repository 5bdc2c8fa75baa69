"""What each level may use, what is left of it, and who changes it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from polderlab_catalog.application.callers import session_holder
from polderlab_catalog.application.door import Door
from polderlab_catalog.application.errors import Invalid, NotFound, Refused
from polderlab_catalog.application.lookups import the_organisation, the_person, the_project
from polderlab_catalog.application.ports import Clock, Disks, Register, Transaction
from polderlab_catalog.application.quotas import Gauge, Quota, gauges, quota
from polderlab_catalog.application.rooms import Rooms, allocations_of, levels_above
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.allocations import (
    Allocation,
    Extension,
    Level,
    LevelKind,
    Resource,
)
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.names import printable
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.allocations import (
    ALLOCATES,
    SHOWS,
    Room,
    effective,
    fits,
    problems,
    shown,
)
from polderlab_catalog.policy.decisions import Decision
from polderlab_catalog.policy.roles import Subject, may


@dataclass(frozen=True, slots=True)
class LevelCard:
    """A level as those who divide it see it.

    ``title`` is what its organisation or project is called, ``person`` the name of whoever it is
    for. ``bound`` is what the levels above leave it, ``own`` what was set for it, ``extended`` that
    and what was added until a date, ``holds`` what comes out of it and the levels above.
    ``extensions`` are the requests for more, newest first; ``may_set`` the verdict on changing it.
    """

    level: Level
    title: Text
    person: str
    above: tuple[Level, ...]
    bound: Allocation
    own: Allocation
    extended: Allocation
    holds: Allocation
    room: Room
    gauges: tuple[Gauge, ...]
    extensions: tuple[Extension, ...]
    may_set: Decision


class Allocations:
    """Shows and sets allocations; every change is one line of the log."""

    def __init__(
        self,
        register: Register,
        clock: Clock,
        disks: Disks | None = None,
        *,
        timezone: tzinfo = UTC,
    ) -> None:
        self._register, self._clock, self._timezone = register, clock, timezone
        self._door = Door(register, clock, timezone=timezone)
        self._disks = disks

    def show(self, actor: Actor, level: Level) -> LevelCard:
        """Return ``level``; raise :class:`NotFound` for whom it does not concern."""
        with self._register.read() as t:
            owner = self._may_show(t, actor, level)
            return self._card(t, actor, level, self._rooms(t, owner), _mine(t, actor))

    def below(self, actor: Actor, level: Level) -> list[LevelCard]:
        """Return the levels within ``level``: an organisation's projects, a project's people."""
        with self._register.read() as t:
            owner = self._may_show(t, actor, level)
            if level.kind is LevelKind.ORGANISATION:
                projects = t.projects.all(organisation=owner.slug)
                levels = [Level.project(project.slug) for project in projects]
            elif level.kind is LevelKind.PROJECT:
                members = t.projects.memberships(project=level.name)
                levels = [Level.person(level.name, member.username) for member in members]
            else:
                levels = []
            house, mine = self._rooms(t, owner), _mine(t, actor)
            house.know(levels)
            return [
                self._card(t, actor, each, house, mine)
                for each in levels
                if self._shows(t, actor, each, owner)
            ]

    def set(self, actor: Actor, level: Level, allocation: Allocation) -> bool:
        """Set what ``level`` may use; False when that was so already."""
        wrong = problems(allocation)
        if wrong:
            raise Invalid(wrong)
        with self._door.change(actor) as change:
            t = change.t
            owner = may_allocate(self._door, t, actor, level)
            _check_names(t, allocation)
            if t.allocations.of([level])[level] == allocation:
                return False
            must_fit(t, level, allocation, owner, now=self._clock(), zone=self._timezone)
            t.allocations.put(level, allocation)
            change.log(
                AuditAction.ALLOCATION_SET,
                str(level),
                project="" if level.kind is LevelKind.ORGANISATION else level.name,
                limits=described(allocation),
            )
            return True

    def quota_of_session(self, token: str, address: str) -> Quota:
        """Return what the holder of a session's key has; raise :class:`Refused`."""
        with self._register.read() as t:
            holder = session_holder(t, token, address, self._clock(), self._timezone)
            held = holder.session
            owner = the_organisation(t, the_project(t, held.project).organisation)
            house = self._rooms(t, owner)
            return quota(house, held.username, held.project, held, self._disks)

    def _rooms(self, t: Transaction, owner: Organisation) -> Rooms:
        return Rooms(t, owner, self._clock(), self._timezone)

    def _may_show(self, t: Transaction, actor: Actor, level: Level) -> Organisation:
        owner = owner_of(t, level)
        if not self._shows(t, actor, level, owner):
            raise NotFound(level.kind.value, printable(level.name))
        return owner

    def _shows(self, t: Transaction, actor: Actor, level: Level, owner: Organisation) -> bool:
        """Tell whether ``actor`` may see ``level``: a person's is for that person and whoever
        sets it."""
        subject = subject_of(self._door, t, actor, level, owner)
        mine = actor.person is not None and actor.person.username == level.username
        if level.kind is LevelKind.PERSON and not mine:
            return bool(may(actor, ALLOCATES[level.kind], subject))
        return bool(may(actor, SHOWS[level.kind], subject))

    def _card(
        self, t: Transaction, actor: Actor, level: Level, house: Rooms, mine: Collection[str]
    ) -> LevelCard:
        owner = house.owner
        above = levels_above(level, owner.slug)
        extended, *others = house.limits((level, *above))
        (room,) = house.at([level])
        username = actor.person.username if actor.person else ""
        subject = subject_of(self._door, t, actor, level, owner)
        title, person = titles_of(t, level, owner)
        return LevelCard(
            level=level,
            title=title,
            person=person,
            above=above,
            bound=effective(others),
            own=t.allocations.of([level])[level],
            extended=extended,
            holds=effective([extended, *others]),
            room=room,
            gauges=gauges(house, (room,), username, _within(level, username, mine)),
            extensions=tuple(t.allocations.extensions([level])),
            may_set=may(actor, ALLOCATES[level.kind], subject),
        )


def _mine(t: Transaction, actor: Actor) -> list[str]:
    """Return the projects the actor works in."""
    if actor.person is None:
        return []
    return [each.project for each in t.projects.memberships(username=actor.person.username)]


def _within(level: Level, username: str, projects: Collection[str]) -> list[str]:
    """Return those of somebody's ``projects`` that count at ``level``."""
    if level.kind is LevelKind.PERSON and level.username != username:
        return []
    whole = level.kind is LevelKind.ORGANISATION
    return [each for each in projects if whole or each == level.name]


def owner_of(t: Transaction, level: Level) -> Organisation:
    """Return the organisation ``level`` lies in; raise :class:`NotFound` when there is no such."""
    if level.kind is LevelKind.ORGANISATION:
        return the_organisation(t, level.name)
    project = the_project(t, level.name)
    if level.kind is LevelKind.PERSON:
        the_person(t, level.username)
        if t.projects.membership(level.username, level.name) is None:
            raise NotFound("person", printable(level.username))
    return the_organisation(t, project.organisation)


def subject_of(
    door: Door, t: Transaction, actor: Actor, level: Level, owner: Organisation
) -> Subject:
    """Return how the actor stands to ``level``."""
    project = None if level.kind is LevelKind.ORGANISATION else the_project(t, level.name)
    return door.subject(t, actor, owner, project)


def may_allocate(door: Door, t: Transaction, actor: Actor, level: Level) -> Organisation:
    """Let through who may set ``level``; return the organisation it lies in."""
    action = ALLOCATES[level.kind]
    if level.kind is LevelKind.ORGANISATION:
        return door.organisation(t, actor, level.name, action)
    door.project(t, actor, level.name, action)
    return owner_of(t, level)


def must_fit(
    t: Transaction,
    level: Level,
    allocation: Allocation,
    owner: Organisation,
    *,
    now: datetime,
    zone: tzinfo,
) -> None:
    """Raise :class:`Refused` when ``allocation`` exceeds what a level above has."""
    above = levels_above(level, owner.slug)
    limits = allocations_of(t, above, now, zone)
    for each in above:
        decision = fits(allocation, limits[each], name_of(each, owner))
        if not decision:
            raise Refused(decision)


def titles_of(t: Transaction, level: Level, owner: Organisation) -> tuple[Text, str]:
    """Return what a level's organisation or project is called, and the person's name if any."""
    if level.kind is LevelKind.ORGANISATION:
        return owner.name, ""
    person = t.people.get(level.username) if level.username else None
    return the_project(t, level.name).title, person.display_name if person else level.username


def name_of(level: Level, owner: Organisation) -> str:
    """Return a level's name as refusals have it."""
    return owner.name.in_("nl") if level.kind is LevelKind.ORGANISATION else level.name


def described(allocation: Allocation) -> str:
    """Return the limits in one line, for the log: ``cpus 4, sessions 1``."""
    numbers = [
        f"{each.value} {shown(each, limit)}"
        for each in Resource
        if (limit := allocation.limit(each)) is not None
    ]
    names = [
        f"{what} {' '.join(some) or '–'}"
        for what, some in (("images", allocation.images), ("sizes", allocation.sizes))
        if some is not None
    ]
    return ", ".join([*numbers, *names]) or "no limits"


def _check_names(t: Transaction, allocation: Allocation) -> None:
    for what, wanted, offered in (
        ("images", allocation.images, {image.name for image in t.offer.images()}),
        ("sizes", allocation.sizes, {size.name for size in t.offer.sizes()}),
    ):
        unknown = sorted(set(wanted or ()) - offered)
        if unknown:
            known = ", ".join(sorted(offered)) or "–"
            raise Invalid({what: f"there is no {printable(unknown[0], 40)}; there is: {known}"})
