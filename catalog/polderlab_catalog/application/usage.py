"""What sessions, projects and organisations used in a month, and what that costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from functools import reduce

from polderlab_catalog.application.door import Door
from polderlab_catalog.application.ports import Clock, Disks, Register, Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.usage import GIB, DiskSample, Month, Span, Use
from polderlab_catalog.policy.roles import Action

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Prices:
    """What a unit costs, in ``currency``."""

    cpu_hour: Decimal = Decimal(0)
    memory_gib_hour: Decimal = Decimal(0)
    disk_gib_day: Decimal = Decimal(0)
    gib_read: Decimal = Decimal(0)
    currency: str = "EUR"


@dataclass(frozen=True, slots=True)
class CostLine:
    """A quantity of one thing, its price per unit, and the cost rounded to the cent."""

    what: str
    quantity: Decimal
    price: Decimal

    @property
    def cost(self) -> Decimal:
        """Quantity times price, half a cent upwards."""
        return (self.quantity * self.price).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class SessionUse:
    """A session and what it used within the month."""

    span: Span
    use: Use


@dataclass(frozen=True, slots=True)
class ProjectUse:
    """What a project used in a month; ``disk_byte_days`` adds up its daily samples."""

    project: str
    sessions: tuple[SessionUse, ...]
    disk_byte_days: int
    prices: Prices

    @property
    def use(self) -> Use:
        """What its sessions used together."""
        return total(each.use for each in self.sessions)

    @property
    def lines(self) -> tuple[CostLine, ...]:
        """What it costs. Rounded here, once per project and thing: higher up these are added."""
        use, prices = self.use, self.prices
        return (
            CostLine("cpu-hours", use.cpu_hours, prices.cpu_hour),
            CostLine("memory-gib-hours", use.memory_gib_hours, prices.memory_gib_hour),
            CostLine("disk-gib-days", Decimal(self.disk_byte_days) / GIB, prices.disk_gib_day),
            CostLine("gib-read", Decimal(use.bytes_read) / GIB, prices.gib_read),
        )

    @property
    def cost(self) -> Decimal:
        """The sum of its lines."""
        return sum((line.cost for line in self.lines), Decimal(0))


@dataclass(frozen=True, slots=True)
class Bill:
    """What an organisation used in a month, project by project."""

    organisation: str
    month: Month
    projects: tuple[ProjectUse, ...]
    prices: Prices

    @property
    def use(self) -> Use:
        """What all its sessions used together."""
        return total(project.use for project in self.projects)

    @property
    def disk_byte_days(self) -> int:
        """What its homes and project folders held, added up by day."""
        return sum(project.disk_byte_days for project in self.projects)

    @property
    def cost(self) -> Decimal:
        """The sum of what its projects cost, as each is printed."""
        return sum((project.cost for project in self.projects), Decimal(0))


class Usage:
    """Adds up what was used, from when sessions got their place and gave it back."""

    def __init__(
        self,
        register: Register,
        clock: Clock,
        disks: Disks | None = None,
        prices: Prices | None = None,
        *,
        timezone: tzinfo = UTC,
    ) -> None:
        self._register, self._clock, self._timezone = register, clock, timezone
        self._disks, self._prices = disks, prices or Prices()
        self._door = Door(register, clock, timezone=timezone)

    def this_month(self) -> Month:
        """Return the month it is."""
        return Month.at(self._clock(), self._timezone)

    def of_organisation(self, actor: Actor, slug: str, month: Month | None = None) -> Bill:
        """Return the bill of an organisation; :class:`NotFound` for whom it does not concern."""
        month = month or self.this_month()
        with self._register.read() as t:
            self._door.organisation(t, actor, slug, Action.ORGANISATION_SHOW)
            slugs = [project.slug for project in t.projects.all(organisation=slug)]
            used = self._used(t, month, slug)
            return Bill(slug, month, tuple(map(used, sorted(slugs))), self._prices)

    def bills(self, t: Transaction, month: Month) -> list[Bill]:
        """Return the bill of every organisation, as one transaction sees them."""
        used, theirs = self._used(t, month), defaultdict(list)
        for project in t.projects.all():
            theirs[project.organisation].append(used(project.slug))
        return [
            Bill(each.slug, month, tuple(theirs[each.slug]), self._prices)
            for each in t.organisations.all()
        ]

    def of_project(self, actor: Actor, slug: str, month: Month | None = None) -> ProjectUse:
        """Return what a project used."""
        month = month or self.this_month()
        with self._register.read() as t:
            project = self._door.project(t, actor, slug, Action.PROJECT_SHOW)
            return self._used(t, month, project.organisation)(slug)

    def sample_disks(self) -> int:
        """Note what each home and project folder holds today; return how many could be told."""
        if self._disks is None:
            return 0
        today = self._clock().astimezone(self._timezone).date()
        with self._register.read() as t:
            wanted = [("project", project.slug) for project in t.projects.all()]
            wanted += [("home", f"{m.username}/{m.project}") for m in t.projects.memberships()]
        found = [
            DiskSample(today, kind, name, use.used)
            for kind, name in wanted
            if (use := self._disks.usage(kind, name)) is not None
        ]
        if found:
            with self._register.write() as t:
                for sample in found:
                    t.usage.put_sample(sample)
        return len(found)

    def _used(
        self, t: Transaction, month: Month, organisation: str | None = None
    ) -> Callable[[str], ProjectUse]:
        """Return what tells what a project (of ``organisation``) used."""
        now = self._clock()
        spans = t.usage.spans(month.begins, month.ends, organisation=organisation)
        # the log is long: it is not read through where nothing ran
        read = t.usage.bytes_read(month.begins, month.ends) if spans else {}
        disks = _byte_days(t.usage.samples(month.first, month.last))
        sessions: defaultdict[str, list[SessionUse]] = defaultdict(list)
        for span in spans:
            use = Use.of(span, month, now) + Use(bytes_read=read.get(span.session, 0))
            sessions[span.project].append(SessionUse(span, use))
        return lambda slug: ProjectUse(
            slug, tuple(sessions[slug]), disks.get(slug, 0), self._prices
        )


def costs(bill: Bill) -> list[dict[str, str]]:
    """Return a bill as rows of words and numbers: one per project and thing."""
    return [
        {
            "month": str(bill.month),
            "organisation": bill.organisation,
            "project": project.project,
            "what": line.what,
            "quantity": f"{line.quantity:.4f}",
            "price": f"{line.price}",
            "cost": f"{line.cost:.2f}",
            "currency": bill.prices.currency,
        }
        for project in bill.projects
        for line in project.lines
    ]


def total(uses: Iterable[Use]) -> Use:
    """Return all of ``uses`` together."""
    return reduce(Use.__add__, uses, Use())


def _byte_days(samples: Iterable[DiskSample]) -> dict[str, int]:
    days: dict[str, int] = {}
    for sample in samples:
        days[sample.project] = days.get(sample.project, 0) + sample.bytes
    return days
