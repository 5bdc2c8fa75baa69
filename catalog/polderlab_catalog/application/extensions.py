"""Asking for more than the allocation: by who works within it, of whoever can give it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, tzinfo
from uuid import uuid4

from polderlab_catalog.application.allocations import (
    may_allocate,
    must_fit,
    owner_of,
    titles_of,
)
from polderlab_catalog.application.changes import Change
from polderlab_catalog.application.door import Door
from polderlab_catalog.application.errors import Invalid, NotFound, Refused
from polderlab_catalog.application.lookups import the_organisation
from polderlab_catalog.application.news import Messenger
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.application.rooms import Rooms, allocations_of
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.allocations import (
    Allocation,
    Extension,
    ExtensionState,
    Level,
    LevelKind,
    Resource,
)
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.names import legible, printable
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.domain.usage import Month
from polderlab_catalog.policy.allocations import ALLOCATES, shown, tightest, word
from polderlab_catalog.policy.decisions import N_, Code, refused
from polderlab_catalog.policy.roles import Action, Subject, may

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class ExtensionCard:
    """A request for more as whoever answers it sees it: what the organisation or project it is
    for is called, the name of the person it is for, if any, and the name of whoever asks."""

    extension: Extension
    title: Text
    person: str
    asker: str


class Extensions:
    """Requests for more: each is for the level that leaves the least of what is asked."""

    def __init__(self, register: Register, clock: Clock, *, timezone: tzinfo = UTC) -> None:
        self._register, self._clock, self._timezone = register, clock, timezone
        self._door = Door(register, clock, timezone=timezone)

    def ask(
        self,
        actor: Actor,
        project: str,
        resource: Resource,
        amount: float,
        *,
        why: str,
        until: date | None = None,
    ) -> Extension:
        """Ask for ``amount`` more in ``project``; without ``until`` it is for this month."""
        now = self._clock()
        month = Month.at(now, self._timezone)
        last = until or month.last
        _check(amount, why, last, self._door.today())
        with self._door.change(actor) as change:
            t = change.t
            found = self._door.project(t, actor, project, Action.SESSION_START)
            owner = the_organisation(t, found.organisation)
            username = actor.person.username if actor.person else None
            rooms = Rooms(t, owner, now, self._timezone).of(project, username)
            room = tightest(rooms, resource)
            if room is None:
                raise Refused(refused(Code.EXTENSION_NOT_NEEDED, resource=word(resource)))
            open_ = [
                each
                for each in t.allocations.extensions([room.level])
                if each.state is ExtensionState.ASKED and each.resource is resource
            ]
            if open_:
                raise Refused(refused(Code.EXTENSION_OPEN_ALREADY, resource=word(resource)))
            made = Extension(
                id=str(uuid4()),
                level=room.level,
                resource=resource,
                amount=amount,
                why=legible(why.strip(), LONGEST),
                asked_by=actor.name,
                asked=now,
                until=last,
            )
            t.allocations.put_extension(made)
            _log(change, AuditAction.EXTENSION_ASKED, made)
            Messenger(t, actor, now, self._timezone).extension(made)
            return made

    def waiting(self, actor: Actor) -> list[ExtensionCard]:
        """Return the requests that ``actor`` may answer, oldest first."""
        with self._register.read() as t:
            return [_card(t, each) for each in self.waiting_for(t, actor)[::-1]]

    def waiting_for(self, t: Transaction, actor: Actor) -> list[Extension]:
        """Return the requests that ``actor`` may answer, newest first."""
        asked = t.allocations.extensions(open_only=True)
        theirs = self._answered_by(t, actor, {each.level for each in asked})
        return [each for each in asked if each.level in theirs]

    def mine(self, actor: Actor) -> list[Extension]:
        """Return what ``actor`` asked for, newest first."""
        with self._register.read() as t:
            return [each for each in t.allocations.extensions() if each.asked_by == actor.name]

    def approve(
        self,
        actor: Actor,
        extension_id: str,
        amount: float | None = None,
        until: date | None = None,
    ) -> Extension:
        """Give more: what was asked, or another amount until another day. It holds at once."""
        with self._door.change(actor) as change:
            t = change.t
            asked = self._asked(t, actor, extension_id)
            owner = may_allocate(self._door, t, actor, asked.level)
            given = replace(asked, amount=amount or asked.amount, until=until or asked.until)
            _check(given.amount, given.why, given.until, self._door.today())
            now = self._clock()
            limits = allocations_of(t, [asked.level], now, self._timezone)[asked.level]
            must_fit(
                t,
                asked.level,
                only(given.resource, limits.plus(given.resource, given.amount)),
                owner,
                now=now,
                zone=self._timezone,
            )
            return self._decide(change, given, ExtensionState.APPROVED)

    def refuse(self, actor: Actor, extension_id: str, reason: str) -> Extension:
        """Say no, and why."""
        if not reason.strip():
            raise Invalid({"reason": N_("Say why, so that whoever asked knows what to do")})
        with self._door.change(actor) as change:
            asked = self._asked(change.t, actor, extension_id)
            may_allocate(self._door, change.t, actor, asked.level)
            told = replace(asked, reason=legible(reason.strip(), LONGEST))
            return self._decide(change, told, ExtensionState.REFUSED)

    def withdraw(self, actor: Actor, extension_id: str) -> Extension:
        """Take a request of one's own back."""
        with self._door.change(actor) as change:
            asked = self._asked(change.t, actor, extension_id)
            if asked.asked_by != actor.name:
                raise Refused(refused(Code.EXTENSION_NOT_YOURS))
            return self._decide(change, asked, ExtensionState.WITHDRAWN)

    def _asked(self, t: Transaction, actor: Actor, extension_id: str) -> Extension:
        known = printable(extension_id, 36) == extension_id
        found = t.allocations.extension(extension_id) if known else None
        if found is None or not (
            found.asked_by == actor.name or self._answered_by(t, actor, {found.level})
        ):
            raise NotFound("request for more", printable(extension_id, 36))
        if found.state is not ExtensionState.ASKED:
            raise Refused(refused(Code.EXTENSION_DECIDED))
        return found

    def _answered_by(self, t: Transaction, actor: Actor, levels: set[Level]) -> set[Level]:
        """Return those of ``levels`` for which ``actor`` answers. They are looked up together:
        the top of every page counts what waits."""
        if not levels:
            return set()
        within = {each for each in levels if each.kind is not LevelKind.ORGANISATION}
        projects = t.projects.some({each.name for each in within})
        owners = {each: each.name for each in levels - within}
        owners |= {
            each: projects[each.name].organisation for each in within if each.name in projects
        }
        person = actor.person
        home = person.organisation if person else ""
        organisations = t.organisations.some({home, *owners.values()})
        mine = t.projects.memberships(username=person.username) if person else ()
        memberships = {each.project: each for each in mine}
        found = set()
        personal = {each for each in levels if each.kind is LevelKind.PERSON}
        gone = personal - _are_there(t, personal)
        for level, owner in owners.items():
            project = level.name if level in within else ""
            subject = Subject(
                today=self._door.today(),
                home=organisations.get(home),
                organisation=organisations[owner],
                project=project,
                membership=memberships.get(project),
            )
            if may(actor, ALLOCATES[level.kind], subject) and level not in gone:
                found.add(level)
        return found

    def _decide(self, change: Change, told: Extension, state: ExtensionState) -> Extension:
        decided = replace(told, state=state, decided_by=change.actor.name, decided=self._clock())
        change.t.allocations.put_extension(decided)
        _log(change, AuditAction(f"extension:{state}"), decided)
        Messenger(change.t, change.actor, self._clock(), self._timezone).extension(decided)
        return decided


