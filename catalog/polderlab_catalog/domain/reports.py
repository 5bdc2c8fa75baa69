"""Reports: what an organisation used in a month and what that cost, kept as it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from polderlab_catalog.domain.texts import Text
from polderlab_catalog.domain.usage import Use


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One thing a project used, at the price it had when the report was made."""

    what: str
    quantity: Decimal
    price: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class ReportProject:
    """A project as it was called then, what its sessions used together, and the lines of it."""

    project: str
    title: Text
    use: Use
    disk_byte_days: int
    lines: tuple[ReportLine, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The report of ``month`` (its first day). It names everything itself, so that whatever
    changes later, prices and titles among it, does not change what was reported."""

    organisation: str
    name: Text
    month: date
    projects: tuple[ReportProject, ...]
    currency: str
    total: Decimal
    made: datetime

    @property
    def slug(self) -> str:
        """Its month as ``2026-11``."""
        return f"{self.month:%Y-%m}"
