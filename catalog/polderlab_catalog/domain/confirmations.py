"""Confirmations: once in a while somebody says that what stands should go on standing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Matter(StrEnum):
    """What is confirmed."""

    GRANT = "grant"
    PERSON = "person"
    PROJECT = "project"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Whether something still stands, as ``organisation`` is asked to say.

    ``key`` is the grant's id, the username or the project's slug. It is asked again at ``due``;
    once ``asked`` it lapses at ``deadline`` unless it is confirmed. ``ended`` is when it was
    ended, by hand or by lapsing: it is not asked any more.
    """

    kind: Matter
    key: str
    organisation: str
    due: datetime
    asked: datetime | None = None
    deadline: datetime | None = None
    confirmed: datetime | None = None
    confirmed_by: str = ""
    ended: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether an answer is waited for."""
        return self.asked is not None and self.ended is None
