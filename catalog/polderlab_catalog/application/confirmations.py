"""Once in a while: does this still stand? What nobody confirms in time, ends."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from polderlab_catalog.application.closing import Ender
from polderlab_catalog.application.errors import NotFound, Refused
from polderlab_catalog.application.lookups import the_organisation
from polderlab_catalog.application.oversight import Oversight
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.application.telling import (
    News,
    both,
    in_role,
    lab_administrators,
    tell,
)
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, AuditEvent
from polderlab_catalog.domain.confirmations import Confirmation, Matter
from polderlab_catalog.domain.datasets import Dataset
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.domain.notices import NoticeKind
from polderlab_catalog.domain.people import LabRole, Person
from polderlab_catalog.domain.projects import Project
from polderlab_catalog.policy.confirmations import (
    CONFIRMS,
    TOLD_BEFORE,
    asked,
    confirmed,
    lapses,
    may_confirm,
    never_lapses,
)
from polderlab_catalog.policy.decisions import ALLOWED
from polderlab_catalog.policy.roles import may_touch

Key = tuple[Matter, str]
LAPSE_REASON = "not confirmed in time"
AT_ONCE = 500
"""How many are taken up in one transaction."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something that stands, and whether it is to be confirmed; what it is about is there."""

    confirmation: Confirmation
    grant: Grant | None = None
    dataset: Dataset | None = None
    project: Project | None = None
    person: Person | None = None


