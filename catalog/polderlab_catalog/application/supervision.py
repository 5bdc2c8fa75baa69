"""The sessions that run, for those who look after them: who has what, and stopping it."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from polderlab_catalog.application.errors import Invalid, Refused, Unavailable
from polderlab_catalog.application.oversight import Oversight
from polderlab_catalog.application.ports import Clock, Hub, Register, Transaction
from polderlab_catalog.application.sessions import Sessions
from polderlab_catalog.application.telling import News, both, tell
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.names import printable
from polderlab_catalog.domain.notices import NoticeKind
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import Person
from polderlab_catalog.domain.projects import Project
from polderlab_catalog.domain.sessions import Session
from polderlab_catalog.policy.decisions import N_
from polderlab_catalog.policy.oversight import oversees

MAX_REASON = 200


@dataclass(frozen=True, slots=True)
class Overseen:
    """An open session as an administrator sees it; ``active`` is when its server last did
    something, where the hub tells."""

    session: Session
    person: Person | None
    project: Project
    organisation: Organisation
    active: datetime | None


class Supervision:
    """Shows and stops sessions: all of them to lab administrators, those in its own projects to
    an organisation's administrator. Others do not learn that they exist."""

    def __init__(
        self,
        register: Register,
        clock: Clock,
        sessions: Sessions,
        hub: Hub,
        oversight: Oversight,
    ) -> None:
        self._register, self._clock, self._sessions = register, clock, sessions
        self._hub, self._oversight = hub, oversight

    def overseen(self, actor: Actor) -> list[Session]:
        """Return the open sessions ``actor`` looks after, oldest first; raise ``Refused``.

        From the register alone: it asks nothing of the hub.
        """
        with self._register.read() as t:
            return self._overseen(t, actor)

    def list_open(self, actor: Actor) -> list[Overseen]:
        """Return the same with whose they are, and when the hub saw them do something."""
        mine = self.overseen(actor)
        try:
            activity = self._hub.activity()
        except (Unavailable, Refused):
            activity = {}
        with self._register.read() as t:
            projects = {project.slug: project for project in t.projects.all()}
            organisations = {each.slug: each for each in t.organisations.all()}
            return [
                Overseen(
                    session,
                    t.people.get(session.username),
                    project,
                    organisations[project.organisation],
                    activity.get((session.username, session.project)),
                )
                for session in mine
                for project in (projects[session.project],)
            ]

    def stop(self, actor: Actor, chosen: Collection[str] | None, reason: str) -> list[Session]:
        """Stop the sessions ``chosen`` by id (None: all) of those ``actor`` looks after.

        The register first: then nothing can be read any more, whatever the hub does. Who had one
        is told why. Returns those that were stopped; raises ``Refused`` or ``Invalid``.
        """
        told = printable(" ".join(reason.split()), MAX_REASON)
        if not told:
            raise Invalid({"reason": N_("Say why: the person reads it")})
        if chosen is not None and not chosen:
            raise Invalid({"session": N_("Choose at least one session")})
        with self._register.write() as t:
            overseen = self._overseen(t, actor)
            stopped = [each for each in overseen if chosen is None or each.id in chosen]
            projects = t.projects.some({each.project for each in stopped})
            for session in stopped:
                self._sessions.end(t, session, f"administrator: {told}", actor)
                details = {**both("project", projects[session.project].title), "reason": told}
                news = News(NoticeKind.SESSION_STOPPED, session.id, details)
                tell(t, self._clock(), [session.username], news)
        with suppress(Unavailable):  # the reconciler stops what is left within half a minute
            for session in stopped:
                with suppress(Refused):
                    self._hub.stop(session.username, session.project)
        return stopped

    def _overseen(self, t: Transaction, actor: Actor) -> list[Session]:
        self._oversight.require(t, actor)
        running = t.sessions.open()
        projects = t.projects.some({each.project for each in running})
        return [s for s in running if oversees(actor, projects[s.project].organisation)]
