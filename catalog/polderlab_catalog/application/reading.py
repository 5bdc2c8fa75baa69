"""Read data: from a session's key, to its project, to the grant, to the log, to the bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

from polderlab import wire
from polderlab_catalog.application.callers import holder_of, session_holder
from polderlab_catalog.application.errors import LabError, NotFound, Refused
from polderlab_catalog.application.known import Known
from polderlab_catalog.application.listing import Seen, entry, listing, names
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.domain.audit import AuditAction, AuditEvent, Outcome
from polderlab_catalog.domain.datasets import Dataset, Distribution, Version
from polderlab_catalog.domain.names import is_dataset_name, is_file_name, printable
from polderlab_catalog.domain.projects import Project
from polderlab_catalog.domain.reads import ReadFacts
from polderlab_catalog.domain.scopes import WHOLE, Scope
from polderlab_catalog.domain.secrets import secret_hash
from polderlab_catalog.domain.sessions import Session
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.decisions import Code, Decision, refused
from polderlab_catalog.policy.publishing import withdrawn
from polderlab_catalog.policy.reading import (
    live_grant,
    may_read,
    may_read_file,
    scope_of,
)
from polderlab_catalog.policy.standing import Standing

_MOST_VERSIONS = 2**31


@dataclass(frozen=True, slots=True)
class Readable:
    """A file a session may read, as it was decided; ``distribution.path`` is where it is.

    ``scope`` is what may be read of it; with ``part`` the file holds that and nothing else.
    """

    session: Session
    project: Project
    dataset: Dataset
    version: Version
    distribution: Distribution
    scope: Scope = WHOLE
    part: bool = False


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What was asked for, as it was asked; ``version`` None is the newest."""

    dataset: str = ""
    version: int | None = None
    file: str = ""


@dataclass(frozen=True, slots=True)
class _Found:
    """A version a session may read, and which part of it."""

    session: Session
    project: Project
    dataset: Dataset
    version: Version
    scope: Scope

    def file(self, distribution: Distribution) -> Readable:
        """Return one of its files."""
        return Readable(
            self.session, self.project, self.dataset, self.version, distribution, self.scope
        )


def _wanted_of(readable: Readable) -> _Wanted:
    return _Wanted(readable.dataset.name, readable.version.number, readable.distribution.name)


