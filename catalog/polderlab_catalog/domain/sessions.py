"""Sessions: one running server of one person in one project."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from polderlab_catalog.domain.texts import Text


class SessionState(StrEnum):
    """``starting`` holds its place but cannot read; ``running`` can; ``closed`` is for ever."""

    STARTING = "starting"
    RUNNING = "running"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Session:
    """A session and what it holds of the allocation. Only the token's SHA-256 (hex) is kept.

    ``seen`` is when its container was last known to run. ``stop_at`` is when it will be stopped,
    and ``stop_reason`` why, in the words of a verdict's code.
    """

    id: str
    username: str
    project: str
    image: str
    size: str
    cpus: float
    memory_bytes: int
    token_hash: str
    state: SessionState
    started: datetime
    language: str = "nl"
    container: str | None = None
    address: str | None = None
    closed: datetime | None = None
    close_reason: str = ""
    seen: datetime | None = None
    stop_at: datetime | None = None
    stop_reason: str = ""

    @property
    def open(self) -> bool:
        """Whether the session holds a place: it starts or runs."""
        return self.state is not SessionState.CLOSED


@dataclass(frozen=True, slots=True)
class Size:
    """A named pair of processors and memory a session may have."""

    name: str
    title: Text
    cpus: float
    memory_bytes: int
    pids: int = 512


@dataclass(frozen=True, slots=True)
class Image:
    """A curated image as it may be used now: its name, version and content digest."""

    name: str
    version: str
    title: Text
    digest: str
