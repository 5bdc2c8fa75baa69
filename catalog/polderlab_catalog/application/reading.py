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
from polderlab_catalog.domain.sessions import Session
from polderlab_catalog.policy.decisions import Code, Decision, refused
from polderlab_catalog.policy.reading import live_grant, may_read, session_holds
from polderlab_catalog.policy.standing import may_work

_MOST_VERSIONS = 2**31


@dataclass(frozen=True, slots=True)
class Readable:
    """A file a session may read, as it was decided; ``distribution.path`` is where it is."""

    session: Session
    project: Project
    dataset: Dataset
    version: Version
    distribution: Distribution


class Reading:
    """Decides on every read anew, from the register alone: no cache, no call to the hub."""

    def __init__(
        self, register: Register, clock: Clock, *, portal_url: str, timezone: tzinfo = UTC
    ) -> None:
        self._register, self._clock = register, clock
        self._portal_url, self._timezone = portal_url, timezone

    def catalogue(self, token: str, address: str, language: str | None = None) -> wire.Catalogue:
        """Return what this session may read now; raise :class:`Refused`."""
        now = self._clock()
        with self._register.read() as t:
            session = t.sessions.by_token_hash(token_hash(token))
            decision, project = self._session(t, session, address)
            if session is None or project is None:
                raise Refused(decision)
            grants = t.grants.find(project=project.slug)
            names = {organisation.slug: organisation.name for organisation in t.organisations.all()}
            newest = t.datasets.newest_versions()
            return wire.Catalogue(
                project=project.slug,
                datasets=[
                    catalogue_entry(
                        dataset,
                        newest[dataset.name],
                        names[dataset.organisation],
                        live_grant(grants, project.slug, dataset.name, now),
                        language=language or session.language,
                        zone=self._timezone,
                        portal_url=self._portal_url,
                    )
                    for dataset in t.datasets.all()
                    if dataset.name in newest
                    and may_read(project, dataset, grants, now, self._timezone)
                ],
            )

    def authorise(
        self, token: str, address: str, dataset: str, version: int | None, file: str
    ) -> Readable:
        """Return the file if this session may read it now.

        Raises :class:`Refused` (logged) or :class:`NotFound`, and only a project that may read
        the dataset learns which versions and files it has.
        """
        try:
            with self._register.read() as t:
                session = t.sessions.by_token_hash(token_hash(token))
                return self._readable(t, session, address, dataset, version, file)
        except Refused as refusal:
            self._log_refusal(session, address, dataset, file, refusal.decision)
            raise

    def record(self, readable: Readable, bytes_: int) -> None:
        """Log that ``bytes_`` bytes are about to leave; call it before the first does.

        Decides once more, in the same transaction as the log line: what was revoked since
        :meth:`authorise` is refused here, and the log never holds a read that was not allowed.
        """
        now, session = self._clock(), readable.session
        address, name = session.address or "", readable.dataset.name
        number, file = readable.version.number, readable.distribution.name
        try:
            with self._register.write() as t:
                current = t.sessions.get(session.id)
                again = self._readable(t, current, address, name, number, file)
                t.audit.append(
                    AuditEvent(
                        AuditAction.DATASET_READ,
                        actor=f"person:{session.username}",
                        object=name,
                        project=again.project.slug,
                        purpose=again.project.purpose.in_("nl"),
                        session=session.id,
                        origin=address,
                        details={"version": number, "file": file, "bytes": bytes_},
                    ),
                    now,
                )
        except Refused as refusal:
            self._log_refusal(session, address, name, file, refusal.decision)
            raise

    def _session(
        self, t: Transaction, session: Session | None, address: str
    ) -> tuple[Decision, Project | None]:
        """Decide on the key, then on the person behind it; return the project if both hold."""
        decision = session_holds(session, address)
        if session is None or not decision:
            return decision, None
        today = self._clock().astimezone(self._timezone).date()
        facts = standing(t, session.username, session.project, today)
        decision = may_work(facts)
        return decision, facts.project if decision else None

    def _readable(
        self,
        t: Transaction,
        session: Session | None,
        address: str,
        name: str,
        number: int | None,
        file: str,
    ) -> Readable:
        decision, project = self._session(t, session, address)
        if session is None or project is None:
            raise Refused(decision)
        dataset = the_dataset(t, name)
        grants = t.grants.find(dataset=dataset.name, project=project.slug)
        decision = may_read(project, dataset, grants, self._clock(), self._timezone)
        if not decision:
            raise Refused(decision)
        version = self._version(t, dataset, number)
        for distribution in version.distributions:
            if distribution.name == file:
                return Readable(session, project, dataset, version, distribution)
        shown = printable(file)
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
            raise Refused(
                refused(Code.VERSION_WITHDRAWN, dataset=dataset.name, version=version.number)
            )
        return version

    def _log_refusal(
        self, session: Session | None, address: str, dataset: str, file: str, decision: Decision
    ) -> None:
        with self._register.write() as t:
            project = t.projects.get(session.project) if session else None
            t.audit.append(
                AuditEvent(
                    AuditAction.DATASET_READ_REFUSED,
                    actor=f"person:{session.username}" if session else "unknown",
                    outcome=Outcome.REFUSED,
                    object=dataset if is_dataset_name(dataset) else "",
                    project=project.slug if project else "",
                    purpose=project.purpose.in_("nl") if project else "",
                    session=session.id if session else "",
                    origin=printable(address, 60),
                    details={"code": decision.code.value, "file": printable(file, 100)},
                ),
                self._clock(),
            )
