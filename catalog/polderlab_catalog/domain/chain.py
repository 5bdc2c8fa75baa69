"""The hash chain of the audit log: what makes a change to a line show.

Each line's hash covers its number, time, event and the hash before it, so changing, removing or
inserting a line breaks every hash after it (after Haber & Stornetta 1991, "How to time-stamp a
digital document"). Lines cut off at the end leave a valid, shorter chain: keep the last hash
elsewhere to notice that too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from polderlab_catalog.domain.audit import AuditEvent, AuditRecord

GENESIS = "0" * 64
"""The hash before the first line."""


def digest(number: int, at: datetime, event: AuditEvent, previous: str) -> str:
    """Return the SHA-256 (hex) over the canonical JSON of one line: sorted keys, no spaces."""
    line = {
        "number": number,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "event": {**asdict(event), "details": dict(event.details)},
        "previous": previous,
    }
    canonical = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def seal(event: AuditEvent, at: datetime, last: AuditRecord | None) -> AuditRecord:
    """Return ``event`` as the line that follows ``last``."""
    number, previous = (last.number + 1, last.hash) if last else (1, GENESIS)
    return AuditRecord(number, at, event, previous, digest(number, at, event, previous))


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the chain holds: ``count`` good lines, then ``first_bad`` and what is wrong."""

    ok: bool
    count: int
    first_bad: int | None = None
    reason: str = ""
    head: str = GENESIS
    """Hash of the last good line; keep it elsewhere to prove later that none was cut off."""


def verify(records: Iterable[AuditRecord]) -> Verification:
    """Walk the chain from its first line and stop at the first that does not fit."""
    count, head = 0, GENESIS
    for record in records:
        expected = count + 1
        if record.number != expected:
            return Verification(False, count, expected, f"line {expected} is missing", head)
        if record.previous != head:
            reason = f"line {expected} does not follow the line before it"
            return Verification(False, count, expected, reason, head)
        if record.hash != digest(record.number, record.at, record.event, record.previous):
            return Verification(False, count, expected, f"line {expected} was changed", head)
        count, head = expected, record.hash
    return Verification(True, count, head=head)