class Confirmations:
    """Asks every so often, takes the answers, and ends what nobody confirmed."""

    def __init__(
        self,
        register: Register,
        clock: Clock,
        *,
        oversight: Oversight,
        every: timedelta,
        within: timedelta,
    ) -> None:
        self._register, self._clock = register, clock
        self._oversight, self._timezone = oversight, oversight.timezone
        self._every, self._within = every, within

    def waiting(self, actor: Actor) -> list[Line]:
        """Return what the actor is asked to confirm now, the first to lapse first."""
        with self._register.read() as t:
            lines = [line for held in self._mine(t, actor) if (line := _line(t, held)) is not None]
        return sorted(lines, key=lambda line: (line.confirmation.deadline, line.confirmation.key))

    def count(self, t: Transaction, actor: Actor) -> int:
        """Return how much waits for the actor: cheap for those who never confirm anything."""
        roles = {*CONFIRMS.values(), LabRole.LAB_ADMINISTRATOR}
        return len(self._mine(t, actor)) if any(map(actor.has, roles)) else 0

    def confirm(self, actor: Actor, keys: Collection[Key]) -> int:
        """Confirm what was looked at; what is not waiting is passed over. Raises ``Refused``."""
        now = self._clock()
        with self._register.write() as t:
            held = self._theirs(t, actor, keys)
            for each in held:
                t.confirmations.put(confirmed(each, now, actor.name, self._every))
                _log(t, now, AuditAction.CONFIRMATION_GIVEN, actor, each)
        return len(held)

    def end(self, actor: Actor, key: Key) -> None:
        """Say that it should not stand on: it ends now. Raises ``Refused`` or ``NotFound``."""
        with self._register.write() as t:
            held = self._theirs(t, actor, [key])
            if not held:
                raise NotFound(key[0].value, key[1])
            person = t.people.get(key[1]) if key[0] is Matter.PERSON else None
            decision = may_touch(actor, person) if person else ALLOWED
            if not decision:
                raise Refused(decision)
            self._end(t, actor, held[0], "not confirmed: ended")

    def run_due(self) -> int:
        """Ask what is due, remind, and let lapse what nobody confirmed; return how much changed.

        Safe to run again at any time: each step is noted in the transaction that takes it.
        """
        changed = 0
        while True:  # a lab has thousands: nobody should wait for all of them at once
            with self._register.write() as t:
                taken, more = self._step(t, self._clock())
            changed += more
            if taken < AT_ONCE:
                return changed

    def _step(self, t: Transaction, now: datetime) -> tuple[int, int]:
        """Take up what is to be done, ``AT_ONCE`` at most; return how many, and what it changed."""
        people = list(t.people.all())
        stands = {
            (each.kind, each.key): each for each in _standing(t, now, self._today(now), people)
        }
        held = {(each.kind, each.key): each for each in t.confirmations.find()}
        fresh = sorted(stands.keys() - held.keys())[:AT_ONCE]
        for key in fresh:
            # a while after it began, or from now on where nobody knows when that was
            due = max(stands[key].due + self._every, now)
            t.confirmations.put(replace(stands[key], due=due))
        pairs = [(each, stands.get(key)) for key, each in held.items()]
        todo = [pair for pair in pairs if _moves_on(*pair, now)][: AT_ONCE - len(fresh)]
        changed = sum(self._move_on(t, now, *pair, people) for pair in todo)
        taken = len(fresh) + len(todo)
        if taken < AT_ONCE:  # the last: people are told once, how much in all
            self._tell_asked(t, now, people)
        return taken, changed

    def _move_on(
        self,
        t: Transaction,
        now: datetime,
        held: Confirmation,
        stands: Confirmation | None,
        people: list[Person],
    ) -> int:
        if stands is None:  # it ended in another way
            t.confirmations.put(replace(held, ended=now, asked=None, deadline=None))
            return 0
        if held.organisation != stands.organisation:
            # It was handed over: the new owner is asked now, and has the whole time to answer.
            held = replace(held, organisation=stands.organisation, due=now)
        elif lapses(held, now):
            return self._lapse(t, now, held, people)
        held = asked(held, now, self._within)
        t.confirmations.put(held)
        _log(t, now, AuditAction.CONFIRMATION_ASKED, Actor.lab(), held)
        return 1

    def _lapse(
        self, t: Transaction, now: datetime, held: Confirmation, people: list[Person]
    ) -> int:
        line = _line(t, held)
        if line is not None and line.person is not None and never_lapses(line.person):
            t.confirmations.put(replace(held, deadline=now + self._within))
            return 0
        if line is not None:
            organisation = the_organisation(t, held.organisation)
            details = {
                **both("organisation", organisation.name),
                "what": _name_of(line),
                "date": self._today(now).isoformat(),
            }
            news = News(NoticeKind.LAPSED, f"{held.kind}:{held.key}:{held.asked}", details, "/")
            tell(t, now, self._answerers(held, people), news)
        self._end(t, Actor.lab(), held, LAPSE_REASON)
        return 1

    def _end(self, t: Transaction, actor: Actor, held: Confirmation, reason: str) -> None:
        now = self._clock()
        ender = Ender(t, actor, now, self._timezone)
        match held.kind:
            case Matter.GRANT:
                ender.grants([each for each in [t.grants.get(held.key)] if each], reason)
            case Matter.PERSON:
                ender.person(held.key, reason)
            case Matter.PROJECT:
                ender.project(held.key, reason)
        t.confirmations.put(replace(held, ended=now, asked=None, deadline=None))
        _log(t, now, AuditAction.CONFIRMATION_LAPSED, actor, held, reason=reason)

    def _tell_asked(self, t: Transaction, now: datetime, people: list[Person]) -> None:
        waiting: dict[tuple[str, date, bool, frozenset[str]], list[Confirmation]] = {}
        answer: dict[tuple[str, Matter], frozenset[str]] = {}
        for held in t.confirmations.find(asked_only=True):
            if held.deadline is not None:
                near = held.deadline - now <= TOLD_BEFORE
                day = held.deadline.astimezone(self._timezone).date()
                role = (held.organisation, held.kind)
                if role not in answer:
                    answer[role] = frozenset(self._answerers(held, people))
                waiting.setdefault((*role[:1], day, near, answer[role]), []).append(held)
        for (slug, day, near, who), held_ in waiting.items():
            details = {
                **both("organisation", the_organisation(t, slug).name),
                "count": str(len(held_)),
                "date": day.isoformat(),
            }
            kind = NoticeKind.LAPSE_NEAR if near else NoticeKind.CONFIRMATION_ASKED
            tell(t, now, who, News(kind, f"{slug}:{day}", details, "/confirmations"))

    def _answerers(self, held: Confirmation, people: list[Person]) -> list[str]:
        found = in_role(people, held.organisation, CONFIRMS[held.kind])
        return found or lab_administrators(people)

    def _mine(self, t: Transaction, actor: Actor) -> list[Confirmation]:
        everywhere = actor.trusted or actor.has(LabRole.LAB_ADMINISTRATOR)
        own = None if everywhere or actor.person is None else actor.person.organisation
        held = t.confirmations.find(organisation=own, asked_only=True)
        alone = _alone(t, held)
        return [
            each
            for each in held
            if may_confirm(
                actor, each.kind, each.organisation, alone=alone[each.organisation, each.kind]
            )
        ]

    def _theirs(self, t: Transaction, actor: Actor, keys: Iterable[Key]) -> list[Confirmation]:
        decision = self._oversight.stands(t, actor)
        if not decision:
            raise Refused(decision)
        found = [t.confirmations.get(kind, key) for kind, key in keys]
        held = [each for each in found if each is not None and each.open]
        alone = _alone(t, held)
        for each in held:
            decision = may_confirm(
                actor, each.kind, each.organisation, alone=alone[each.organisation, each.kind]
            )
            if not decision:
                raise Refused(decision)
        return held

    def _today(self, now: datetime) -> date:
        return now.astimezone(self._timezone).date()


