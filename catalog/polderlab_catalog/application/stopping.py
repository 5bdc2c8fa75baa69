"""Stop what somebody has running, when they may no longer have it."""

from __future__ import annotations

import logging

from polderlab_catalog.application.errors import Refused, Unavailable
from polderlab_catalog.application.ports import Hub, Register
from polderlab_catalog.application.sessions import Sessions
from polderlab_catalog.domain.actors import Actor

log = logging.getLogger("polderlab.sessions")


class Stopping:
    """Closes sessions in the register, which ends all they may read, and then their servers.

    A hub that does not answer is no error here: its reconciler stops what the register closed.
    """

    def __init__(self, register: Register, sessions: Sessions, hub: Hub) -> None:
        self._register, self._sessions, self._hub = register, sessions, hub

    def stop(
        self,
        actor: Actor,
        reason: str,
        *,
        username: str | None = None,
        project: str | None = None,
        organisation: str | None = None,
    ) -> int:
        """Stop what matches, and return how many sessions that were.

        ``organisation`` is that of the person or of the project.
        """
        with self._register.read() as t:
            found = list(t.sessions.open(username=username, project=project))
            if organisation is not None:
                people = {each.username for each in t.people.all(organisation=organisation)}
                projects = {each.slug for each in t.projects.all(organisation=organisation)}
                found = [s for s in found if s.username in people or s.project in projects]
        for session in found:
            self._sessions.close(session.id, reason, actor)
        for session in found:
            try:
                self._hub.stop(session.username, session.project)
            except (Unavailable, Refused) as error:
                log.warning("A closed session's server is left to the reconciler: %s", error)
        return len(found)
