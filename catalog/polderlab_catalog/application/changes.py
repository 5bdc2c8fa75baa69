"""One change to the register by an administrator: decided, done and logged together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from polderlab_catalog.application.errors import Refused
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, AuditEvent, Outcome
from polderlab_catalog.policy.administration import may_administer
from polderlab_catalog.policy.decisions import Decision


@dataclass(frozen=True, slots=True)
class Change:
    """The transaction a change is made in, and the log line that goes with it."""

    t: Transaction
    actor: Actor
    clock: Clock

    def log(
        self,
        action: AuditAction,
        object: str,
        *,
        project: str = "",
        outcome: Outcome = Outcome.OK,
        **details: str | int,
    ) -> None:
        """Write the line into the audit log."""
        event = AuditEvent(
            action,
            actor=self.actor.name,
            outcome=outcome,
            object=object,
            project=project,
            origin=self.actor.origin,
            details=details,
        )
        self.t.audit.append(event, self.clock())


class Changes:
    """Opens changes for those who may make them; a refusal is logged and raised."""

    def __init__(self, register: Register, clock: Clock) -> None:
        self._register, self._clock = register, clock

    @contextmanager
    def __call__(
        self, actor: Actor, may: Callable[[Transaction, Actor], Decision] | None = None
    ) -> Iterator[Change]:
        """Yield a change by ``actor`` if ``may`` (default: administrators only) allows it."""
        with self._register.write() as t:
            change = Change(t, actor, self._clock)
            decision = may(t, actor) if may else may_administer(actor)
            if decision:
                yield change
                return
            change.log(
                AuditAction.ADMINISTRATION_REFUSED,
                "",
                outcome=Outcome.REFUSED,
                code=decision.code.value,
            )
        raise Refused(decision)
