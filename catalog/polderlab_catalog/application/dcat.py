"""The catalogue for outside: which descriptions leave the lab, to whom, and open downloads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Protocol

from polderlab_catalog.application.errors import NotFound
from polderlab_catalog.application.lookups import the_dataset
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.domain.audit import AuditAction, AuditEvent
from polderlab_catalog.domain.datasets import Dataset, Distribution, Version
from polderlab_catalog.domain.names import printable
from polderlab_catalog.domain.organisations import Organisation, OrganisationKind
from polderlab_catalog.policy.dcat import may_be_downloaded, may_be_listed
from polderlab_catalog.policy.decisions import Code, refused

PAGE_SIZE = 50
"""Datasets on one page of the catalogue; harvesters follow the pages."""

ANYONE = "anyone"
"""The actor of a download without signing in."""


class Form(StrEnum):
    """How RDF is written down."""

    TURTLE = "turtle"
    XML = "xml"
    JSON_LD = "json-ld"

    @property
    def ending(self) -> str:
        """How the addresses of documents in this form end."""
        return {Form.TURTLE: "ttl", Form.XML: "rdf", Form.JSON_LD: "jsonld"}[self]


@dataclass(frozen=True, slots=True)
class Listed:
    """A dataset as it is told to outside: its newest version, its owner, whether anyone may
    download its files, and when its first version came."""

    dataset: Dataset
    version: Version
    owner: Organisation
    open: bool
    first: datetime


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the catalogue: ``page`` of ``pages`` (from 1), ``total`` datasets in all.

    ``publisher`` is the lead agency; ``at`` the moment of asking.
    """

    items: tuple[Listed, ...]
    publisher: Organisation | None
    page: int
    pages: int
    total: int
    at: datetime


class RdfWriter(Protocol):
    """Writes descriptions by DCAT-AP-NL."""

    def catalogue(self, listing: Listing, form: Form) -> bytes:
        """Return the page as a document."""

    def dataset(self, listed: Listed, form: Form) -> bytes:
        """Return one dataset as a document."""


class Listings:
    """Tells the world what there is. ``public`` is the lab's own choice to tell anyone at all."""

    def __init__(
        self, register: Register, clock: Clock, rdf: RdfWriter, *, public: bool, timezone: tzinfo
    ) -> None:
        self._register, self._clock, self._rdf, self.public = register, clock, rdf, public
        self._timezone = timezone

    def catalogue(self, form: Form, page: int | None = 1, *, anyone: bool = True) -> bytes:
        """Return ``page`` of the catalogue, or all of it (None).

        Raises:
            NotFound: there is no such page, or the lab tells ``anyone`` nothing.
        """
        return self.write(self.listing(page, anyone=anyone), form)

    def write(self, listing: Listing, form: Form) -> bytes:
        """Return ``listing`` as a document."""
        return self._rdf.catalogue(listing, form)

    def listing(self, page: int | None = 1, *, anyone: bool = True) -> Listing:
        """Return what :meth:`catalogue` writes."""
        self._must_tell(anyone)
        with self._register.read() as t:
            limit = PAGE_SIZE if page else 2**31
            offset = PAGE_SIZE * (page - 1) if page else 0
            found, total = t.datasets.listed(public_only=anyone, offset=offset, limit=limit)
            pages = max(1, -(-total // PAGE_SIZE)) if page else 1
            if page and not 1 <= page <= pages:
                raise NotFound("page", str(page))
            owners = {each.slug: each for each in t.organisations.all()}
            items = tuple(
                item for each in found if (item := self._item(t, each, owners[each.organisation]))
            )
        lead = [each for each in owners.values() if each.kind is OrganisationKind.LEAD]
        return Listing(items, lead[0] if lead else None, page or 1, pages, total, self._clock())

    def dataset(self, name: str, form: Form, *, anyone: bool = True) -> bytes:
        """Return the description of one dataset.

        Raises:
            NotFound: there is none, or none that may be told; both look alike.
        """
        return self._rdf.dataset(self.listed(name, anyone=anyone), form)

    def listed(self, name: str, *, anyone: bool = True) -> Listed:
        """Return what :meth:`dataset` writes."""
        self._must_tell(anyone)
        with self._register.read() as t:
            dataset = the_dataset(t, name)
            owner = t.organisations.get(dataset.organisation)
            item = self._item(t, dataset, owner) if owner else None
            if item is None or not may_be_listed(dataset, anyone=anyone):
                raise _unknown(name)
            return item

    def open_file(self, name: str, file: str) -> tuple[Listed, Distribution]:
        """Return a file anyone may download.

        Raises:
            NotFound: whatever the reason, so that nothing can be probed.
        """
        item = self.listed(name)
        for distribution in item.version.distributions:
            if item.open and distribution.name == file and distribution.path:
                return item, distribution
        raise _unknown(name)

    def record_download(self, item: Listed, file: Distribution, origin: str) -> None:
        """Log a download by somebody who is not signed in."""
        event = AuditEvent(
            AuditAction.DATASET_DOWNLOADED,
            actor=ANYONE,
            object=item.dataset.name,
            origin=origin,
            details={"version": item.version.number, "file": file.name, "bytes": file.bytes},
        )
        with self._register.write() as t:
            t.audit.append(event, self._clock())

    def _must_tell(self, anyone: bool) -> None:
        if anyone and not self.public:
            raise NotFound("catalogue", "")

    def _item(self, t: Transaction, dataset: Dataset, owner: Organisation) -> Listed | None:
        version = t.datasets.version(dataset.name)
        if version is None or dataset.remote:
            return None
        today = self._clock().astimezone(self._timezone).date()
        is_open = self.public and may_be_downloaded(dataset, owner, today)
        first = version if version.number == 1 else t.datasets.version(dataset.name, 1)
        return Listed(dataset, version, owner, is_open, (first or version).created)


def _unknown(name: str) -> NotFound:
    shown = printable(name)
    return NotFound("dataset", shown, refused(Code.UNKNOWN_DATASET, dataset=shown))
