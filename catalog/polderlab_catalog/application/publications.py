"""Publish a result from a session: a dataset of the project's organisation, with its lineage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from threading import Lock
from uuid import uuid4

from polderlab_catalog.application.callers import (
    SessionHolder,
    log_refusal,
    session_holder,
)
from polderlab_catalog.application.changes import Change
from polderlab_catalog.application.errors import Invalid, NotFound, Refused
from polderlab_catalog.application.ingests import Ingests, Origin
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, AuditEvent
from polderlab_catalog.domain.datasets import Classification, Dataset, Version
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.domain.ingests import Ingest
from polderlab_catalog.domain.names import is_dataset_name, printable
from polderlab_catalog.domain.projects import Project
from polderlab_catalog.domain.texts import LANGUAGES, Text
from polderlab_catalog.policy.decisions import Code, refused
from polderlab_catalog.policy.publications import classification_of_new, may_publish_result

LICENCE = "http://standaarden.overheid.nl/owms/terms/licentieonbekend"
"""What a result carries of which nobody said under which licence it is."""
MOST_OPEN = 5
"""Results of one project that are on their way in at once, sent or waiting to be sent: what
waits takes room on the lab's disk."""
_MOST_READS = 10_000


@dataclass(frozen=True, slots=True)
class Result:
    """What a session wants to publish. ``title``, ``description`` and ``licence`` describe a
    dataset that is new; one that exists keeps its description. ``classification`` None leaves it
    to the lab."""

    name: str
    file: str
    title: str = ""
    description: str = ""
    classification: Classification | None = None
    licence: str = ""
    note: str = ""


class Publications:
    """For leads and analysts of a project, from its running sessions alone."""

    def __init__(
        self, register: Register, clock: Clock, ingests: Ingests, *, timezone: tzinfo
    ) -> None:
        self._register, self._clock, self._ingests = register, clock, ingests
        self._timezone = timezone
        self._coming: Counter[str] = Counter()
        self._counting = Lock()

    def check(self, token: str, address: str, result: Result) -> None:
        """Decide before the file comes in; raise :class:`Refused` (logged) or :class:`Invalid`."""
        with self._logged(token, address, result.name), self._register.read() as t:
            self._decide(t, self._holder(t, token, address), result)

    def begin(self, token: str, address: str, result: Result) -> str:
        """Decide like :meth:`check`, and count the file that comes in now; return its project.

        Raises :class:`Refused` when there are too many. Call :meth:`end` when the file is there.
        """
        with self._logged(token, address, result.name):
            with self._register.read() as t:
                holder = self._holder(t, token, address)
                self._decide(t, holder, result)
                project = holder.project.slug
                waiting = sum(each.project == project for each in t.ingests.find(open_only=True))
            with self._counting:
                if waiting + self._coming[project] >= MOST_OPEN:
                    code = Code.TOO_MANY_PUBLICATIONS
                    raise Refused(refused(code, project=project, limit=MOST_OPEN))
                self._coming[project] += 1
        return project

    def end(self, project: str) -> None:
        """Count one file less that comes in."""
        with self._counting:
            self._coming[project] -= 1

    def publish(
        self, token: str, address: str, result: Result, path: str, bytes_: int
    ) -> tuple[Ingest, Dataset]:
        """Take a file in that lies at ``path`` in the uploads folder; return what became of it.

        A new dataset belongs to the project's organisation, and the project may read it until
        its own end. Decides anew: what held before the file came in may not hold any more.
        """
        with self._logged(token, address, result.name), self._register.write() as t:
            holder = self._holder(t, token, address)
            dataset, lineage = self._decide(t, holder, result)
            if t.datasets.get(dataset.name) is None:
                t.datasets.put(dataset)
                self._log(t, holder, AuditAction.DATASET_REGISTERED, dataset)
                self._grant(t, holder, dataset)
            ingest = self._ingests.take(
                Change(t, Actor.for_person(holder.person, address), self._clock),
                dataset.name,
                result.file,
                path,
                bytes_,
                confirm=False,
                note=_text(result.note, holder.session.language),
                origin=Origin(holder.project.slug, holder.session.id, lineage),
            )
        return ingest, dataset

    def show(self, token: str, address: str, ingest_id: str) -> tuple[Ingest, Dataset]:
        """Return how far a publication of this project is; raise :class:`NotFound`."""
        with self._register.read() as t:
            holder = self._holder(t, token, address)
            known = printable(ingest_id, 36) == ingest_id
            ingest = t.ingests.get(ingest_id) if known else None
            dataset = t.datasets.get(ingest.dataset) if ingest else None
            if ingest is None or dataset is None or ingest.project != holder.project.slug:
                raise NotFound("publication", printable(ingest_id, 36))
            return ingest, dataset

    def _holder(self, t: Transaction, token: str, address: str) -> SessionHolder:
        return session_holder(t, token, address, self._clock(), self._timezone)

    @contextmanager
    def _logged(self, token: str, address: str, name: str) -> Iterator[None]:
        """Log a refusal, once the transaction it fell in is over."""
        try:
            yield
        except Refused as refusal:
            with self._register.write() as t:
                log_refusal(
                    t,
                    self._clock(),
                    AuditAction.PUBLICATION_REFUSED,
                    token=token,
                    address=address,
                    dataset=name,
                    decision=refusal.decision,
                )
            raise

    def _decide(
        self, t: Transaction, holder: SessionHolder, result: Result
    ) -> tuple[Dataset, tuple[str, ...]]:
        """Return the dataset as it is or would be, and its lineage; raise :class:`Refused`."""
        _check(result)
        name, project = result.name, holder.project
        known = t.datasets.get(name)
        versions = t.datasets.versions(name) if known else ()
        lineage = _lineage(t, holder.session.id, name)
        seen = {each.partition("@")[0] for version in versions for each in version.derived_from}
        sources = [
            source
            for source in self._sources(t, project.slug, lineage)
            if source.name != name
            and not (known and source.name in seen and _judged(t, known, source))
        ]
        decision = may_publish_result(
            project,
            holder.owner,
            name,
            known,
            own=known is not None and _own(t, known, versions, project),
            wanted=result.classification,
            sources=sources,
        )
        if not decision:
            raise Refused(decision)
        if known is None and not result.title.strip():
            raise Invalid({"title": "say in a few words what it is: title=…"})
        dataset = known or self._described(holder, result, sources)
        return dataset, tuple(f"{each}@{lineage[each]}" for each in sorted(lineage))

    def _sources(self, t: Transaction, project: str, lineage: Mapping[str, int]) -> list[Dataset]:
        """Return what this session read, and what the project read before: it may have kept it."""
        granted = {grant.dataset for grant in t.grants.find(project=project)} - set(lineage)
        before = {
            name
            for name in granted
            if t.audit.search(
                action=AuditAction.DATASET_READ, object=name, project=project, limit=1
            )
        } | {each.dataset for each in t.reads.find() if each.project == project}
        found = [t.datasets.get(name) for name in sorted({*lineage, *before})]
        return [dataset for dataset in found if dataset is not None]

    def _described(self, holder: SessionHolder, result: Result, sources: list[Dataset]) -> Dataset:
        project, language = holder.project, holder.session.language
        return Dataset(
            name=result.name,
            title=_text(result.title, language),
            description=_text(result.description or result.title, language),
            organisation=project.organisation,
            steward=holder.owner.name.in_(language),
            classification=classification_of_new(result.classification, sources),
            licence=result.licence or LICENCE,
            source=project.title.in_(language),
        )

    def _grant(self, t: Transaction, holder: SessionHolder, dataset: Dataset) -> None:
        """Let the project read its own result until it ends, where that takes a grant."""
        if dataset.classification is Classification.PUBLIC:
            return
        ends = datetime.combine(holder.project.ends + timedelta(days=1), time(), self._timezone)
        t.grants.put(
            Grant(
                id=str(uuid4()),
                dataset=dataset.name,
                project=holder.project.slug,
                starts=self._clock(),
                ends=ends,
                granted_by=Actor.lab().name,
                reason="own result",
            )
        )
        until = holder.project.ends.isoformat()
        self._log(t, holder, AuditAction.GRANT_GIVEN, dataset, actor=Actor.lab().name, until=until)

    def _log(
        self,
        t: Transaction,
        holder: SessionHolder,
        action: AuditAction,
        dataset: Dataset,
        *,
        actor: str = "",
        **details: str,
    ) -> None:
        t.audit.append(
            AuditEvent(
                action,
                actor=actor or f"person:{holder.person.username}",
                object=dataset.name,
                project=holder.project.slug,
                purpose=holder.project.purpose.in_("nl"),
                session=holder.session.id,
                origin=holder.session.address or "",
                details=details or {"classification": dataset.classification.value},
            ),
            self._clock(),
        )


