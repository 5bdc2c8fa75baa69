"""What the API shows and takes about allocations, requests for more, and use."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from polderlab_catalog.application.allocations import LevelCard
from polderlab_catalog.application.quotas import Gauge
from polderlab_catalog.application.usage import Bill, CostLine, ProjectUse
from polderlab_catalog.domain.allocations import (
    Allocation,
    Extension,
    ExtensionState,
    LevelKind,
    Resource,
)
from polderlab_catalog.domain.reports import ReportLine
from polderlab_catalog.web.api.shapes import Shape

_MOST = 2**50
Number = Annotated[float | None, Field(ge=0, le=_MOST, examples=[4])]
Whole = Annotated[int | None, Field(ge=0, le=_MOST, examples=[4])]
Name = Annotated[str, Field(max_length=40)]
Names = Annotated[list[Name] | None, Field(max_length=50)]


class Limits(Shape):
    """The limits of a level; null is no limit of its own. Bytes, processors and sessions are those
    in use at once (``homeBytes``, ``projectBytes``: on the disk), hours are per calendar month."""

    model_config = ConfigDict(extra="forbid")

    cpus: Number = None
    memory_bytes: Whole = None
    sessions: Whole = None
    cpu_hours: Number = None
    memory_gib_hours: Number = None
    home_bytes: Whole = None
    project_bytes: Whole = None
    images: Names = None
    sizes: Names = None

    @classmethod
    def of(cls, allocation: Allocation) -> Limits:
        """Make it from the register's allocation."""
        return cls.model_validate(allocation, from_attributes=True)

    def allocation(self) -> Allocation:
        """Return it as the register keeps it."""
        given = self.model_dump()
        for names in ("images", "sizes"):
            if given[names] is not None:
                given[names] = tuple(given[names])
        return Allocation(**given)


class GaugeShape(Shape):
    """How much of a resource is used of the limit of a level, and my part in that. ``alarm`` is
    80, 95 or 100 once so many percent of the month's hours are used."""

    resource: Resource
    level: LevelKind
    name: str
    limit: float
    used: float
    mine: float
    alarm: int

    @classmethod
    def of(cls, gauge: Gauge) -> GaugeShape:
        """Make it from the gauge of a level."""
        return cls(
            resource=gauge.resource,
            level=gauge.level.kind,
            name=gauge.name,
            limit=gauge.limit,
            used=gauge.used,
            mine=gauge.mine,
            alarm=int(gauge.alarm),
        )


class AllocationShape(Shape):
    """What a level may use: ``own`` as it was set, ``holds`` as it comes out of what was added and
    of the levels above it; ``gauges`` what is used now."""

    level: LevelKind
    name: str
    username: str
    own: Limits
    holds: Limits
    gauges: list[GaugeShape]

    @classmethod
    def of(cls, card: LevelCard) -> AllocationShape:
        """Make it from a level."""
        return cls(
            level=card.level.kind,
            name=card.level.name,
            username=card.level.username,
            own=Limits.of(card.own),
            holds=Limits.of(card.holds),
            gauges=[GaugeShape.of(each) for each in card.gauges],
        )


class QuotaShape(Shape):
    """What is left to me in a project; hours start anew on the day ``renews``."""

    project: str
    renews: date
    gauges: list[GaugeShape]
    stop_at: datetime | None


class NewExtension(Shape):
    """Ask for ``amount`` more of a resource; without ``until`` for this month."""

    model_config = ConfigDict(extra="forbid")

    resource: Resource
    amount: Annotated[float, Field(gt=0, le=_MOST, examples=[20])]
    why: Annotated[str, Field(min_length=1, max_length=2000)]
    until: date | None = None


class Approval(Shape):
    """Give it, until the day asked for or another, and what was asked or another amount."""

    model_config = ConfigDict(extra="forbid")

    amount: Annotated[float | None, Field(gt=0, le=_MOST, examples=[20])] = None
    until: date | None = None


class Refusal(Shape):
    """Say no, and why."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class ExtensionShape(Shape):
    """A request for more of one resource, and what came of it."""

    id: UUID
    level: LevelKind
    name: str
    username: str
    resource: Resource
    amount: float
    why: str
    asked_by: str
    asked: datetime
    until: date
    state: ExtensionState
    decided: datetime | None
    reason: str

    @classmethod
    def of(cls, extension: Extension) -> ExtensionShape:
        """Make it from the register's."""
        return cls(
            id=UUID(extension.id),
            level=extension.level.kind,
            name=extension.level.name,
            username=extension.level.username,
            resource=extension.resource,
            amount=extension.amount,
            why=extension.why,
            asked_by=extension.asked_by,
            asked=extension.asked,
            until=extension.until,
            state=extension.state,
            decided=extension.decided,
            reason=extension.reason,
        )


class CostShape(Shape):
    """A quantity, its price per unit, and the cost rounded to the cent: decimals as text."""

    what: str
    quantity: str
    price: str
    cost: str

    @classmethod
    def of(cls, line: CostLine | ReportLine) -> CostShape:
        """Make it from a line of a bill or of a report."""
        return cls(
            what=line.what,
            quantity=f"{line.quantity:.6f}",
            price=str(line.price),
            cost=f"{line.cost:.2f}",
        )


class ProjectUseShape(Shape):
    """What a project used in a month. Times are whole: microseconds, nanoseconds of a processor,
    bytes times microseconds and bytes times days, as text."""

    project: str
    microseconds: str
    cpu_nanoseconds: str
    memory_byte_microseconds: str
    disk_byte_days: str
    bytes_read: int
    costs: list[CostShape]

    @classmethod
    def of(cls, used: ProjectUse) -> ProjectUseShape:
        """Make it from what a project used."""
        use = used.use
        return cls(
            project=used.project,
            microseconds=str(use.microseconds),
            cpu_nanoseconds=str(use.cpu_nanoseconds),
            memory_byte_microseconds=str(use.memory_byte_microseconds),
            disk_byte_days=str(used.disk_byte_days),
            bytes_read=use.bytes_read,
            costs=[CostShape.of(line) for line in used.lines],
        )


class BillShape(Shape):
    """What an organisation used in a month; the cost adds up what is printed per project."""

    organisation: str
    month: str
    currency: str
    cost: str
    projects: list[ProjectUseShape]

    @classmethod
    def of(cls, bill: Bill) -> BillShape:
        """Make it from the bill."""
        return cls(
            organisation=bill.organisation,
            month=str(bill.month),
            currency=bill.prices.currency,
            cost=f"{bill.cost:.2f}",
            projects=[ProjectUseShape.of(each) for each in bill.projects],
        )
