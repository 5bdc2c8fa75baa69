"""Ingests: from a file somebody handed in to a published version, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from polderlab_catalog.domain.texts import Text


class IngestState(StrEnum):
    """``received``: the file is there and waits to be looked at. ``detected``: how to read it
    waits for a person to confirm (``detected`` options). ``queued`` and ``running``: it is
    converted in the background. ``done``, ``failed`` and ``cancelled`` are for ever."""

    RECEIVED = "received"
    DETECTED = "detected"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def open(self) -> bool:
        """Whether something still happens, or waits to."""
        return self not in (IngestState.DONE, IngestState.FAILED, IngestState.CANCELLED)


class Severity(StrEnum):
    """An ``error`` stops the ingest; a ``warning`` is told and lived with."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to tell about the file: ``message`` is an English sentence (a message id of the
    translations) whose blanks ``details`` fill; ``code`` is its stable machine word."""

    severity: Severity
    code: str
    message: str
    details: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ingest:
    """One file on its way in.

    ``path`` is relative to the uploads folder; ``file`` is the name it was handed in under.
    ``options`` say how to read it (``delimiter``, ``encoding``, ``decimal``, ``sheet``,
    ``layer``), as detected and then as confirmed. ``preview`` holds column names and a few rows
    as text, for the person who confirms. ``progress`` runs from 0 to 1, ``step`` is the word for
    what happens now. ``project``, ``session`` and ``derived_from`` are set when a session
    published it. ``choices`` are what an option may be, where the file itself says (its sheets or
    layers). ``confirm``: a person is to look at the options first. ``attempts`` counts how often
    a worker began; ``heartbeat`` is when it last said it is alive.
    """

    id: str
    dataset: str
    actor: str
    file: str
    path: str
    bytes: int
    created: datetime
    state: IngestState = IngestState.RECEIVED
    confirm: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    preview: tuple[tuple[str, ...], ...] = ()
    step: str = ""
    progress: float = 0.0
    findings: tuple[Finding, ...] = ()
    note: Text = field(default_factory=Text)
    project: str = ""
    session: str = ""
    derived_from: tuple[str, ...] = ()
    attempts: int = 0
    started: datetime | None = None
    heartbeat: datetime | None = None
    finished: datetime | None = None
    version: int | None = None
