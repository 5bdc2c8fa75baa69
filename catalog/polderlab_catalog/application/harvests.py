"""Take over the descriptions of another catalogue: a lab's, or a data portal's.

What is harvested is described here and read there: it has no versions, nobody is granted it, and
nothing of it is passed on when others harvest this lab.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import count
from typing import Protocol
from uuid import uuid4

from polderlab_catalog.application.changes import Change
from polderlab_catalog.application.door import Door
from polderlab_catalog.application.errors import (
    Invalid,
    LabError,
    NotFound,
    Unavailable,
    must,
)
from polderlab_catalog.application.lookups import the_organisation
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, AuditEvent, Outcome
from polderlab_catalog.domain.datasets import Classification, Dataset
from polderlab_catalog.domain.harvests import Harvest
from polderlab_catalog.domain.names import MAX_LENGTH, MIN_LENGTH, printable
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy import harvests as said
from polderlab_catalog.policy.administration import may_administer

_ADDRESS = re.compile(r"https?://[!#-;=?-\[\]_a-z~]{1,2000}")
"""The characters of an address by RFC 3986."""
BATCH = 200
"""Descriptions written in one go: between them others have their turn at the register."""


@dataclass(frozen=True, slots=True)
class Described:
    """A dataset as another catalogue describes it; ``uri`` names it there, ``page`` shows it."""

    uri: str
    page: str
    title: Text
    description: Text = field(default_factory=Text)
    publisher: str = ""
    contact: str = ""
    licence: str = ""
    source: str = ""
    theme: str = ""
    keywords: tuple[str, ...] = ()
    place: str = ""
    frequency: str = ""
    language: str = "NLD"
    period: tuple[date, date] | None = None
    hvd_category: str = ""


class CatalogueReader(Protocol):
    """Reads a catalogue elsewhere."""

    def read(self, url: str) -> Sequence[Described]:
        """Return every dataset it describes, all pages of it.

        Raises:
            LabError: it does not answer, may not be asked, or cannot be understood; the message
                says which, for people.
        """


@dataclass(frozen=True, slots=True)
class Taken:
    """What a run changed."""

    added: int = 0
    changed: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Overview:
    """All harvests by address, and the organisations there are by slug."""

    harvests: Sequence[Harvest]
    organisations: Mapping[str, Organisation]


class Harvests:
    """For lab administrators and operators; the worker runs what is due."""

    def __init__(self, register: Register, clock: Clock, reader: CatalogueReader) -> None:
        self._register, self._clock, self._reader = register, clock, reader
        self._door = Door(register, clock)

    def add(self, actor: Actor, url: str, organisation: str, *, hours: int = 24) -> Harvest:
        """Take ``url`` over from now on, every ``hours``, as descriptions of ``organisation``."""
        wrong = {}
        if not _ADDRESS.fullmatch(url):
            wrong["url"] = said.ADDRESS
        if not 1 <= hours <= said.LONGEST_HOURS:
            wrong["hours"] = said.HOURS
        if wrong:
            raise Invalid(wrong)
        with self._change(actor) as change:
            the_organisation(change.t, organisation)
            known = [each for each in change.t.harvests.all() if each.url == url]
            if known:
                raise Invalid({"url": said.KNOWN})
            harvest = Harvest(str(uuid4()), url, organisation, hours)
            change.t.harvests.put(harvest)
            change.log(AuditAction.HARVEST_REGISTERED, harvest.id, organisation=organisation)
            return harvest

    def all(self) -> Sequence[Harvest]:
        """Return every harvest, by address."""
        with self._register.read() as t:
            return sorted(t.harvests.all(), key=lambda each: each.url)

    def overview(self, actor: Actor) -> Overview:
        """Return every harvest, and under which organisations descriptions can be kept.

        Raises:
            Refused: this is not for ``actor``.
        """
        must(may_administer(actor))
        with self._register.read() as t:
            owners = {each.slug: each for each in t.organisations.all()}
        return Overview(self.all(), owners)

    def show(self, actor: Actor, harvest_id: str) -> Harvest:
        """Return one harvest; raise :class:`Refused` or :class:`NotFound`."""
        must(may_administer(actor))
        with self._register.read() as t:
            return _the_harvest(t, harvest_id)

    def ask(self, actor: Actor, harvest_id: str) -> Harvest:
        """Have the worker read the catalogue as soon as it can; what was found last stays."""
        with self._change(actor) as change:
            harvest = replace(_the_harvest(change.t, harvest_id), last=None)
            change.t.harvests.put(harvest)
            change.log(AuditAction.HARVEST_REQUESTED, harvest.id)
            return harvest

    def remove(self, actor: Actor, harvest_id: str) -> int:
        """Stop harvesting; return how many descriptions went with it."""
        with self._change(actor) as change:
            harvest = _the_harvest(change.t, harvest_id)
            described = dict(change.t.harvests.described(harvest.id))
            _forget(change.t, harvest.id, described)
            change.t.harvests.remove(harvest.id)
            change.log(AuditAction.HARVEST_REMOVED, harvest.id, removed=len(described))
            return len(described)

    def run(self, actor: Actor, harvest_id: str) -> Taken:
        """Read the catalogue and take its descriptions over.

        What is gone there goes here, but only when the catalogue could be read to its end and
        holds something: a portal that is being repaired empties nobody's catalogue.

        Raises:
            LabError: as :meth:`CatalogueReader.read`; what was taken over before stays.
        """
        with self._change(actor) as change:
            harvest = _the_harvest(change.t, harvest_id)
        try:
            found = {each.uri: each for each in self._reader.read(harvest.url)}
            if not found:
                raise Unavailable(said.NOTHING)
        except LabError as error:
            self._note(actor, harvest, str(error), harvest.found, Taken())
            raise
        taken = self._take(actor, harvest, list(found.values()))
        gone = self._remove_gone(actor, harvest, frozenset(found))
        taken = replace(taken, removed=gone)
        self._note(actor, harvest, "", len(found), taken)
        return taken

    def run_due(self) -> None:
        """Run every harvest whose time has come; one that fails does not stop the others."""
        now = self._clock()
        for harvest in self.all():
            if harvest.last is None or now - harvest.last >= timedelta(hours=harvest.hours):
                try:
                    self.run(Actor.lab(), harvest.id)
                except LabError:
                    continue  # kept with the harvest, and logged

    @contextmanager
    def _change(self, actor: Actor) -> Iterator[Change]:
        with self._door.change(actor) as change:
            must(may_administer(actor))
            yield change

    def _take(self, actor: Actor, harvest: Harvest, found: list[Described]) -> Taken:
        added = changed = 0
        for start in range(0, len(found), BATCH):
            with self._change(actor) as change:
                t = change.t
                _the_harvest(t, harvest.id)  # or somebody removed it meanwhile
                known = t.harvests.described(harvest.id)
                for each in found[start : start + BATCH]:
                    name = known.get(each.uri) or _free_name(t, each)
                    dataset = _dataset(name, each, harvest)
                    before = t.datasets.get(name)
                    if before == dataset:
                        continue
                    t.datasets.put(dataset)
                    if before is None:
                        t.harvests.put_described(harvest.id, each.uri, name)
                    added, changed = added + (before is None), changed + (before is not None)
        return Taken(added, changed)

    def _remove_gone(self, actor: Actor, harvest: Harvest, found: frozenset[str]) -> int:
        with self._change(actor) as change:
            t = change.t
            known = t.harvests.described(harvest.id)
            gone = {uri: name for uri, name in known.items() if uri not in found}
            _forget(t, harvest.id, gone)
            return len(gone)

    def _note(self, actor: Actor, harvest: Harvest, error: str, found: int, taken: Taken) -> None:
        error = printable(error, 500)
        event = AuditEvent(
            AuditAction.DATASET_HARVESTED,
            actor=actor.name,
            outcome=Outcome.ERROR if error else Outcome.OK,
            object=harvest.id,
            origin=actor.origin,
            details={
                "added": taken.added,
                "changed": taken.changed,
                "removed": taken.removed,
                **({"error": error} if error else {}),
            },
        )
        with self._register.write() as t:
            now = t.harvests.get(harvest.id)
            if now is not None:
                # Whoever asked for it meanwhile gets a run of their own.
                asked = now.last is None and harvest.last is not None
                last = None if asked else self._clock()
                t.harvests.put(replace(now, last=last, error=error, found=found))
            t.audit.append(event, self._clock())


def name_for(title: str, suffix: str = "") -> str:
    """Return a dataset name made of ``title``, as long as names may be."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    name = "_".join(words)
    if not name or not name[0].isalpha():
        name = f"dataset_{name}".rstrip("_")
    name = name[: MAX_LENGTH - len(suffix)].rstrip("_") + suffix
    return name if len(name) >= MIN_LENGTH else f"dataset_{name}"


