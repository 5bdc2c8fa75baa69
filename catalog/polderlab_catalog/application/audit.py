"""Look at the audit log, take lines of it along, and check that nobody changed it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from polderlab_catalog.application.errors import Refused
from polderlab_catalog.application.oversight import Oversight
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, AuditEvent, AuditRecord
from polderlab_catalog.domain.chain import Verification, verify
from polderlab_catalog.domain.names import printable
from polderlab_catalog.policy.oversight import may_read_audit

__all__ = ["Audit", "Sought", "Verification"]

PAGE, BATCH = 50, 1000
MOST_EXPORTED = 1_000_000


@dataclass(frozen=True, slots=True)
class Sought:
    """Which lines: each that is given must fit; ``until`` is exclusive."""

    action: AuditAction | None = None
    actor: str | None = None
    object: str | None = None
    project: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def find(
        self, t: Transaction, *, limit: int, before: int | None = None
    ) -> Sequence[AuditRecord]:
        """Return the newest that fit, newest first."""
        return t.audit.search(
            action=self.action,
            actor=self.actor and printable(self.actor, 100),
            object=self.object and printable(self.object, 100),
            project=self.project and printable(self.project, 100),
            since=self.since,
            until=self.until,
            before=before,
            limit=limit,
        )


@dataclass(frozen=True, slots=True)
class LogPage:
    """A page of lines, newest first; ``older`` is the number to go on from."""

    lines: tuple[AuditRecord, ...]
    older: int | None


class Audit:
    """Reads the log. Only taking lines along writes to it: that somebody did."""

    def __init__(self, register: Register, clock: Clock, oversight: Oversight) -> None:
        self._register, self._clock, self._oversight = register, clock, oversight

    def verify(self, actor: Actor | None = None) -> Verification:
        """Walk the whole chain, streaming."""
        with self._register.read() as t:
            self._require(t, actor)
            return verify(t.audit.records())

    def show(
        self,
        *,
        action: AuditAction | None = None,
        actor: str | None = None,
        object: str | None = None,
        project: str | None = None,
        limit: int = 100,
    ) -> Sequence[AuditRecord]:
        """Return the newest lines that match, newest first: for operators."""
        with self._register.read() as t:
            return Sought(action, actor, object, project).find(t, limit=limit)

    def page(
        self, actor: Actor, sought: Sought, *, before: int | None = None, size: int = PAGE
    ) -> LogPage:
        """Return a page of lines; raise :class:`Refused`."""
        with self._register.read() as t:
            self._require(t, actor)
            found = sought.find(t, limit=size + 1, before=before)
        lines = tuple(found[:size])
        return LogPage(lines, lines[-1].number if len(found) > size else None)

    def export(self, actor: Actor, sought: Sought) -> Iterator[AuditRecord]:
        """Note that lines are taken along, and return them, newest first, in batches.

        Raises :class:`Refused` before the first. Lines that come in meanwhile are left out.
        """
        with self._register.write() as t:
            self._require(t, actor)
            wanted = {
                name: str(value)
                for name in ("action", "actor", "object", "project", "since", "until")
                if (value := getattr(sought, name)) is not None
            }
            event = AuditEvent(
                AuditAction.AUDIT_EXPORTED, actor.name, origin=actor.origin, details=wanted
            )
            first = t.audit.append(event, self._clock()).number
        return self._batches(sought, first)

    def _batches(self, sought: Sought, before: int) -> Iterator[AuditRecord]:
        for _ in range(MOST_EXPORTED // BATCH):
            with self._register.read() as t:
                found = sought.find(t, limit=BATCH, before=before)
            yield from found
            if len(found) < BATCH:
                return
            before = found[-1].number

    def _require(self, t: Transaction, actor: Actor | None) -> None:
        if actor is None:
            return
        decision = may_read_audit(actor) and self._oversight.stands(t, actor)
        if not decision:
            raise Refused(decision)