class Reading:
    """Decides on every read anew, from what the register holds then: no call to the hub."""

    def __init__(
        self, register: Register, clock: Clock, *, portal_url: str, timezone: tzinfo = UTC
    ) -> None:
        self._register, self._clock = register, clock
        self._portal_url, self._timezone = portal_url, timezone
        self._known: Known[ReadFacts] = Known(register)

    def catalogue(self, token: str, address: str, language: str | None = None) -> wire.Catalogue:
        """Return what this session may read now; raise :class:`Refused`."""
        with self._refusals_logged(token, address, _Wanted()), self._register.read() as t:
            holder = session_holder(t, token, address, self._clock(), self._timezone)
            spoken = language or holder.session.language
            return listing(t, holder.project, spoken, self._seen())

    @contextmanager
    def _refusals_logged(self, token: str, address: str, wanted: _Wanted) -> Iterator[None]:
        try:
            yield
        except Refused as refusal:
            with self._register.read() as t:
                session = t.sessions.by_token_hash(secret_hash(token))
            self._log_refusal(session, address, wanted, refusal.decision)
            raise

    def names(self, token: str, address: str, language: str | None = None) -> wire.Names:
        """Return what this session may read now, in brief; raise :class:`Refused`."""
        with self._refusals_logged(token, address, _Wanted()), self._register.read() as t:
            holder = session_holder(t, token, address, self._clock(), self._timezone)
            spoken = language or holder.session.language
            return names(t, holder.project, spoken, self._seen())

    def files(
        self, token: str, address: str, dataset: str, version: int | None
    ) -> tuple[Readable, ...]:
        """Return the files of a version that this session may read now, without originals.

        Raises as :meth:`authorise` does.
        """
        wanted = _Wanted(dataset, version)
        with self._refusals_logged(token, address, wanted), self._register.read() as t:
            return self._files(t, address, wanted, token_hash=secret_hash(token))

    def entry(self, files: tuple[Readable, ...], language: str) -> wire.CatalogueEntry:
        """Return how a session sees the dataset of :meth:`files`, in ``language``."""
        first = files[0]
        dataset, project = first.dataset, first.project
        with self._register.read() as t:
            owner = t.organisations.get(dataset.organisation)
            grants = t.grants.find(dataset=dataset.name, project=project.slug)
        return entry(
            dataset,
            replace(first.version, distributions=tuple(each.distribution for each in files)),
            owner.name if owner else Text(dataset.organisation, dataset.organisation),
            live_grant(grants, project.slug, dataset.name, self._clock()),
            language=language,
            seen=self._seen(),
        )

    def _seen(self) -> Seen:
        return Seen(self._clock(), self._timezone, self._portal_url)

    def authorise(
        self, token: str, address: str, dataset: str, version: int | None, file: str
    ) -> Readable:
        """Return the file if this session may read it now.

        Raises :class:`Refused` (logged) or :class:`NotFound`, and only a project that may read
        the dataset learns which versions and files it has.
        """
        wanted, key = _Wanted(dataset, version, file), secret_hash(token)
        revision = self._register.revision()  # before looking: what is committed meanwhile shows
        with self._refusals_logged(token, address, wanted), self._register.read() as t:
            facts = self._facts(t, wanted, token_hash=key)
            readable = self._readable(t, address, wanted, facts)
        self._known.keep(revision, (key, wanted), facts)
        return readable

    def at_once(
        self, token: str, address: str, dataset: str, version: int | None, file: str
    ) -> Readable | None:
        """Return what :meth:`authorise` would, decided now, where that takes no waiting.

        None when it does, or when it is not allowed: :meth:`authorise` then looks again, says
        why, and logs it.
        """
        wanted = _Wanted(dataset, version, file)
        facts = self._known.get((secret_hash(token), wanted))
        if facts is None:
            return None
        try:
            return self._first(self._found(facts, address, wanted))
        except LabError:
            return None

    def again(self, readable: Readable) -> None:
        """Decide once more on what was authorised; raise :class:`Refused` (logged) if it ended."""
        try:
            with self._register.read() as t:
                self._decide_again(t, readable)
        except Refused as refusal:
            self._log_refusal_of(readable, refusal.decision)
            raise

    @contextmanager
    def deciding_again(self, readable: Readable) -> Iterator[Transaction]:
        """Return a write transaction in which ``readable`` is still allowed.

        Raises :class:`Refused` (logged) when it no longer is.
        """
        try:
            with self._register.write() as t:
                self._decide_again(t, readable)
                yield t
        except Refused as refusal:
            self._log_refusal_of(readable, refusal.decision)
            raise

    def _readable(
        self, t: Transaction, address: str, wanted: _Wanted, facts: ReadFacts
    ) -> Readable:
        found = self._found(facts, address, wanted)
        readable = self._first(found)
        if readable is None:
            raise self._no_file(t, found.dataset, found.version, wanted)
        return readable

    def _first(self, found: _Found) -> Readable | None:
        """Return the file that was asked for: the only one the facts hold, if there is one."""
        for distribution in found.version.distributions:
            decision = may_read_file(found.dataset, distribution, found.scope)
            if not decision:
                raise Refused(decision)
            return found.file(distribution)
        return None

    def _files(
        self, t: Transaction, address: str, wanted: _Wanted, **key: str
    ) -> tuple[Readable, ...]:
        found = self._found(self._facts(t, wanted, **key), address, wanted)
        whole = t.datasets.version(found.dataset.name, found.version.number) or found.version
        files = tuple(found.file(each) for each in whole.data)
        if not files:
            raise self._no_file(t, found.dataset, whole, wanted)
        return files

    def _found(self, facts: ReadFacts, address: str, wanted: _Wanted) -> _Found:
        """Decide on ``facts`` at this time; pure but for the clock."""
        holder = holder_of(facts.session, address, lambda session: self._standing(facts, session))
        project, dataset = holder.project, facts.dataset
        if dataset is None:
            shown = printable(wanted.dataset)
            raise NotFound("dataset", shown, refused(Code.UNKNOWN_DATASET, dataset=shown))
        now = self._clock()
        decision = may_read(project, dataset, facts.grants, now, self._timezone)
        if not decision:
            raise Refused(decision)
        scope = scope_of(project, dataset, facts.grants, now)
        version = facts.version
        if version is None:
            raise NotFound("version", f"{dataset.name}@{wanted.version or 'newest'}")
        if version.withdrawn:
            raise Refused(withdrawn(dataset, version))
        return _Found(holder.session, project, dataset, version, scope)

    def _facts(self, t: Transaction, wanted: _Wanted, **key: str) -> ReadFacts:
        """Look up what was asked for; what cannot be a name is not there."""
        number = wanted.version
        known = number is None or 0 < number < _MOST_VERSIONS
        return t.reads.facts(
            wanted.dataset if is_dataset_name(wanted.dataset) else "",
            number if known else 0,
            wanted.file if is_file_name(wanted.file) else "",
            **key,
        )

    def _standing(self, facts: ReadFacts, session: Session) -> Standing:
        return Standing(
            asked=session.project,
            today=self._clock().astimezone(self._timezone).date(),
            person=facts.person,
            organisation=facts.home,
            project=facts.project,
            owner=facts.owner,
            membership=facts.membership,
        )

    def _no_file(
        self, t: Transaction, dataset: Dataset, version: Version, wanted: _Wanted
    ) -> NotFound:
        shown = printable(wanted.file)
        whole = t.datasets.version(dataset.name, version.number) or version
        choices = ", ".join(each.name for each in whole.distributions) or "–"
        return NotFound(
            "file",
            shown,
            refused(Code.UNKNOWN_FILE, dataset=dataset.name, file=shown, choices=choices),
        )

    def _decide_again(self, t: Transaction, readable: Readable) -> None:
        wanted = _wanted_of(readable)
        address = readable.session.address or ""
        facts = self._facts(t, wanted, session=readable.session.id)
        again = self._readable(t, address, wanted, facts)
        if again.scope != readable.scope:
            # the bytes at hand are of another part than may be read now
            raise Refused(refused(Code.SCOPE_CHANGED, dataset=wanted.dataset))

    def _log_refusal_of(self, readable: Readable, decision: Decision) -> None:
        session = readable.session
        self._log_refusal(session, session.address or "", _wanted_of(readable), decision)

    def _log_refusal(
        self, session: Session | None, address: str, wanted: _Wanted, decision: Decision
    ) -> None:
        with self._register.write() as t:
            project = t.projects.get(session.project) if session else None
            t.audit.append(
                AuditEvent(
                    AuditAction.DATASET_READ_REFUSED,
                    actor=f"person:{session.username}" if session else "unknown",
                    outcome=Outcome.REFUSED,
                    object=wanted.dataset if is_dataset_name(wanted.dataset) else "",
                    project=project.slug if project else "",
                    purpose=project.purpose.in_("nl") if project else "",
                    session=session.id if session else "",
                    origin=printable(address, 60),
                    details={"code": decision.code.value, "file": printable(wanted.file, 100)},
                ),
                self._clock(),
            )