def _free_name(t: Transaction, described: Described) -> str:
    title = described.title.in_("nl")
    for number in count(1):
        name = name_for(title, f"_{number}" if number > 1 else "")
        if t.datasets.get(name) is None:
            return name
    raise AssertionError("count never ends")


def _dataset(name: str, described: Described, harvest: Harvest) -> Dataset:
    return Dataset(
        name=name,
        title=described.title,
        description=described.description,
        organisation=harvest.organisation,
        steward=described.publisher,
        classification=Classification.PUBLIC,
        licence=described.licence,
        source=described.source or described.publisher,
        theme=described.theme,
        keywords=described.keywords,
        place=described.place,
        contact=described.contact,
        frequency=described.frequency,
        language=described.language,
        period=described.period,
        hvd_category=described.hvd_category,
        remote=described.page,
    )


def _forget(t: Transaction, harvest_id: str, described: dict[str, str]) -> None:
    for uri, name in described.items():
        t.harvests.forget_described(harvest_id, uri)
        t.datasets.remove(name)


def _the_harvest(t: Transaction, harvest_id: str) -> Harvest:
    found = t.harvests.get(harvest_id) if printable(harvest_id, 36) == harvest_id else None
    if found is None:
        raise NotFound("harvest", printable(harvest_id, 36))
    return found
