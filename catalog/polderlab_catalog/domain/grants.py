"""Grants: a dataset, given to a project (never to a person), for a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from polderlab_catalog.domain.scopes import WHOLE, Scope


@dataclass(frozen=True, slots=True)
class Grant:
    """Access of ``project`` to ``dataset`` from ``starts`` until ``ends`` (exclusive instants,
    timezone-aware). ``scope`` says which columns and rows; ``conditions`` what the steward
    attached in words; ``request`` is the access request it answers. ``revoked_by`` is set when it
    was taken away before its time."""

    id: str
    dataset: str
    project: str
    starts: datetime
    ends: datetime
    granted_by: str
    reason: str = ""
    revoked: datetime | None = None
    revoked_by: str | None = None
    scope: Scope = WHOLE
    conditions: str = ""
    request: str | None = None

    def live(self, now: datetime) -> bool:
        """Whether the grant gives access at ``now`` (timezone-aware)."""
        return self.revoked is None and self.starts <= now < self.ends


def last_day(ends: datetime, zone: tzinfo) -> date:
    """Return the last day in ``zone`` before ``ends``: what ends at midnight holds until then."""
    return (ends - timedelta(microseconds=1)).astimezone(zone).date()
