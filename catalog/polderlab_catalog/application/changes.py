"""One change to the register: what is written, and the log line that goes with it."""

from __future__ import annotations

from dataclasses import dataclass

from polderlab_catalog.application.ports import Clock, Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, AuditEvent, Outcome


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