def _own(t: Transaction, known: Dataset, versions: Sequence[Version], project: Project) -> bool:
    """Tell whether ``project`` published ``known`` itself, or was the first to try."""
    if known.remote or known.organisation != project.organisation:
        return False
    publishers = {version.project for version in versions}
    publishers |= {ingest.project for ingest in t.ingests.find(dataset=known.name)}
    return project.slug in publishers


def _lineage(t: Transaction, session: str, itself: str) -> dict[str, int]:
    """Return what ``session`` has read by now: dataset → newest version it read."""
    read: dict[str, int] = {}
    logged = t.audit.search(action=AuditAction.DATASET_READ, session=session, limit=_MOST_READS)
    found = [(each.event.object, int(each.event.details.get("version", 0))) for each in logged]
    found += [(each.dataset, each.version) for each in t.reads.find() if each.session == session]
    for name, version in found:
        if name != itself:
            read[name] = max(version, read.get(name, 0))
    return read


def _judged(t: Transaction, result: Dataset, source: Dataset) -> bool:
    """Tell whether ``result`` got its classification knowing that of ``source``: a source that
    was made stricter since has to be looked at again."""
    return _classified(t, result) >= _classified(t, source)


def _classified(t: Transaction, dataset: Dataset) -> int:
    """Return the number of the log line since which ``dataset`` is classified as it is."""
    since = 2**63
    lines = t.audit.search(
        action=AuditAction.DATASET_REGISTERED, object=dataset.name, limit=_MOST_READS
    )
    for line in lines:
        if line.event.details.get("classification") != dataset.classification.value:
            return since
        since = line.number
    return since if lines else 0


def _text(told: str, language: str) -> Text:
    return Text(**{language: told}) if language in LANGUAGES else Text(told)


def _check(result: Result) -> None:
    """Hold what a notebook sent against what can be kept; raise :class:`Invalid`."""
    wrong: dict[str, str] = {}
    if not is_dataset_name(result.name):
        wrong["name"] = "use 3 to 40 lower-case letters, digits and underscores, a letter first"
    for field, limit in (("title", 200), ("description", 5000), ("note", 500), ("licence", 300)):
        if len(getattr(result, field)) > limit:
            wrong[field] = f"keep it to {limit} characters"
    if result.licence and not result.licence.startswith(("http://", "https://")):
        wrong["licence"] = "give the web address (URI) of the licence"
    if wrong:
        raise Invalid(wrong)