def _standing(
    t: Transaction, now: datetime, today: date, people: Iterable[Person]
) -> Iterable[Confirmation]:
    """Yield what stands now; ``due`` is when it began, where that is known."""
    projects = [each for each in t.projects.all() if each.starts <= today <= each.ends]
    for project in projects:
        yield Confirmation(Matter.PROJECT, project.slug, project.organisation, now)
    for person in people:
        if person.active:
            yield Confirmation(Matter.PERSON, person.username, person.organisation, now)
    owners = {each.name: each.organisation for each in t.datasets.all()}
    for grant in t.grants.find():
        if grant.live(now) and grant.dataset in owners:
            yield Confirmation(Matter.GRANT, grant.id, owners[grant.dataset], grant.starts)


def _moves_on(held: Confirmation, stands: Confirmation | None, now: datetime) -> bool:
    """Tell whether something is to be done about ``held``; ``stands`` is what stands of it now."""
    if stands is None or held.organisation != stands.organisation:
        return True
    return lapses(held, now) or (not held.open and held.due <= now)


def _alone(t: Transaction, held: Iterable[Confirmation]) -> dict[tuple[str, Matter], bool]:
    """Tell of each organisation and kind whether nobody there confirms: people are read once."""
    pairs = {(each.organisation, each.kind) for each in held}
    slugs = {slug for slug, _ in pairs}
    only = next(iter(slugs)) if len(slugs) == 1 else None
    people = t.people.all(organisation=only) if pairs else ()
    there = {(each.organisation, role) for each in people if each.active for role in each.roles}
    return {(slug, kind): (slug, CONFIRMS[kind]) not in there for slug, kind in pairs}


def _line(t: Transaction, held: Confirmation) -> Line | None:
    """Return what ``held`` is about; None when it no longer stands by itself."""
    match held.kind:
        case Matter.PERSON:
            person = t.people.get(held.key)
            return Line(held, person=person) if person is not None and person.active else None
        case Matter.PROJECT:
            project = t.projects.get(held.key)
            return Line(held, project=project) if project is not None else None
        case Matter.GRANT:
            grant = t.grants.get(held.key)
            if grant is None or grant.revoked is not None:
                return None
            dataset, project = t.datasets.get(grant.dataset), t.projects.get(grant.project)
            return Line(held, grant=grant, dataset=dataset, project=project)


def _name_of(line: Line) -> str:
    if line.grant is not None:
        return f"{line.grant.dataset} → {line.grant.project}"
    return line.person.display_name if line.person else line.confirmation.key


def _log(
    t: Transaction,
    now: datetime,
    action: AuditAction,
    actor: Actor,
    held: Confirmation,
    **details: str,
) -> None:
    told = {"kind": held.kind.value, "organisation": held.organisation, **details}
    t.audit.append(
        AuditEvent(action, actor=actor.name, object=held.key, origin=actor.origin, details=told),
        now,
    )