def _card(t: Transaction, extension: Extension) -> ExtensionCard:
    title, person = titles_of(t, extension.level, owner_of(t, extension.level))
    username = extension.asked_by.removeprefix("person:")
    asker = t.people.get(username)
    return ExtensionCard(extension, title, person, asker.display_name if asker else username)


def _are_there(t: Transaction, levels: set[Level]) -> set[Level]:
    """Return those levels of people who are still members."""
    if not levels:
        return set()
    held = t.projects.memberships(projects={each.name for each in levels})
    return levels & {Level.person(each.project, each.username) for each in held}


def only(resource: Resource, allocation: Allocation) -> Allocation:
    """Return the limit of ``resource`` alone: nothing else is asked for."""
    return Allocation(**{resource.value: allocation.limit(resource)})  # type: ignore[arg-type]


def _check(amount: float, why: str, until: date, today: date) -> None:
    wrong = {}
    if not 0 < amount < 2**53:
        wrong["amount"] = N_("Give a number above 0")
    if not why.strip():
        wrong["why"] = N_("Say what you need it for")
    if until < today:
        wrong["until"] = N_("Choose today or a later day")
    if wrong:
        raise Invalid(wrong)


def _log(change: Change, action: AuditAction, extension: Extension) -> None:
    change.log(
        action,
        str(extension.level),
        project="" if extension.level.kind is LevelKind.ORGANISATION else extension.level.name,
        resource=extension.resource.value,
        amount=shown(extension.resource, extension.amount),
        until=extension.until.isoformat(),
    )
