"""The one in-memory register; it passes the same contract suite as the real stores."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import RLock

from tests.fakes.search import MemorySearch

from polderlab_catalog.application import ports
from polderlab_catalog.domain.audit import AuditAction, AuditEvent, AuditRecord
from polderlab_catalog.domain.chain import seal
from polderlab_catalog.domain.datasets import Classification, Dataset, Version
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.domain.harvests import Harvest
from polderlab_catalog.domain.ingests import Ingest, IngestState
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import Credentials, Person
from polderlab_catalog.domain.projects import Membership, Project
from polderlab_catalog.domain.quality import QualityRun
from polderlab_catalog.domain.reads import Brief, Read, ReadFacts
from polderlab_catalog.domain.requests import AccessRequest
from polderlab_catalog.domain.sessions import Image, Session, Size
from polderlab_catalog.domain.sources import Source


@dataclass
class State:
    """All there is. The values are immutable, so copying the containers copies everything."""

    organisations: dict[str, Organisation] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    credentials: dict[str, Credentials] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)
    memberships: dict[tuple[str, str], Membership] = field(default_factory=dict)
    datasets: dict[str, Dataset] = field(default_factory=dict)
    versions: dict[tuple[str, int], Version] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    images: dict[str, Image] = field(default_factory=dict)
    sizes: dict[str, Size] = field(default_factory=dict)
    requests: dict[str, AccessRequest] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    harvests: dict[str, Harvest] = field(default_factory=dict)
    harvested: dict[tuple[str, str], str] = field(default_factory=dict)
    reads: dict[str, Read] = field(default_factory=dict)
    audit: list[AuditRecord] = field(default_factory=list)
    ingests: dict[str, Ingest] = field(default_factory=dict)
    quality: list[QualityRun] = field(default_factory=list)

    def copy(self) -> State:
        return State(**{name: value.copy() for name, value in vars(self).items()})


class Organisations(ports.Organisations):
    def __init__(self, state: State) -> None:
        self._all = state.organisations

    def get(self, slug: str) -> Organisation | None:
        return self._all.get(slug)

    def all(self) -> Sequence[Organisation]:
        return [self._all[slug] for slug in sorted(self._all)]

    def put(self, organisation: Organisation) -> None:
        self._all[organisation.slug] = organisation


class People(ports.People):
    def __init__(self, state: State) -> None:
        self._all, self._credentials = state.people, state.credentials

    def get(self, username: str) -> Person | None:
        return self._all.get(username)

    def all(self) -> Sequence[Person]:
        return [self._all[username] for username in sorted(self._all)]

    def put(self, person: Person) -> None:
        self._all[person.username] = person

    def credentials(self, username: str) -> Credentials | None:
        return self._credentials.get(username)

    def put_credentials(self, credentials: Credentials) -> None:
        self._credentials[credentials.username] = credentials


class Projects(ports.Projects):
    def __init__(self, state: State) -> None:
        self._all, self._memberships = state.projects, state.memberships

    def get(self, slug: str) -> Project | None:
        return self._all.get(slug)

    def all(self) -> Sequence[Project]:
        return [self._all[slug] for slug in sorted(self._all)]

    def put(self, project: Project) -> None:
        self._all[project.slug] = project

    def membership(self, username: str, project: str) -> Membership | None:
        return self._memberships.get((username, project))

    def memberships(
        self, *, username: str | None = None, project: str | None = None
    ) -> Sequence[Membership]:
        return [
            membership
            for _, membership in sorted(self._memberships.items())
            if username in (None, membership.username) and project in (None, membership.project)
        ]

    def put_membership(self, membership: Membership) -> None:
        self._memberships[membership.username, membership.project] = membership

    def remove_membership(self, username: str, project: str) -> bool:
        return self._memberships.pop((username, project), None) is not None


class Datasets(ports.Datasets):
    def __init__(self, state: State) -> None:
        self._all, self._versions = state.datasets, state.versions

    def get(self, name: str) -> Dataset | None:
        return self._all.get(name)

    def all(self) -> Sequence[Dataset]:
        return [self._all[name] for name in sorted(self._all)]

    def listed(
        self, *, public_only: bool, offset: int, limit: int
    ) -> tuple[Sequence[Dataset], int]:
        readable = self.newest_versions()
        found = [
            each
            for each in self.all()
            if not each.remote
            and each.name in readable
            and (not public_only or each.classification is Classification.PUBLIC)
        ]
        return found[offset : offset + limit], len(found)

    def drafts(self) -> Sequence[Dataset]:
        published = {name for name, _ in self._versions}
        return [each for each in self.all() if not each.remote and each.name not in published]

    def put(self, dataset: Dataset) -> None:
        self._all[dataset.name] = dataset

    def remove(self, name: str) -> bool:
        return self._all.pop(name, None) is not None

    def version(self, name: str, number: int | None = None) -> Version | None:
        if number is None:
            return self.newest_versions().get(name)
        return self._versions.get((name, number))

    def versions(self, name: str) -> Sequence[Version]:
        return [version for key, version in sorted(self._versions.items()) if key[0] == name]

    def some(self, names: Collection[str]) -> Mapping[str, Dataset]:
        return {name: self._all[name] for name in sorted(names) if name in self._all}

    def newest_versions(self, names: Collection[str] | None = None) -> Mapping[str, Version]:
        in_order = sorted(self._versions.items())
        return {
            name: version
            for (name, _), version in in_order
            if not version.withdrawn and (names is None or name in names)
        }

    def put_version(self, version: Version) -> None:
        self._versions[version.dataset, version.number] = version


class Grants(ports.Grants):
    def __init__(self, state: State) -> None:
        self._all = state.grants

    def get(self, grant_id: str) -> Grant | None:
        return self._all.get(grant_id)

    def find(
        self,
        *,
        dataset: str | None = None,
        project: str | None = None,
        datasets: Collection[str] | None = None,
    ) -> Sequence[Grant]:
        found = [
            grant
            for grant in self._all.values()
            if dataset in (None, grant.dataset)
            and project in (None, grant.project)
            and (datasets is None or grant.dataset in datasets)
        ]
        return sorted(found, key=lambda grant: (grant.starts, grant.id))

    def put(self, grant: Grant) -> None:
        self._all[grant.id] = grant


class Sessions(ports.Sessions):
    def __init__(self, state: State) -> None:
        self._all = state.sessions

    def get(self, session_id: str) -> Session | None:
        return self._all.get(session_id)

    def by_token_hash(self, token_hash: str) -> Session | None:
        found = (s for s in self._all.values() if s.token_hash == token_hash)
        return next(found, None)

    def open(self, *, username: str | None = None, project: str | None = None) -> Sequence[Session]:
        found = [
            session
            for session in self._all.values()
            if session.open
            and username in (None, session.username)
            and project in (None, session.project)
        ]
        return sorted(found, key=lambda session: (session.started, session.id))

    def latest(self, username: str, project: str) -> Session | None:
        mine = [
            session
            for session in self._all.values()
            if (session.username, session.project) == (username, project)
        ]
        return max(mine, key=lambda session: (session.started, session.id), default=None)

    def put(self, session: Session) -> None:
        self._all[session.id] = session


class Offer(ports.Offer):
    def __init__(self, state: State) -> None:
        self._images, self._sizes = state.images, state.sizes

    def image(self, name: str) -> Image | None:
        return self._images.get(name)

    def images(self) -> Sequence[Image]:
        return [self._images[name] for name in sorted(self._images)]

    def put_image(self, image: Image) -> None:
        self._images[image.name] = image

    def size(self, name: str) -> Size | None:
        return self._sizes.get(name)

    def sizes(self) -> Sequence[Size]:
        return [self._sizes[name] for name in sorted(self._sizes)]

    def put_size(self, size: Size) -> None:
        self._sizes[size.name] = size


class AuditLog(ports.AuditLog):
    def __init__(self, state: State) -> None:
        self._lines = state.audit

    def append(self, event: AuditEvent, at: datetime) -> AuditRecord:
        record = seal(event, at, self._lines[-1] if self._lines else None)
        self._lines.append(record)
        return record

    def records(self) -> Iterator[AuditRecord]:
        return iter(self._lines)

    def search(
        self,
        *,
        action: AuditAction | None = None,
        actor: str | None = None,
        object: str | None = None,
        project: str | None = None,
        session: str | None = None,
        limit: int = 100,
        actions: Collection[AuditAction] = (),
        before: int | None = None,
    ) -> Sequence[AuditRecord]:
        found = [
            record
            for record in reversed(self._lines)
            if action in (None, record.event.action)
            and actor in (None, record.event.actor)
            and object in (None, record.event.object)
            and project in (None, record.event.project)
            and session in (None, record.event.session)
            and (not actions or record.event.action in actions)
            and (before is None or record.number < before)
        ]
        return found[:limit]


class Sources(ports.Sources):
    def __init__(self, state: State) -> None:
        self._all = state.sources

    def get(self, dataset: str) -> Source | None:
        return self._all.get(dataset)

    def all(self) -> Sequence[Source]:
        return [self._all[name] for name in sorted(self._all)]

    def put(self, source: Source) -> None:
        self._all[source.dataset] = source

    def remove(self, dataset: str) -> bool:
        return self._all.pop(dataset, None) is not None


class Harvests(ports.Harvests):
    def __init__(self, state: State) -> None:
        self._all, self._described = state.harvests, state.harvested

    def get(self, harvest_id: str) -> Harvest | None:
        return self._all.get(harvest_id)

    def all(self) -> Sequence[Harvest]:
        return [self._all[each] for each in sorted(self._all)]

    def put(self, harvest: Harvest) -> None:
        self._all[harvest.id] = harvest

    def remove(self, harvest_id: str) -> bool:
        return self._all.pop(harvest_id, None) is not None

    def described(self, harvest_id: str) -> Mapping[str, str]:
        found = sorted(self._described.items())
        return {uri: name for (harvest, uri), name in found if harvest == harvest_id}

    def put_described(self, harvest_id: str, uri: str, dataset: str) -> None:
        self._described[harvest_id, uri] = dataset

    def forget_described(self, harvest_id: str, uri: str) -> None:
        self._described.pop((harvest_id, uri), None)


class Requests(ports.Requests):
    def __init__(self, state: State) -> None:
        self._all, self._datasets = state.requests, state.datasets

    def get(self, request_id: str) -> AccessRequest | None:
        return self._all.get(request_id)

    def find(
        self,
        *,
        dataset: str | None = None,
        project: str | None = None,
        organisation: str | None = None,
        open_only: bool = False,
    ) -> Sequence[AccessRequest]:
        found = [
            request
            for request in self._all.values()
            if dataset in (None, request.dataset)
            and project in (None, request.project)
            and organisation in (None, self._datasets[request.dataset].organisation)
            and (request.open or not open_only)
        ]
        return sorted(found, key=lambda request: (request.asked, request.id), reverse=True)

    def put(self, request: AccessRequest) -> None:
        self._all[request.id] = request


class Ingests(ports.Ingests):
    def __init__(self, state: State) -> None:
        self._all = state.ingests

    def get(self, ingest_id: str) -> Ingest | None:
        return self._all.get(ingest_id)

    def find(
        self, *, dataset: str | None = None, open_only: bool = False, limit: int = 50
    ) -> Sequence[Ingest]:
        found = [
            ingest
            for ingest in self._all.values()
            if dataset in (None, ingest.dataset) and (ingest.state.open or not open_only)
        ]
        return sorted(found, key=lambda each: (each.created, each.id), reverse=True)[:limit]

    def put(self, ingest: Ingest) -> None:
        self._all[ingest.id] = ingest

    def remove(self, dataset: str) -> None:
        for gone in [each.id for each in self._all.values() if each.dataset == dataset]:
            del self._all[gone]

    def next(self, dead_since: datetime) -> Ingest | None:
        found = [
            ingest
            for ingest in self._all.values()
            if ingest.state in (IngestState.RECEIVED, IngestState.QUEUED)
            or (
                ingest.state is IngestState.RUNNING
                and ingest.heartbeat is not None
                and ingest.heartbeat < dead_since
            )
        ]
        return min(found, key=lambda each: (each.created, each.id), default=None)


class Quality(ports.Quality):
    def __init__(self, state: State) -> None:
        self._all = state.quality

    def add(self, run: QualityRun) -> None:
        self._all.append(run)

    def of(self, dataset: str, limit: int = 50) -> Sequence[QualityRun]:
        return [run for run in reversed(self._all) if run.dataset == dataset][:limit]


class Reads(ports.Reads):
    def __init__(self, state: State, t: ports.Transaction) -> None:
        self._all, self._t = state.reads, t

    def facts(
        self,
        dataset: str,
        version: int | None,
        file: str,
        *,
        token_hash: str | None = None,
        session: str | None = None,
    ) -> ReadFacts:
        t = self._t
        found = (
            t.sessions.by_token_hash(token_hash) if token_hash else t.sessions.get(session or "")
        )
        if found is None:
            return ReadFacts()
        person, project = t.people.get(found.username), t.projects.get(found.project)
        asked = t.datasets.version(dataset, version)
        return ReadFacts(
            session=found,
            person=person,
            home=t.organisations.get(person.organisation) if person else None,
            project=project,
            owner=t.organisations.get(project.organisation) if project else None,
            membership=t.projects.membership(found.username, found.project),
            dataset=t.datasets.get(dataset),
            grants=tuple(t.grants.find(dataset=dataset, project=found.project)),
            version=asked
            and replace(
                asked, distributions=tuple(d for d in asked.distributions if d.name == file)
            ),
        )

    def briefs(self, project: str, language: str) -> Sequence[Brief]:
        newest, granted = self._t.datasets.newest_versions(), self._t.grants.find(project=project)
        names = {grant.dataset for grant in granted}
        return [
            Brief(
                each.name,
                each.title.in_(language),
                each.organisation,
                each.classification,
                each.steward,
                sum(d.rows for d in newest[each.name].data if d.rows is not None)
                if any(d.rows is not None for d in newest[each.name].data)
                else None,
            )
            for each in self._t.datasets.all()
            if each.name in newest
            and (each.classification is Classification.PUBLIC or each.name in names)
        ]

    def find(self, *, journal: str | None = None, dataset: str | None = None) -> Sequence[Read]:
        found = [
            read
            for read in self._all.values()
            if journal in (None, read.journal) and dataset in (None, read.dataset)
        ]
        return sorted(found, key=lambda read: (read.started, read.id))

    def put(self, read: Read) -> None:
        self._all[read.id] = read

    def remove(self, read_id: str) -> None:
        self._all.pop(read_id, None)


class MemoryTransaction(ports.Transaction):
    def __init__(self, state: State) -> None:
        self.organisations = Organisations(state)
        self.people = People(state)
        self.projects = Projects(state)
        self.datasets = Datasets(state)
        self.grants = Grants(state)
        self.sessions = Sessions(state)
        self.offer = Offer(state)
        self.audit = AuditLog(state)
        self.ingests = Ingests(state)
        self.quality = Quality(state)
        self.search = MemorySearch(state)
        self.harvests = Harvests(state)
        self.sources = Sources(state)
        self.requests = Requests(state)
        self.reads = Reads(state, self)


class MemoryRegister(ports.Register):
    """Write transactions take turns and work on a copy, kept when the block ends well."""

    def __init__(self) -> None:
        self._state, self._turn = State(), RLock()

    def read(self) -> AbstractContextManager[MemoryTransaction]:
        return nullcontext(MemoryTransaction(self._state))

    @contextmanager
    def _write(self) -> Iterator[MemoryTransaction]:
        with self._turn:
            state = self._state.copy()
            yield MemoryTransaction(state)
            self._state = state

    def write(self) -> AbstractContextManager[MemoryTransaction]:
        return self._write()

    def close(self) -> None:
        """Nothing to let go of."""
