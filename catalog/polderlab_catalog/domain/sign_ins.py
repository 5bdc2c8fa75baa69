"""Signing in: failed tries that are remembered, and links by which a password is chosen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Tries:
    """Failed tries held against ``subject``: a name (``name:ravi``) or an address
    (``address:192.0.2.7``). ``failed`` counted up to and including the one at ``last``."""

    subject: str
    failed: int = 0
    last: datetime | None = None
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PasswordLink:
    """A link with which ``username`` chooses a password, once, before ``expires``.

    Only the hash of its key is kept (SHA-256, hex). A person has one at most.
    """

    username: str
    key_hash: str = field(repr=False)
    expires: datetime
