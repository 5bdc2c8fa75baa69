"""Grants: a dataset, given to a project (never to a person), for a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """Access of ``project`` to ``dataset`` from ``starts`` until ``ends`` (exclusive instants,
    timezone-aware). ``ended_by`` is set when it was revoked before its time."""

    id: str
    dataset: str
    project: str
    starts: datetime
    ends: datetime
    granted_by: str
    reason: str = ""
    revoked: datetime | None = None
    revoked_by: str | None = None

    def live(self, now: datetime) -> bool:
        """Whether the grant gives access at ``now`` (timezone-aware)."""
        return self.revoked is None and self.starts <= now < self.ends
