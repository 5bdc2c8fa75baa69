"""Whether somebody who looks after the lab, or a part of it, may do so today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, tzinfo

from polderlab_catalog.application.errors import Refused
from polderlab_catalog.application.lookups import as_before
from polderlab_catalog.application.ports import Clock, Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.policy.decisions import ALLOWED, Decision
from polderlab_catalog.policy.oversight import may_oversee
from polderlab_catalog.policy.standing import may_be_here


@dataclass(frozen=True, slots=True)
class Oversight:
    """Asks the register how the actor's own organisation stands: an administrator of one that is
    suspended, or whose agreement ended, looks after nothing."""

    clock: Clock
    timezone: tzinfo

    @property
    def today(self) -> date:
        """The day it is in the lab's time zone."""
        return self.clock().astimezone(self.timezone).date()

    def decide(self, t: Transaction, actor: Actor) -> Decision:
        """Decide whether ``actor`` looks after anything today."""
        return may_oversee(actor) and self.stands(t, actor)

    def stands(self, t: Transaction, actor: Actor) -> Decision:
        """Decide whether ``actor`` may do anything in the lab today."""
        if actor.person is None:
            return ALLOWED
        home = t.organisations.get(actor.person.organisation)
        return as_before(t, actor) and may_be_here(actor.person, home, self.today)

    def require(self, t: Transaction, actor: Actor) -> None:
        """Raise :class:`Refused` unless ``actor`` looks after something today."""
        decision = self.decide(t, actor)
        if not decision:
            raise Refused(decision)
