"""The one in-memory register; it passes the same contract suite as the real stores."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from threading import RLock

from tests.fakes.search import MemorySearch

from polderlab_catalog.application import ports
from polderlab_catalog.domain.allocations import Allocation, Extension, ExtensionState, Level
from polderlab_catalog.domain.announcements import Announcement
from polderlab_catalog.domain.audit import AuditAction, AuditEvent, AuditRecord
from polderlab_catalog.domain.chain import seal
from polderlab_catalog.domain.confirmations import Confirmation, Matter
from polderlab_catalog.domain.datasets import Classification, Dataset, Version
from polderlab_catalog.domain.endings import Offboarding
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.domain.harvests import Harvest
from polderlab_catalog.domain.identities import Binding, Identity
from polderlab_catalog.domain.ingests import Ingest, IngestState
from polderlab_catalog.domain.invitations import Invitation
from polderlab_catalog.domain.notices import MailState, Notice
from polderlab_catalog.domain.organisations import (
    Organisation,
    OrganisationKind,
    OrganisationState,
    Particulars,
)
from polderlab_catalog.domain.people import Credentials, Person, Vetting
from polderlab_catalog.domain.projects import Membership, Project
from polderlab_catalog.domain.proposals import Proposal
from polderlab_catalog.domain.quality import QualityRun
from polderlab_catalog.domain.reads import Brief, Read, ReadFacts
from polderlab_catalog.domain.reports import Report
from polderlab_catalog.domain.requests import AccessRequest
from polderlab_catalog.domain.sessions import Image, Session, Size
from polderlab_catalog.domain.sign_ins import PasswordLink, Tries
from polderlab_catalog.domain.sources import Source
from polderlab_catalog.domain.usage import DiskSample, Month, Span, Use


@dataclass
class State:
    """All there is. The values are immutable, so copying the containers copies everything."""

    organisations: dict[str, Organisation] = field(default_factory=dict)
    particulars: dict[str, Particulars] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    credentials: dict[str, Credentials] = field(default_factory=dict)
    tries: dict[str, Tries] = field(default_factory=dict)
    password_links: dict[str, PasswordLink] = field(default_factory=dict)
    bindings: dict[str, Binding] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)
    memberships: dict[tuple[str, str], Membership] = field(default_factory=dict)
    datasets: dict[str, Dataset] = field(default_factory=dict)
    versions: dict[tuple[str, int], Version] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    images: dict[str, Image] = field(default_factory=dict)
    sizes: dict[str, Size] = field(default_factory=dict)
    requests: dict[str, AccessRequest] = field(default_factory=dict)
    allocations: dict[Level, Allocation] = field(default_factory=dict)
    extensions: dict[str, Extension] = field(default_factory=dict)
    samples: dict[tuple[date, str, str], DiskSample] = field(default_factory=dict)
    reports: dict[tuple[str, date], Report] = field(default_factory=dict)
    invitations: dict[str, Invitation] = field(default_factory=dict)
    proposals: dict[str, Proposal] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    harvests: dict[str, Harvest] = field(default_factory=dict)
    harvested: dict[tuple[str, str], str] = field(default_factory=dict)
    reads: dict[str, Read] = field(default_factory=dict)
    audit: list[AuditRecord] = field(default_factory=list)
    ingests: dict[str, Ingest] = field(default_factory=dict)
    quality: list[QualityRun] = field(default_factory=list)

    announcements: dict[str, Announcement] = field(default_factory=dict)
    notices: dict[str, Notice] = field(default_factory=dict)
    confirmations: dict[tuple[str, str], Confirmation] = field(default_factory=dict)
    offboardings: dict[str, Offboarding] = field(default_factory=dict)

    def copy(self) -> State:
        return State(**{name: value.copy() for name, value in vars(self).items()})


class Organisations(ports.Organisations):
    def __init__(self, state: State) -> None:
        self._all, self._particulars = state.organisations, state.particulars

    def get(self, slug: str) -> Organisation | None:
        return self._all.get(slug)

    def some(self, slugs: Collection[str]) -> Mapping[str, Organisation]:
        return {slug: self._all[slug] for slug in slugs if slug in self._all}

    def waiting(self) -> Sequence[Organisation]:
        return [each for each in self.all() if each.state is OrganisationState.SUBMITTED]

    def lead(self) -> Organisation | None:
        leads = (each for each in self.all() if each.kind is OrganisationKind.LEAD)
        return next(leads, None)

    def all(self) -> Sequence[Organisation]:
        return [self._all[slug] for slug in sorted(self._all)]

    def put(self, organisation: Organisation) -> None:
        self._all[organisation.slug] = organisation

    def particulars(self, slug: str) -> Particulars | None:
        return self._particulars.get(slug)

    def put_particulars(self, told: Particulars) -> None:
        self._particulars[told.organisation] = told


class People(ports.People):
    def __init__(self, state: State) -> None:
        self._all, self._credentials = state.people, state.credentials

    def get(self, username: str) -> Person | None:
        return self._all.get(username)

    def all(self, *, organisation: str | None = None) -> Sequence[Person]:
        found = [self._all[username] for username in sorted(self._all)]
        return [each for each in found if organisation in (None, each.organisation)]

    def waiting(self) -> Sequence[Person]:
        return [p for p in self.all() if p.active and p.vetting is Vetting.WAITING]

    def put(self, person: Person) -> None:
        self._all[person.username] = person

    def credentials(self, username: str) -> Credentials | None:
        return self._credentials.get(username)

    def put_credentials(self, credentials: Credentials) -> None:
        self._credentials[credentials.username] = credentials


class SignIns(ports.SignIns):
    def __init__(self, state: State) -> None:
        self._tries, self._links = state.tries, state.password_links

    def tries(self, subject: str) -> Tries | None:
        return self._tries.get(subject)

    def put_tries(self, tries: Tries) -> None:
        self._tries[tries.subject] = tries

    def remove_tries(self, subject: str) -> bool:
        return self._tries.pop(subject, None) is not None

    def forget_tries(self, before: datetime) -> None:
        for each in list(self._tries.values()):
            if each.last is not None and each.last < before:
                del self._tries[each.subject]

    def link(self, key_hash: str) -> PasswordLink | None:
        return next((each for each in self._links.values() if each.key_hash == key_hash), None)

    def put_link(self, link: PasswordLink) -> None:
        self._links[link.username] = link

    def remove_link(self, username: str) -> bool:
        return self._links.pop(username, None) is not None


class Identities(ports.Identities):
    def __init__(self, state: State) -> None:
        self._all = state.bindings

    def of(self, username: str) -> Binding | None:
        return self._all.get(username)

    def find(self, identity: Identity) -> Binding | None:
        return next((each for each in self._all.values() if each.identity == identity), None)

    def put(self, binding: Binding) -> None:
        self._all[binding.username] = binding

    def remove(self, username: str) -> bool:
        return self._all.pop(username, None) is not None


class Projects(ports.Projects):
    def __init__(self, state: State) -> None:
        self._all, self._memberships = state.projects, state.memberships

    def get(self, slug: str) -> Project | None:
        return self._all.get(slug)

    def some(self, slugs: Collection[str]) -> Mapping[str, Project]:
        return {slug: self._all[slug] for slug in slugs if slug in self._all}

    def all(self, *, organisation: str | None = None) -> Sequence[Project]:
        found = [self._all[slug] for slug in sorted(self._all)]
        return [each for each in found if organisation in (None, each.organisation)]

    def put(self, project: Project) -> None:
        self._all[project.slug] = project

    def membership(self, username: str, project: str) -> Membership | None:
        return self._memberships.get((username, project))

    def memberships(
        self,
        *,
        username: str | None = None,
        project: str | None = None,
        projects: Collection[str] | None = None,
    ) -> Sequence[Membership]:
        return [
            membership
            for _, membership in sorted(self._memberships.items())
            if username in (None, membership.username)
            and project in (None, membership.project)
            and (projects is None or membership.project in projects)
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
        self._all, self._projects = state.sessions, state.projects

    def get(self, session_id: str) -> Session | None:
        return self._all.get(session_id)

    def by_token_hash(self, token_hash: str) -> Session | None:
        found = (s for s in self._all.values() if s.token_hash == token_hash)
        return next(found, None)

    def open(
        self,
        *,
        username: str | None = None,
        project: str | None = None,
        organisation: str | None = None,
    ) -> Sequence[Session]:
        found = [
            session
            for session in self._all.values()
            if session.open
            and username in (None, session.username)
            and project in (None, session.project)
            and organisation in (None, self._projects[session.project].organisation)
        ]
        return sorted(found, key=lambda session: (session.started, session.id))

    def seen(self, ids: Collection[str], at: datetime) -> None:
        for each in ids:
            if each in self._all and self._all[each].open:
                self._all[each] = replace(self._all[each], seen=at)

    def latest(self, username: str, projects: Collection[str]) -> Mapping[str, Session]:
        oldest_first = sorted(self._all.values(), key=lambda held: (held.started, held.id))
        return {
            held.project: held
            for held in oldest_first
            if held.username == username and held.project in projects
        }

    def put(self, session: Session) -> None:
        self._all[session.id] = session


class Allocations(ports.Allocations):
    def __init__(self, state: State) -> None:
        self._all, self._extensions = state.allocations, state.extensions

    def of(self, levels: Collection[Level]) -> Mapping[Level, Allocation]:
        return {level: self._all.get(level, Allocation()) for level in levels}

    def all(self) -> Mapping[Level, Allocation]:
        return dict(self._all)

    def put(self, level: Level, allocation: Allocation) -> None:
        self._all[level] = allocation

    def extension(self, extension_id: str) -> Extension | None:
        return self._extensions.get(extension_id)

    def extensions(
        self, levels: Collection[Level] | None = None, *, open_only: bool = False
    ) -> Sequence[Extension]:
        found = [e for e in self._extensions.values() if levels is None or e.level in levels]
        if open_only:
            found = [each for each in found if each.state is ExtensionState.ASKED]
        found.sort(key=lambda each: each.id)
        return sorted(found, key=lambda each: each.asked, reverse=True)

    def put_extension(self, extension: Extension) -> None:
        self._extensions[extension.id] = extension


class Usage(ports.Usage):
    def __init__(self, state: State) -> None:
        self._sessions, self._projects = state.sessions, state.projects
        self._lines, self._samples = state.audit, state.samples

    def spans(
        self, begins: datetime, ends: datetime, *, organisation: str | None = None
    ) -> Sequence[Span]:
        found = [
            Span(s.id, s.username, s.project, s.cpus, s.memory_bytes, s.started, s.closed)
            for s in self._sessions.values()
            if s.started < ends
            and (s.closed is None or s.closed > begins)
            and organisation in (None, self._projects[s.project].organisation)
        ]
        return sorted(found, key=lambda span: (span.started, span.session))

    def used(
        self, month: Month, now: datetime, *, organisation: str
    ) -> Mapping[tuple[str, str], Use]:
        found: dict[tuple[str, str], Use] = {}
        for span in self.spans(month.begins, month.ends, organisation=organisation):
            key = span.project, span.username
            found[key] = found.get(key, Use()) + Use.of(span, month, now)
        return found

    def bytes_read(self, begins: datetime, ends: datetime) -> Mapping[str, int]:
        read: dict[str, int] = {}
        for line in self._lines:
            event = line.event
            if (
                event.action is AuditAction.DATASET_READ
                and event.session
                and begins <= line.at < ends
            ):
                more = int(event.details.get("bytes", 0))
                read[event.session] = read.get(event.session, 0) + more
        return read

    def put_sample(self, sample: DiskSample) -> None:
        self._samples[sample.day, sample.kind, sample.name] = sample

    def samples(self, first: date, last: date) -> Sequence[DiskSample]:
        return [self._samples[key] for key in sorted(self._samples) if first <= key[0] <= last]


class Reports(ports.Reports):
    def __init__(self, state: State) -> None:
        self._all = state.reports

    def get(self, organisation: str, month: date) -> Report | None:
        return self._all.get((organisation, month))

    def find(
        self, *, organisation: str | None = None, month: date | None = None
    ) -> Sequence[Report]:
        found = [
            each
            for key, each in sorted(self._all.items())
            if organisation in (None, key[0]) and month in (None, key[1])
        ]
        return sorted(found, key=lambda each: each.month, reverse=True)

    def months(self) -> Sequence[date]:
        return sorted({month for _, month in self._all}, reverse=True)

    def add(self, report: Report) -> None:
        assert (report.organisation, report.month) not in self._all, "it is kept already"
        self._all[report.organisation, report.month] = report


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
        since: datetime | None = None,
        until: datetime | None = None,
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
            and (since is None or record.at >= since)
            and (until is None or record.at < until)
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
        projects: Collection[str] | None = None,
        organisation: str | None = None,
        open_only: bool = False,
    ) -> Sequence[AccessRequest]:
        found = [
            request
            for request in self._all.values()
            if dataset in (None, request.dataset)
            and project in (None, request.project)
            and (projects is None or request.project in projects)
            and organisation in (None, self._datasets[request.dataset].organisation)
            and (request.open or not open_only)
        ]
        return sorted(found, key=lambda request: (request.asked, request.id), reverse=True)

    def put(self, request: AccessRequest) -> None:
        self._all[request.id] = request


class Invitations(ports.Invitations):
    def __init__(self, state: State) -> None:
        self._all = state.invitations

    def get(self, invitation_id: str) -> Invitation | None:
        return self._all.get(invitation_id)

    def by_token_hash(self, token_hash: str) -> Invitation | None:
        found = (each for each in self._all.values() if each.token_hash == token_hash)
        return next(found, None)

    def find(self, *, organisation: str) -> Sequence[Invitation]:
        found = [each for each in self._all.values() if each.organisation == organisation]
        return sorted(found, key=lambda each: (each.made, each.id), reverse=True)

    def put(self, invitation: Invitation) -> None:
        self._all[invitation.id] = invitation


class Proposals(ports.Proposals):
    def __init__(self, state: State) -> None:
        self._all = state.proposals

    def get(self, proposal_id: str) -> Proposal | None:
        return self._all.get(proposal_id)

    def find(
        self,
        *,
        organisation: str | None = None,
        proposed_by: str | None = None,
        project: str | None = None,
        open_only: bool = False,
    ) -> Sequence[Proposal]:
        found = [
            each
            for each in self._all.values()
            if organisation in (None, each.organisation)
            and proposed_by in (None, each.proposed_by)
            and project in (None, each.project)
            and (each.open or not open_only)
        ]
        return sorted(found, key=lambda each: (each.made, each.id), reverse=True)

    def put(self, proposal: Proposal) -> None:
        self._all[proposal.id] = proposal


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


class Announcements(ports.Announcements):
    def __init__(self, state: State) -> None:
        self._all = state.announcements

    def get(self, announcement_id: str) -> Announcement | None:
        return self._all.get(announcement_id)

    def find(self, *, after: datetime | None = None, limit: int = 200) -> Sequence[Announcement]:
        found = [
            each
            for _, each in sorted(self._all.items())
            if after is None or (each.ends > after and each.withdrawn is None)
        ]
        return sorted(found, key=lambda each: each.made, reverse=True)[:limit]

    def put(self, announcement: Announcement) -> None:
        self._all[announcement.id] = announcement


class Notices(ports.Notices):
    def __init__(self, state: State) -> None:
        self._all = state.notices

    def get(self, notice_id: str) -> Notice | None:
        return self._all.get(notice_id)

    def of(self, username: str, limit: int = 100) -> Sequence[Notice]:
        found = [each for _, each in sorted(self._all.items()) if each.username == username]
        return sorted(found, key=lambda each: each.made, reverse=True)[:limit]

    def unread(self, username: str) -> int:
        return sum(each.read is None for each in self.of(username, 10**6))

    def add(self, notice: Notice) -> bool:
        if notice.id in self._all:
            return False
        self.put(notice)
        return True

    def put(self, notice: Notice) -> None:
        self._all[notice.id] = notice

    def outbox(self, now: datetime, limit: int = 50) -> Sequence[Notice]:
        found = [
            each
            for _, each in sorted(self._all.items())
            if each.mail in (MailState.WAITING, MailState.SENDING)
            and (each.next_try is None or each.next_try <= now)
        ]
        return sorted(found, key=lambda each: each.made)[:limit]

    def failed(self, limit: int = 50) -> Sequence[Notice]:
        lost = (MailState.FAILED, MailState.UNSURE, MailState.WAITING)
        found = [e for _, e in sorted(self._all.items()) if e.mail in lost and e.error]
        return sorted(found, key=lambda each: each.made, reverse=True)[:limit]


class Confirmations(ports.Confirmations):
    def __init__(self, state: State) -> None:
        self._all = state.confirmations

    def get(self, kind: Matter, key: str) -> Confirmation | None:
        return self._all.get((kind.value, key))

    def find(
        self,
        *,
        organisation: str | None = None,
        asked_only: bool = False,
    ) -> Sequence[Confirmation]:
        return [
            each
            for _, each in sorted(self._all.items())
            if each.ended is None
            and organisation in (None, each.organisation)
            and (each.asked is not None or not asked_only)
        ]

    def put(self, confirmation: Confirmation) -> None:
        self._all[confirmation.kind.value, confirmation.key] = confirmation


class Offboardings(ports.Offboardings):
    def __init__(self, state: State) -> None:
        self._all = state.offboardings

    def get(self, offboarding_id: str) -> Offboarding | None:
        return self._all.get(offboarding_id)

    def find(self, *, open_only: bool = False) -> Sequence[Offboarding]:
        found = [e for _, e in sorted(self._all.items()) if not open_only or e.done is None]
        return sorted(found, key=lambda each: each.asked, reverse=True)

    def put(self, offboarding: Offboarding) -> None:
        self._all[offboarding.id] = offboarding


class MemoryTransaction(ports.Transaction):
    def __init__(self, state: State) -> None:
        self.organisations = Organisations(state)
        self.people = People(state)
        self.sign_ins = SignIns(state)
        self.identities = Identities(state)
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
        self.allocations = Allocations(state)
        self.usage = Usage(state)
        self.reports = Reports(state)
        self.invitations = Invitations(state)
        self.proposals = Proposals(state)
        self.reads = Reads(state, self)
        self.announcements = Announcements(state)
        self.notices = Notices(state)
        self.confirmations = Confirmations(state)
        self.offboardings = Offboardings(state)


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
