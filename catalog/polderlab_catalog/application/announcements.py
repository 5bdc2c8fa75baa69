"""Tell everyone, an organisation, a project or some people something, for a while."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from polderlab_catalog.application.door import Door
from polderlab_catalog.application.errors import Invalid, NotFound, must
from polderlab_catalog.application.lookups import the_organisation, the_project
from polderlab_catalog.application.oversight import Oversight
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.announcements import Announcement, Audience
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.names import legible, printable
from polderlab_catalog.domain.people import Person
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.decisions import ALLOWED, N_, Code, Decision, refused
from polderlab_catalog.policy.oversight import oversees, sees_all

MAX_TEXT, MAX_NAMES = 500, 1000
LONGEST = timedelta(days=366)
_TO_RUNNING = timedelta(days=1)
_NAMED = {
    Audience.ORGANISATION: "organisation",
    Audience.PROJECT: "project",
    Audience.PEOPLE: "person",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """An announcement as somebody wants it; without ``starts`` it begins now."""

    text: Text
    audience: Audience = Audience.EVERYONE
    names: tuple[str, ...] = ()
    starts: datetime | None = None
    ends: datetime | None = None


class Announcements:
    """Makes, withdraws and shows announcements.

    A lab administrator tells anyone, an organisation's administrator its own people and projects.
    """

    def __init__(self, register: Register, clock: Clock, oversight: Oversight) -> None:
        self._register, self._clock, self._oversight = register, clock, oversight
        self._door = Door(register, clock)

    def make(self, actor: Actor, draft: Draft) -> Announcement:
        """Show ``draft`` to its audience; raise ``Refused``, ``NotFound`` or ``Invalid``."""
        now = self._clock()
        made = _checked(draft, actor, now)
        with self._door.change(actor) as change:
            must(self._may(change.t, actor, draft))
            change.t.announcements.put(made)
            change.log(
                AuditAction.ANNOUNCEMENT_MADE,
                made.id,
                audience=made.audience.value,
                names=printable(", ".join(made.names), 1000),
                until=made.ends.isoformat(timespec="seconds"),
                text=printable(" ".join(made.text.in_("nl").split()), MAX_TEXT),
            )
        return made

    def tell_running(self, actor: Actor, text: Text) -> Announcement:
        """Show ``text`` for a day to whoever has a session open that ``actor`` looks after."""
        with self._register.read() as t:
            self._oversight.require(t, actor)
            names = _working(t, actor)
        if not names:
            raise Invalid({"text": N_("No session runs now, so nobody would read it")})
        ends = self._clock() + _TO_RUNNING
        return self.make(actor, Draft(text, Audience.PEOPLE, tuple(sorted(names)), None, ends))

    def withdraw(self, actor: Actor, announcement_id: str) -> bool:
        """Show it no longer; raise ``NotFound``, also when it is not the actor's to withdraw."""
        with self._door.change(actor) as change:
            self._oversight.require(change.t, actor)
            held = change.t.announcements.get(printable(announcement_id, 36))
            if held is None or not self._theirs(change.t, actor, held):
                raise NotFound("announcement", printable(announcement_id, 36))
            if held.withdrawn is not None:
                return False
            change.t.announcements.put(replace(held, withdrawn=self._clock()))
            change.log(AuditAction.ANNOUNCEMENT_WITHDRAWN, held.id)
            return True

    def list_all(self, actor: Actor) -> list[Announcement]:
        """Return those ``actor`` looks after, newest first; raise ``Refused``."""
        with self._register.read() as t:
            self._oversight.require(t, actor)
            return [each for each in t.announcements.find() if self._theirs(t, actor, each)]

    def _may(self, t: Transaction, actor: Actor, draft: Draft) -> Decision:
        decision = self._oversight.decide(t, actor)
        if not decision:
            return decision
        if draft.audience is Audience.EVERYONE:
            return ALLOWED if sees_all(actor) else refused(Code.NOT_LAB_ADMINISTRATOR)
        for name in _hidden(t, actor, draft):
            # what others have looks as if it were not there
            raise NotFound(_NAMED[draft.audience], printable(name))
        return ALLOWED

    @staticmethod
    def _theirs(t: Transaction, actor: Actor, held: Announcement) -> bool:
        if sees_all(actor) or held.by == actor.name:
            return True
        if held.audience in (Audience.EVERYONE, Audience.PEOPLE):
            return False
        return all(oversees(actor, _organisation(t, held.audience, name)) for name in held.names)


def current(t: Transaction, person: Person, now: datetime) -> list[Announcement]:
    """Return what ``person`` is to be shown at ``now``, newest first."""
    live = [each for each in t.announcements.find(after=now) if each.live(now)]
    if not live:
        return []
    projects = {each.project for each in t.projects.memberships(username=person.username)}
    return [each for each in live if each.concerns(person.username, person.organisation, projects)]


def _hidden(t: Transaction, actor: Actor, draft: Draft) -> list[str]:
    """Return the names of ``draft`` that are not the actor's to tell anything."""
    if draft.audience is not Audience.PEOPLE:
        owners = {name: _organisation(t, draft.audience, name) for name in draft.names}
        return [name for name, owner in owners.items() if not oversees(actor, owner)]
    # Whoever works in a project of one's own may be told, of whatever organisation.
    theirs = _working(t, actor)
    if not theirs.issuperset(draft.names):
        theirs |= {each.username for each in t.people.all() if oversees(actor, each.organisation)}
    return [name for name in draft.names if name not in theirs]


def _working(t: Transaction, actor: Actor) -> set[str]:
    """Return who has a session open in a project that ``actor`` looks after."""
    owners = {project.slug: project.organisation for project in t.projects.all()}
    return {
        session.username
        for session in t.sessions.open()
        if oversees(actor, owners[session.project])
    }


def _organisation(t: Transaction, audience: Audience, name: str) -> str:
    """Return which organisation is told, or has the project; raise :class:`NotFound`."""
    if audience is Audience.ORGANISATION:
        return the_organisation(t, name).slug
    return the_project(t, name).organisation


def _checked(draft: Draft, actor: Actor, now: datetime) -> Announcement:
    text = Text(legible(draft.text.nl, MAX_TEXT), legible(draft.text.en, MAX_TEXT))
    starts = draft.starts or now
    ends = draft.ends or now + timedelta(days=7)
    wrong = {}
    if not (text.nl or text.en):
        wrong["text"] = N_("Write what people should know")
    if max(len(draft.text.nl), len(draft.text.en)) > MAX_TEXT:
        wrong["text"] = N_("Keep it to 500 characters")
    if ends <= max(starts, now) or ends - now > 2 * LONGEST or ends - starts > LONGEST:
        wrong["ends"] = N_("Choose an end after the beginning and after now, within a year")
    if (draft.audience is Audience.EVERYONE) is bool(draft.names) or len(draft.names) > MAX_NAMES:
        wrong["names"] = N_("Choose whom it is for")
    if wrong:
        raise Invalid(wrong)
    return Announcement(
        id=str(uuid4()),
        text=text,
        audience=draft.audience,
        names=tuple(sorted(set(draft.names))),
        starts=starts,
        ends=ends,
        by=actor.name,
        made=now,
    )
