"""Look at the audit log, and check that nobody changed it."""

from __future__ import annotations

from collections.abc import Sequence

from polderlab_catalog.application.ports import Register
from polderlab_catalog.domain.audit import AuditAction, AuditRecord
from polderlab_catalog.domain.chain import Verification, verify

__all__ = ["Audit", "Verification"]


class Audit:
    """Reads the log; nothing here writes to it."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def verify(self) -> Verification:
        """Walk the whole chain, streaming."""
        with self._register.read() as t:
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
        """Return the newest lines that match, newest first."""
        with self._register.read() as t:
            return t.audit.search(
                action=action, actor=actor, object=object, project=project, limit=limit
            )
