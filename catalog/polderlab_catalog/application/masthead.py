"""What the top of every page tells: whose lab it is, what is announced, what waits for somebody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from polderlab_catalog.application.announcements import current
from polderlab_catalog.application.confirmations import Confirmations
from polderlab_catalog.application.extensions import Extensions
from polderlab_catalog.application.organisations import Organisations
from polderlab_catalog.application.ports import Clock, Register
from polderlab_catalog.application.requests import Requests
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.announcements import Announcement
from polderlab_catalog.domain.texts import Text


@dataclass(frozen=True, slots=True)
class Masthead:
    """The names of the lead agency and of somebody's own organisation, announcements, and how much
    is unread or waits for them: requests for data and for more room, partners, what is to be
    confirmed."""

    host: Text | None = None
    home: Text | None = None
    announcements: Sequence[Announcement] = ()
    unread: int = 0
    waiting: int = 0
    more_waiting: int = 0
    partners_waiting: int = 0
    to_confirm: int = 0


class Mastheads:
    """Gathers it from one look at the register: every page asks for it."""

    def __init__(
        self,
        register: Register,
        clock: Clock,
        *,
        requests: Requests,
        extensions: Extensions,
        organisations: Organisations,
        confirmations: Confirmations,
    ) -> None:
        self._register, self._clock = register, clock
        self._requests, self._extensions = requests, extensions
        self._organisations, self._confirmations = organisations, confirmations

    def of(self, actor: Actor) -> Masthead:
        """Return what ``actor`` is told."""
        person = actor.person
        if person is None:
            return Masthead()
        with self._register.read() as t:
            lead, home = t.organisations.lead(), t.organisations.get(person.organisation)
            return Masthead(
                host=lead.name if lead else None,
                home=home.name if home else None,
                announcements=current(t, person, self._clock()),
                unread=t.notices.unread(person.username),
                waiting=len(self._requests.waiting_for(t, actor)),
                more_waiting=len(self._extensions.waiting_for(t, actor)),
                partners_waiting=self._organisations.waiting_for(t, actor),
                to_confirm=self._confirmations.count(t, actor),
            )
