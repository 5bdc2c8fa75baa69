"""Reads: one use of a dataset by a session, however many requests it takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Read:
    """A read under way: all requests of one session for one file of one version, until it has
    been silent for a while; then it becomes one line of the audit log.

    ``requests`` and ``bytes`` count what was let go so far (HEAD requests left out).
    """

    id: str
    session: str
    username: str
    project: str
    purpose: str
    origin: str
    dataset: str
    version: int
    file: str
    started: datetime
    last: datetime
    requests: int = 0
    bytes: int = 0
