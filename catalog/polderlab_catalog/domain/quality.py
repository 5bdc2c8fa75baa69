"""Quality: what a dataset's steward declares to hold, and what a run found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class CheckKind(StrEnum):
    """What can be declared.

    ``required``: the column is there and has no empty values. ``range``: values lie within
    ``minimum`` and ``maximum`` (either may be left out). ``unique``: no value, or combination of
    values of ``columns``, occurs twice. ``allowed``: only ``values`` occur. ``freshness``: the
    newest value of a date column, or the version itself where no column is named, is at most
    ``days`` old.
    """

    REQUIRED = "required"
    RANGE = "range"
    UNIQUE = "unique"
    ALLOWED = "allowed"
    FRESHNESS = "freshness"


class OnFailure(StrEnum):
    """What a failing check does to a version: keep it from being published, or mark it."""

    BLOCK = "block"
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Check:
    """One declared check; ``options`` hold what its kind needs (see :class:`CheckKind`)."""

    kind: CheckKind
    columns: tuple[str, ...] = ()
    options: Mapping[str, str | int | float | tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check found: ``failing`` rows of ``rows``; ``error`` when it could not be run."""

    check: Check
    passed: bool
    failing: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class QualityRun:
    """All checks of a dataset, run on one version at one moment."""

    dataset: str
    version: int
    at: datetime
    rows: int
    results: tuple[CheckResult, ...]

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(result.passed for result in self.results)
