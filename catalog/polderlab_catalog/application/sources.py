"""Live sources: registered by stewards, consulted for readers, copied now and then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta, tzinfo
from uuid import uuid4

from polderlab.wire import LIVE_MEDIA_TYPE
from polderlab_catalog.application.changes import Change
from polderlab_catalog.application.door import Door
from polderlab_catalog.application.errors import (
    Invalid,
    LabError,
    NotFound,
    Refused,
    Unavailable,
    must,
)
from polderlab_catalog.application.lookups import the_dataset, the_organisation
from polderlab_catalog.application.ports import (
    Clock,
    Consultant,
    LoginSeal,
    Register,
    SourceError,
    Stream,
    Transaction,
)
from polderlab_catalog.application.publishing import next_version
from polderlab_catalog.application.reading import Readable
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, AuditEvent, Outcome
from polderlab_catalog.domain.datasets import (
    Column,
    Dataset,
    Distribution,
    DistributionRole,
    Version,
)
from polderlab_catalog.domain.scopes import WHOLE
from polderlab_catalog.domain.sources import Asked, Login, Parameter, Probe, Source, Wanted
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.decisions import Code, Decision, refused
from polderlab_catalog.policy.publishing import may_fetch
from polderlab_catalog.policy.sources import decide, mistakes, origin

ARROW = LIVE_MEDIA_TYPE


@dataclass(frozen=True, slots=True)
class Live:
    """A read under way: :attr:`stream` gives the bytes, :attr:`seconds` is all it may take."""

    readable: Readable
    source: Source
    stream: Stream

    @property
    def seconds(self) -> int:
        """How long the read may take."""
        return self.source.timeout_seconds


class Sources:
    """For stewards of the owner and operators; ``open`` for readers."""

    def __init__(
        self,
        register: Register,
        clock: Clock,
        consultant: Consultant,
        seal: LoginSeal,
        *,
        timezone: tzinfo,
    ) -> None:
        self._register, self._clock, self._timezone = register, clock, timezone
        self._consultant, self._seal = consultant, seal
        self._door = Door(register, clock)

    def test(self, actor: Actor, source: Source, login: Login | None = None) -> Probe:
        """Go to the source and return what it holds, without keeping anything.

        Without ``login`` the credentials kept for the same place are used.
        """
        with self._change(actor, source.dataset) as change:
            dataset = the_dataset(change.t, source.dataset)
            known = change.t.sources.get(source.dataset)
        _check(source)
        if source.on_this_machine and not actor.trusted:
            raise Refused(refused(Code.SOURCE_BY_OPERATOR))
        opened = self._seal.open(_kept(known, source)) if login is None else login
        with _told(dataset, source):
            return self._consultant.probe(source, opened)

    def register(self, actor: Actor, source: Source, login: Login | None = None) -> Version:
        """Consult ``source`` from now on; return the version that says so.

        The source is tried first. Without ``login`` the credentials kept for the same place stay.
        """
        probe = self.test(actor, source, login)
        with self._change(actor, source.dataset) as change:
            known = change.t.sources.get(source.dataset)
            sealed = _kept(known, source) if login is None else self._seal.seal(login)
            change.t.sources.put(replace(source, sealed=sealed, scope=probe.scope))
            change.log(AuditAction.SOURCE_REGISTERED, source.dataset, kind=source.kind.value)
            before = change.t.datasets.version(source.dataset)
            live = _distribution(source, probe, _meanings(before))
            return next_version(change, source.dataset, (live,), note=Text())

    def remove(self, actor: Actor, dataset: str) -> bool:
        """Consult the source no longer; the next read is refused. Snapshots stay."""
        with self._change(actor, dataset) as change:
            if not change.t.sources.remove(dataset):
                return False
            change.log(AuditAction.SOURCE_REMOVED, dataset)
            return True

    def show(self, actor: Actor, dataset: str) -> Source | None:
        """Return the source of ``dataset``, its credentials left out; for who may change it."""
        with self._register.read() as t:
            if not self._may(t, actor, dataset):
                return None
            found = t.sources.get(dataset)
            return replace(found, sealed="") if found else None

    def parameters(self, dataset: str) -> tuple[Parameter, ...] | None:
        """Return what readers may fill in; None where no source is consulted (any more)."""
        with self._register.read() as t:
            found = t.sources.get(dataset)
            return found.parameters if found else None

    def has_login(self, dataset: str) -> bool:
        """Tell whether credentials are kept for the source of ``dataset``."""
        with self._register.read() as t:
            found = t.sources.get(dataset)
            return bool(found and found.sealed)

    def all(self) -> list[Source]:
        """Return every source, credentials left out."""
        with self._register.read() as t:
            return [replace(each, sealed="") for each in t.sources.all()]

    def open(self, readable: Readable, asked: Asked) -> Live:
        """Begin to read; call it only with what :class:`~.reading.Reading` allowed.

        Raises ``Refused`` or :class:`Unavailable`, both with a sentence.
        """
        dataset, distribution = readable.dataset, readable.distribution
        with self._register.read() as t:
            source = t.sources.get(dataset.name)
        if source is None:
            gone = refused(Code.SOURCE_GONE, dataset=dataset.name, steward=dataset.steward)
            raise Refused(gone)
        wanted = decide(dataset, source, distribution.columns, readable.scope, asked)
        if isinstance(wanted, Decision):
            raise Refused(wanted)
        try:
            opened = self._seal.open(source.sealed)
            stream = self._consultant.open(source, opened, wanted, distribution)
        except SourceError as error:
            raise self.failed(readable.dataset, source, error) from None
        return Live(readable, source, stream)

    def failed(self, dataset: Dataset, source: Source, error: SourceError) -> LabError:
        """Keep what went wrong for the steward to see; return the error that tells the reader."""
        if error.code in _STEWARDS:
            now, columns = self._clock(), ", ".join(error.columns)
            with self._register.write() as t:
                current = t.sources.get(dataset.name)
                changed = current and (current.problem, current.problem_columns) != (
                    error.code.value,
                    columns,
                )
                if current and changed:
                    t.sources.put(
                        replace(
                            current,
                            problem=error.code.value,
                            problem_columns=columns,
                            problem_at=now,
                        )
                    )
                    event = AuditEvent(
                        AuditAction.SOURCE_FAILED,
                        actor="lab",
                        outcome=Outcome.ERROR,
                        object=dataset.name,
                        details={"code": error.code.value, "columns": columns},
                    )
                    t.audit.append(event, now)
        return _lab_error(dataset, source, error)

    def well(self, live: Live) -> None:
        """Note that a read went well: what was wrong before is so no more."""
        if not live.source.problem:
            return
        with self._register.write() as t:
            current = t.sources.get(live.source.dataset)
            if current and current.problem:
                t.sources.put(replace(current, problem="", problem_columns="", problem_at=None))

    def due(self) -> list[str]:
        """Return the datasets whose snapshot is missing or too old."""
        now = self._clock()
        return [
            source.dataset
            for source in self.all()
            if source.snapshot_hours
            and (
                source.snapshot_at is None
                or now - source.snapshot_at >= timedelta(hours=source.snapshot_hours)
            )
        ]

    def snapshot(self, actor: Actor, name: str) -> Version:
        """Copy what the steward lets through into a file, beside the live source.

        The new version has both, so that readers choose: the source as it is now, or the copy.
        """
        with self._change(actor, name) as change:
            dataset, source = the_dataset(change.t, name), change.t.sources.get(name)
            newest = change.t.datasets.version(name)
            if source is not None:
                # Noted before it is tried: one that fails is not tried again at once.
                change.t.sources.put(replace(source, snapshot_at=self._clock()))
        live = next((d for d in newest.data if d.role is _LIVE), None) if newest else None
        if source is None or live is None:
            raise NotFound("source", name)
        wanted = decide(dataset, source, live.columns, WHOLE, Asked())
        if not isinstance(wanted, Wanted):
            raise Refused(wanted)
        path = f"{name}/snapshot-{uuid4().hex}/{name}.parquet"
        with _told(dataset, source):
            opened = self._seal.open(source.sealed)
            try:
                copy = self._consultant.store(source, opened, wanted, live, path)
            except SourceError as error:
                raise self.failed(dataset, source, error) from None
        with self._change(actor, name) as change:
            return next_version(change, name, (live, copy), note=Text())

    @contextmanager
    def _change(self, actor: Actor, name: str) -> Iterator[Change]:
        with self._door.change(actor) as change:
            must(self._may(change.t, actor, name))
            yield change

    def _may(self, t: Transaction, actor: Actor, name: str) -> Decision:
        dataset = the_dataset(t, name)
        owner = the_organisation(t, dataset.organisation)
        today = self._clock().astimezone(self._timezone).date()
        return may_fetch(actor, dataset, owner, today)


_LIVE = DistributionRole.LIVE
_STEWARDS = frozenset({Code.SOURCE_CHANGED, Code.SOURCE_DENIED, Code.SOURCE_FAILED})
"""What a steward can mend; a source that is down or slow for a while is not written down."""


def _check(source: Source) -> None:
    if found := mistakes(source):
        raise Invalid(found)


def _kept(known: Source | None, source: Source) -> str:
    """Return the sealed credentials that stay: they never go to another place than their own."""
    same = known is not None and origin(known.location) == origin(source.location)
    return known.sealed if known is not None and same else ""


def _meanings(before: Version | None) -> dict[str, Text]:
    files = before.data if before else ()
    return {column.name: column.meaning for file in files for column in file.columns}


def _distribution(source: Source, probe: Probe, meanings: dict[str, Text]) -> Distribution:
    kept = source.scope.columns
    columns = tuple(
        Column(each.name, each.type, meanings.get(each.name, Text()))
        for each in probe.columns
        if not kept or each.name in kept
    )
    shaped = any(column.type == "geometry" for column in columns)
    return Distribution(
        name=f"{source.dataset}.arrow",
        media_type=ARROW,
        path="",
        bytes=0,
        sha256="",
        columns=columns,
        crs=probe.crs if shaped else None,
        role=DistributionRole.LIVE,
    )


@contextmanager
def _told(dataset: Dataset, source: Source) -> Iterator[None]:
    try:
        yield
    except SourceError as error:
        raise _lab_error(dataset, source, error) from None


def _lab_error(dataset: Dataset, source: Source, error: SourceError) -> LabError:
    decision = refused(
        error.code,
        dataset=dataset.name,
        steward=dataset.steward,
        seconds=source.timeout_seconds,
        limit=source.row_limit,
        columns=", ".join(error.columns),
    )
    if error.code is Code.SOURCE_TOO_MANY_ROWS:
        return Refused(decision)
    return Unavailable(decision=decision)
