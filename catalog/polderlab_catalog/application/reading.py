"""Read data: from a session's key, to its project, to the grant, to the log, to the bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo

from polderlab import wire
from polderlab_catalog.application.entries import catalogue_entry
from polderlab_catalog.application.errors import NotFound, Refused
from polderlab_catalog.application.lookups import standing, the_dataset
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.application.sessions import token_hash
from polderlab_catalog.domain.audit import AuditAction, AuditEvent, Outcome
from polderlab_catalog.domain.datasets import Dataset, Distribution, Version
from polderlab_catalog.domain.names import is_dataset_name, printable
from polderlab_catalog.domain.projects import Project
from polderlab_catalog.domain.scopes import WHOLE, Scope
from polderlab_catalog.domain.sessions import Session
from polderlab_catalog.policy.decisions import Code, Decision, refused
from polderlab_catalog.policy.publishing import withdrawn
from polderlab_catalog.policy.reading import live_grant, may_read, scope_of, session_holds
from polderlab_catalog.policy.standing import may_work

_MOST_VERSIONS = 2**31


@dataclass(frozen=True, slots=True)
class Readable:
    """A file a session may read, as it was decided; ``distribution.path`` is where it is.

    ``scope`` is the part of it that may be read.
    """

    session: Session
    project: Project
    dataset: Dataset
    version: Version
    distribution: Distribution
    scope: Scope = WHOLE


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What was asked for, as it was asked; ``version`` None is the newest."""

    dataset: str = ""
    version: int | None = None
    file: str = ""


class Reading:
    """Decides on every read anew, from the register alone: no cache, no call to the hub."""

    def __init__(
        self, register: Register, clock: Clock, *, portal_url: str, timezone: tzinfo = UTC
    ) -> None:
        self._register, self._clock = register, clock
        self._portal_url, self._timezone = portal_url, timezone

    def catalogue(self, token: str, address: str, language: str | None = None) -> wire.Catalogue:
        """Return what this session may read now; raise :class:`Refused`."""
        try:
            with self._register.read() as t:
                session = t.sessions.by_token_hash(token_hash(token))
                holder, project = self._holder(t, session, address)
                return self._listing(t, project, language or holder.language)
        except Refused as refusal:
            self._log_refusal(session, address, _Wanted(), refusal.decision)
            raise

    def authorise(
        self, token: str, address: str, dataset: str, version: int | None, file: str
    ) -> Readable:
        """Return the file if this session may read it now.

        Raises :class:`Refused` (logged) or :class:`NotFound`, and only a project that may read
        the dataset learns which versions and files it has.
        """
        wanted = _Wanted(dataset, version, file)
        try:
            with self._register.read() as t:
                session = t.sessions.by_token_hash(token_hash(token))
                return self._readable(t, session, address, wanted)
        except Refused as refusal:
            self._log_refusal(session, address, wanted, refusal.decision)
            raise

    def authorise_first(self, token: str, address: str, dataset: str) -> Readable:
        """Return the first file of the newest version if this session may read it now."""
        with self._register.read() as t:
            version = t.datasets.version(dataset) if is_dataset_name(dataset) else None
        # Which file comes first says nothing yet: who may not read it is refused below.
        file = version.data[0].name if version and version.data else ""
        return self.authorise(token, address, dataset, None, file)

    def record(self, readable: Readable, bytes_: int) -> None:
        """Log that ``bytes_`` bytes are about to leave; call it before the first does.

        Decides once more, in the same transaction as the log line: what was revoked since
        :meth:`authorise` is refused here, and the log never holds a read that was not allowed.
        """
        now, session = self._clock(), readable.session
        address = session.address or ""
        wanted = _Wanted(readable.dataset.name, readable.version.number, readable.distribution.name)
        try:
            with self._register.write() as t:
                current = t.sessions.get(session.id)
                again = self._readable(t, current, address, wanted)
                t.audit.append(
                    AuditEvent(
                        AuditAction.DATASET_READ,
                        actor=f"person:{session.username}",
                        object=wanted.dataset,
                        project=again.project.slug,
                        purpose=again.project.purpose.in_("nl"),
                        session=session.id,
                        origin=address,
                        details={
                            "version": readable.version.number,
                            "file": wanted.file,
                            "bytes": bytes_,
                        },
                    ),
                    now,
                )
        except Refused as refusal:
            self._log_refusal(session, address, wanted, refusal.decision)
            raise

    def _listing(self, t: Transaction, project: Project, language: str) -> wire.Catalogue:
        now = self._clock()
        grants = t.grants.find(project=project.slug)
        names = {organisation.slug: organisation.name for organisation in t.organisations.all()}
        newest = t.datasets.newest_versions()
        entries = [
            catalogue_entry(
                dataset,
                newest[dataset.name],
                names[dataset.organisation],
                live_grant(grants, project.slug, dataset.name, now),
                language=language,
                zone=self._timezone,
                portal_url=self._portal_url,
            )
            for dataset in t.datasets.all()
            if dataset.name in newest and may_read(project, dataset, grants, now, self._timezone)
        ]
        return wire.Catalogue(project=project.slug, datasets=entries)

    def _holder(
        self, t: Transaction, session: Session | None, address: str
    ) -> tuple[Session, Project]:
        """Return the session whose key this is and its project; raise :class:`Refused`.

        The key is decided on first, then the person behind it.
        """
        decision = session_holds(session, address)
        if session is None or not decision:
            raise Refused(decision)
        today = self._clock().astimezone(self._timezone).date()
        facts = standing(t, session.username, session.project, today)
        decision = may_work(facts)
        if facts.project is None or not decision:
            raise Refused(decision)
        return session, facts.project

    def _readable(
        self,
        t: Transaction,
        session: Session | None,
        address: str,
        wanted: _Wanted,
    ) -> Readable:
        holder, project = self._holder(t, session, address)
        dataset = the_dataset(t, wanted.dataset)
        grants = t.grants.find(dataset=dataset.name, project=project.slug)
        now = self._clock()
        decision = may_read(project, dataset, grants, now, self._timezone)
        if not decision:
            raise Refused(decision)
        version = self._version(t, dataset, wanted.version)
        for distribution in version.distributions:
            if distribution.name == wanted.file:
                return Readable(
                    holder,
                    project,
                    dataset,
                    version,
                    distribution,
                    scope_of(project, dataset, grants, now),
                )
        shown = printable(wanted.file)
        choices = ", ".join(distribution.name for distribution in version.distributions) or "–"
        raise NotFound(
            "file",
            shown,
            refused(Code.UNKNOWN_FILE, dataset=dataset.name, file=shown, choices=choices),
        )

    def _version(self, t: Transaction, dataset: Dataset, number: int | None) -> Version:
        known = number is None or 0 < number < _MOST_VERSIONS
        version = t.datasets.version(dataset.name, number) if known else None
        if version is None:
            raise NotFound("version", f"{dataset.name}@{number or 'newest'}")
        if version.withdrawn:
            raise Refused(withdrawn(dataset, version))
        return version

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
