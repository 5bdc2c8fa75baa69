"""Sessions that run are held to what they may use, and stopped when they may not go on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo

from polderlab_catalog.application.lookups import standing
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.application.rooms import Rooms
from polderlab_catalog.application.sessions import Sessions
from polderlab_catalog.domain.sessions import Session
from polderlab_catalog.policy.allocations import has_hours
from polderlab_catalog.policy.decisions import Decision
from polderlab_catalog.policy.standing import may_work


class Holding:
    """Looks at every open session: may its person still work, and are there hours left?

    Who may no longer work is stopped at once (they can read nothing any more already). Where the
    month's hours are used up there is a while to save one's work; more hours lift that.
    Closing in the register frees the place; the hub's reconciler stops the container.
    """

    def __init__(
        self,
        register: Register,
        clock: Clock,
        sessions: Sessions,
        *,
        grace: timedelta = timedelta(minutes=10),
        timezone: tzinfo = UTC,
    ) -> None:
        self._register, self._clock, self._sessions = register, clock, sessions
        self._grace, self._timezone = grace, timezone

    def enforce(self) -> list[Session]:
        """Stop what may not go on, tell what soon may not, and return what was stopped."""
        with self._register.read() as t:
            if not self._changes(t):
                return []
        stopped = []
        with self._register.write() as t:
            for session, decision, stop_at in self._changes(t):
                if stop_at is not None and stop_at <= self._clock():
                    self._sessions.end(t, session, decision.code.value)
                    stopped.append(session)
                else:
                    reason = decision.code.value if stop_at else ""
                    t.sessions.put(replace(session, stop_at=stop_at, stop_reason=reason))
        return stopped

    def _changes(self, t: Transaction) -> list[tuple[Session, Decision, datetime | None]]:
        """Return the sessions for which something is to be done, and by when they must stop."""
        now = self._clock()
        today = now.astimezone(self._timezone).date()
        found: list[tuple[Session, Decision, datetime | None]] = []
        houses: dict[str, Rooms] = {}
        for session in t.sessions.open():
            facts = standing(t, session.username, session.project, today)
            decision = may_work(facts)
            if not decision or facts.owner is None:
                found.append((session, decision, now))
                continue
            if facts.owner.slug not in houses:
                houses[facts.owner.slug] = Rooms(t, facts.owner, now, self._timezone)
            rooms = houses[facts.owner.slug].of(session.project, session.username)
            decision = has_hours(rooms)
            stop_at = (session.stop_at or now + self._grace) if not decision else None
            if stop_at != session.stop_at or (stop_at is not None and stop_at <= now):
                found.append((session, decision, stop_at))
        return found
