"""What the use cases need from outside, and nothing more. Storage and web implement it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from polderlab_catalog.application.search import Hits, SearchQuery
from polderlab_catalog.domain.allocations import Allocation, Extension, Level
from polderlab_catalog.domain.announcements import Announcement
from polderlab_catalog.domain.audit import AuditAction, AuditEvent, AuditRecord
from polderlab_catalog.domain.confirmations import Confirmation, Matter
from polderlab_catalog.domain.datasets import Dataset, Distribution, Version
from polderlab_catalog.domain.endings import Offboarding
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.domain.harvests import Harvest
from polderlab_catalog.domain.identities import Binding, Identity
from polderlab_catalog.domain.ingests import Ingest
from polderlab_catalog.domain.invitations import Invitation
from polderlab_catalog.domain.notices import Notice
from polderlab_catalog.domain.organisations import Organisation, Particulars
from polderlab_catalog.domain.people import Credentials, Person
from polderlab_catalog.domain.projects import Membership, Project
from polderlab_catalog.domain.proposals import Proposal
from polderlab_catalog.domain.quality import Check, CheckResult, QualityRun
from polderlab_catalog.domain.reads import Brief, Noted, Read, ReadFacts
from polderlab_catalog.domain.reports import Report
from polderlab_catalog.domain.requests import AccessRequest
from polderlab_catalog.domain.results import Listing, Path
from polderlab_catalog.domain.sessions import Image, Session, Size
from polderlab_catalog.domain.sign_ins import PasswordLink, Tries
from polderlab_catalog.domain.sources import Login, Probe, Source, Wanted
from polderlab_catalog.domain.usage import DiskSample, Month, Span, Use
from polderlab_catalog.policy.decisions import Code

Clock = Callable[[], datetime]
"""Returns the time now, timezone-aware (UTC)."""


class Organisations(ABC):
    """Organisations by slug."""

    @abstractmethod
    def get(self, slug: str) -> Organisation | None: ...
    @abstractmethod
    def some(self, slugs: Collection[str]) -> Mapping[str, Organisation]:
        """Return those of ``slugs`` that exist, in one query."""

    @abstractmethod
    def all(self) -> Sequence[Organisation]: ...
    @abstractmethod
    def waiting(self) -> Sequence[Organisation]:
        """Return those that filled in their details and wait to be let in, by slug."""

    @abstractmethod
    def lead(self) -> Organisation | None:
        """Return the lead agency; of more than one the first by slug."""

    @abstractmethod
    def put(self, organisation: Organisation) -> None: ...
    @abstractmethod
    def particulars(self, slug: str) -> Particulars | None: ...
    @abstractmethod
    def put_particulars(self, told: Particulars) -> None: ...


class People(ABC):
    """People and their local credentials by username."""

    @abstractmethod
    def get(self, username: str) -> Person | None: ...
    @abstractmethod
    def all(self, *, organisation: str | None = None) -> Sequence[Person]: ...
    @abstractmethod
    def waiting(self) -> Sequence[Person]:
        """Return those with an open account that wait for vetting, by username."""

    @abstractmethod
    def put(self, person: Person) -> None: ...
    @abstractmethod
    def credentials(self, username: str) -> Credentials | None: ...
    @abstractmethod
    def put_credentials(self, credentials: Credentials) -> None: ...


class SignIns(ABC):
    """What signing in needs beside passwords: failed tries, and links to choose a password."""

    @abstractmethod
    def tries(self, subject: str) -> Tries | None: ...
    @abstractmethod
    def put_tries(self, tries: Tries) -> None: ...
    @abstractmethod
    def remove_tries(self, subject: str) -> bool: ...
    @abstractmethod
    def forget_tries(self, before: datetime) -> None:
        """Remove those whose last failure was before that moment."""

    @abstractmethod
    def link(self, key_hash: str) -> PasswordLink | None: ...
    @abstractmethod
    def put_link(self, link: PasswordLink) -> None:
        """Keep ``link`` in place of the one its person had."""

    @abstractmethod
    def remove_link(self, username: str) -> bool: ...


class Identities(ABC):
    """Whom accounts are tied to at identity providers, by username."""

    @abstractmethod
    def of(self, username: str) -> Binding | None: ...
    @abstractmethod
    def find(self, identity: Identity) -> Binding | None: ...
    @abstractmethod
    def put(self, binding: Binding) -> None: ...
    @abstractmethod
    def remove(self, username: str) -> bool: ...


class Projects(ABC):
    """Projects by slug, and who is a member of which."""

    @abstractmethod
    def get(self, slug: str) -> Project | None: ...
    @abstractmethod
    def some(self, slugs: Collection[str]) -> Mapping[str, Project]:
        """Return those of ``slugs`` that exist, in one query."""

    @abstractmethod
    def all(self, *, organisation: str | None = None) -> Sequence[Project]: ...
    @abstractmethod
    def put(self, project: Project) -> None: ...
    @abstractmethod
    def membership(self, username: str, project: str) -> Membership | None: ...
    @abstractmethod
    def memberships(
        self,
        *,
        username: str | None = None,
        project: str | None = None,
        projects: Collection[str] | None = None,
    ) -> Sequence[Membership]:
        """Return those of a person, of a project and of one of ``projects``, in one query."""

    @abstractmethod
    def put_membership(self, membership: Membership) -> None: ...
    @abstractmethod
    def remove_membership(self, username: str, project: str) -> bool: ...


class Datasets(ABC):
    """Datasets by name with their versions."""

    @abstractmethod
    def get(self, name: str) -> Dataset | None: ...
    @abstractmethod
    def all(self) -> Sequence[Dataset]: ...
    @abstractmethod
    def listed(
        self, *, public_only: bool, offset: int, limit: int
    ) -> tuple[Sequence[Dataset], int]:
        """Return one page of our own datasets that have a version to be read, by name, and how
        many there are in all."""

    @abstractmethod
    def put(self, dataset: Dataset) -> None: ...
    @abstractmethod
    def drafts(self) -> Sequence[Dataset]:
        """Return our own that never had a version, by name: no search finds them."""

    @abstractmethod
    def remove(self, name: str) -> bool:
        """Remove a description that never had a version (a harvested one, or a draft)."""

    @abstractmethod
    def version(self, name: str, number: int | None = None) -> Version | None:
        """Return version ``number``; without it the newest that is not withdrawn."""

    @abstractmethod
    def versions(self, name: str) -> Sequence[Version]: ...
    @abstractmethod
    def some(self, names: Collection[str]) -> Mapping[str, Dataset]:
        """Return those of ``names`` that exist, in one query."""

    @abstractmethod
    def newest_versions(self, names: Collection[str] | None = None) -> Mapping[str, Version]:
        """Return per dataset name (of ``names``, else all) its newest version that is not
        withdrawn, in one query."""

    @abstractmethod
    def put_version(self, version: Version) -> None: ...


class Grants(ABC):
    """Grants; ended ones stay as history."""

    @abstractmethod
    def get(self, grant_id: str) -> Grant | None: ...
    @abstractmethod
    def find(
        self,
        *,
        dataset: str | None = None,
        project: str | None = None,
        datasets: Collection[str] | None = None,
    ) -> Sequence[Grant]: ...
    @abstractmethod
    def put(self, grant: Grant) -> None: ...


class Sessions(ABC):
    """Sessions by id and by token hash."""

    @abstractmethod
    def get(self, session_id: str) -> Session | None: ...
    @abstractmethod
    def by_token_hash(self, token_hash: str) -> Session | None: ...
    @abstractmethod
    def open(
        self,
        *,
        username: str | None = None,
        project: str | None = None,
        organisation: str | None = None,
    ) -> Sequence[Session]:
        """Return those that start or run, oldest first; ``organisation`` is the project's."""

    @abstractmethod
    def seen(self, ids: Collection[str], at: datetime) -> None:
        """Note that the open ones among ``ids`` were there at that moment."""

    @abstractmethod
    def latest(self, username: str, projects: Collection[str]) -> Mapping[str, Session]:
        """Return the newest of ``username`` in each of ``projects`` where they had one."""

    @abstractmethod
    def put(self, session: Session) -> None: ...


class Offer(ABC):
    """Images and sizes this lab offers."""

    @abstractmethod
    def image(self, name: str) -> Image | None: ...
    @abstractmethod
    def images(self) -> Sequence[Image]: ...
    @abstractmethod
    def put_image(self, image: Image) -> None: ...
    @abstractmethod
    def size(self, name: str) -> Size | None: ...
    @abstractmethod
    def sizes(self) -> Sequence[Size]: ...
    @abstractmethod
    def put_size(self, size: Size) -> None: ...


class AuditLog(ABC):
    """The log: events go in, records come out, nothing changes or leaves."""

    @abstractmethod
    def append(self, event: AuditEvent, at: datetime) -> AuditRecord:
        """Chain ``event`` to the last record, inside the current transaction."""

    @abstractmethod
    def records(self) -> Iterator[AuditRecord]:
        """Yield every record in order of number, streaming."""

    @abstractmethod
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
        """Return the newest records that match, newest first.

        ``actions`` (none: any) are those wanted; ``before`` is a number they come before;
        ``since`` and ``until`` (exclusive) are moments.
        """


class Ingests(ABC):
    """Files on their way in, by id."""

    @abstractmethod
    def get(self, ingest_id: str) -> Ingest | None: ...
    @abstractmethod
    def find(
        self, *, dataset: str | None = None, open_only: bool = False, limit: int = 50
    ) -> Sequence[Ingest]:
        """Return those of ``dataset`` (or all), newest first."""

    @abstractmethod
    def put(self, ingest: Ingest) -> None: ...
    @abstractmethod
    def remove(self, dataset: str) -> None:
        """Remove those of a dataset that goes itself."""

    @abstractmethod
    def next(self, dead_since: datetime) -> Ingest | None:
        """Return the oldest that is received or queued, or runs with its last heartbeat before
        ``dead_since``: its worker is gone."""


class Quality(ABC):
    """The history of quality runs."""

    @abstractmethod
    def add(self, run: QualityRun) -> None: ...
    @abstractmethod
    def of(self, dataset: str, limit: int = 50) -> Sequence[QualityRun]:
        """Return the runs of ``dataset``, newest first."""


class Sources(ABC):
    """Live sources by dataset."""

    @abstractmethod
    def get(self, dataset: str) -> Source | None: ...
    @abstractmethod
    def all(self) -> Sequence[Source]: ...
    @abstractmethod
    def put(self, source: Source) -> None: ...
    @abstractmethod
    def remove(self, dataset: str) -> bool: ...


class Allocations(ABC):
    """What each level may use, and the requests for more."""

    @abstractmethod
    def of(self, levels: Collection[Level]) -> Mapping[Level, Allocation]:
        """Return the allocation of each of ``levels``; without one it is without limits."""

    @abstractmethod
    def all(self) -> Mapping[Level, Allocation]: ...
    @abstractmethod
    def put(self, level: Level, allocation: Allocation) -> None: ...
    @abstractmethod
    def extension(self, extension_id: str) -> Extension | None: ...
    @abstractmethod
    def extensions(
        self, levels: Collection[Level] | None = None, *, open_only: bool = False
    ) -> Sequence[Extension]:
        """Return those of ``levels`` (or all), newest first; maybe only what nobody answered."""

    @abstractmethod
    def put_extension(self, extension: Extension) -> None: ...


class Usage(ABC):
    """What was used, as sessions, the audit log and the samples of the disk tell."""

    @abstractmethod
    def spans(
        self, begins: datetime, ends: datetime, *, organisation: str | None = None
    ) -> Sequence[Span]:
        """Return the sessions that held a place between two moments, oldest first."""

    @abstractmethod
    def used(
        self, month: Month, now: datetime, *, organisation: str
    ) -> Mapping[tuple[str, str], Use]:
        """Return what each person used in each project of ``organisation`` within ``month``, up to
        ``now``: by project and username. Cheap: every start may ask for it."""

    @abstractmethod
    def bytes_read(self, begins: datetime, ends: datetime) -> Mapping[str, int]:
        """Return, by session, the bytes of reads that were logged between two moments."""

    @abstractmethod
    def put_sample(self, sample: DiskSample) -> None: ...
    @abstractmethod
    def samples(self, first: date, last: date) -> Sequence[DiskSample]:
        """Return the samples of these days, by day, kind and name."""


class Reports(ABC):
    """Kept reports, by organisation and the first day of their month. They are added once."""

    @abstractmethod
    def get(self, organisation: str, month: date) -> Report | None: ...
    @abstractmethod
    def find(
        self, *, organisation: str | None = None, month: date | None = None
    ) -> Sequence[Report]:
        """Return those that match, the newest month first, then by organisation."""

    @abstractmethod
    def months(self) -> Sequence[date]:
        """Return the months there are reports of, newest first."""

    @abstractmethod
    def add(self, report: Report) -> None: ...


@dataclass(frozen=True, slots=True)
class DiskUse:
    """Bytes on the disk, and how many there may be (0: no limit is kept)."""

    used: int
    limit: int = 0


class Disks(Protocol):
    """What the homes and project folders hold."""

    def usage(self, kind: str, name: str) -> DiskUse | None:
        """Return it for a ``home`` (``<user>/<project>``) or a ``project``; None: not known."""


class Requests(ABC):
    """Access requests by id."""

    @abstractmethod
    def get(self, request_id: str) -> AccessRequest | None: ...
    @abstractmethod
    def find(
        self,
        *,
        dataset: str | None = None,
        project: str | None = None,
        projects: Collection[str] | None = None,
        organisation: str | None = None,
        open_only: bool = False,
    ) -> Sequence[AccessRequest]:
        """Return those that match, newest first; ``organisation`` is the dataset's owner,
        ``projects`` those of which one must have asked."""

    @abstractmethod
    def put(self, request: AccessRequest) -> None: ...


class Invitations(ABC):
    """Invitations by id and by token hash; used ones stay as history."""

    @abstractmethod
    def get(self, invitation_id: str) -> Invitation | None: ...
    @abstractmethod
    def by_token_hash(self, token_hash: str) -> Invitation | None: ...
    @abstractmethod
    def find(self, *, organisation: str) -> Sequence[Invitation]:
        """Return those of ``organisation``, newest first."""

    @abstractmethod
    def put(self, invitation: Invitation) -> None: ...


class Proposals(ABC):
    """Project proposals by id."""

    @abstractmethod
    def get(self, proposal_id: str) -> Proposal | None: ...
    @abstractmethod
    def find(
        self,
        *,
        organisation: str | None = None,
        proposed_by: str | None = None,
        project: str | None = None,
        open_only: bool = False,
    ) -> Sequence[Proposal]:
        """Return those that match, newest first."""

    @abstractmethod
    def put(self, proposal: Proposal) -> None: ...


class Reads(ABC):
    """Reads under way, and the facts by which a request to read is decided."""

    @abstractmethod
    def facts(
        self,
        dataset: str,
        version: int | None,
        file: str,
        *,
        token_hash: str | None = None,
        session: str | None = None,
    ) -> ReadFacts:
        """Return the facts of a request by the session with this token or this id.

        ``version`` None is the newest that is not withdrawn. Cheap: every range that is read
        asks for them.
        """

    @abstractmethod
    def briefs(self, project: str, language: str) -> Sequence[Brief]:
        """Return, by name, the public datasets and those ``project`` has or had a grant of, as
        far as they have a version to be read."""

    @abstractmethod
    def find(self, *, journal: str | None = None, dataset: str | None = None) -> Sequence[Read]:
        """Return those that match, the oldest first."""

    @abstractmethod
    def put(self, read: Read) -> None: ...
    @abstractmethod
    def remove(self, read_id: str) -> None: ...


class Journal(ABC):
    """Where one process notes, before they leave, the bytes of reads that are in the register.

    What was noted outlives the process, however it ends.
    """

    name: str

    @abstractmethod
    def note(self, read_id: str, requests: int, bytes_: int, at: datetime) -> None:
        """Note more of a read; raise ``Unavailable`` when that cannot be done."""

    @abstractmethod
    def sync(self) -> None:
        """Bring what was noted to the disk, against a power cut."""

    @abstractmethod
    def size(self) -> int:
        """Return its size in bytes."""

    @abstractmethod
    def noted(self) -> Mapping[str, Noted]:
        """Return what was noted, by read."""

    @abstractmethod
    def remove(self) -> None:
        """Throw it away, once nothing in it counts any more."""

    @abstractmethod
    def close(self) -> None:
        """Let go of it, and leave it for whoever comes next."""


class Journals(ABC):
    """The journals of all processes of the lab."""

    @abstractmethod
    def begin(self) -> Journal:
        """Return a new one; it is this process's until it ends."""

    @abstractmethod
    def names(self) -> Collection[str]:
        """Return the names of all there are."""

    @abstractmethod
    def orphans(self) -> Iterator[Journal]:
        """Yield those whose process is gone, each held until it is closed or removed."""


class Harvests(ABC):
    """Catalogues that are harvested, by id."""

    @abstractmethod
    def get(self, harvest_id: str) -> Harvest | None: ...
    @abstractmethod
    def all(self) -> Sequence[Harvest]: ...
    @abstractmethod
    def put(self, harvest: Harvest) -> None: ...
    @abstractmethod
    def remove(self, harvest_id: str) -> bool:
        """Remove a harvest that describes nothing any more."""

    @abstractmethod
    def described(self, harvest_id: str) -> Mapping[str, str]:
        """Return what the harvest took over: dataset names by their URI there."""

    @abstractmethod
    def put_described(self, harvest_id: str, uri: str, dataset: str) -> None: ...
    @abstractmethod
    def forget_described(self, harvest_id: str, uri: str) -> None: ...


class Search(ABC):
    """The catalogue's index. Datasets and their versions are in it from the moment they are put,
    in the same transaction."""

    @abstractmethod
    def find(
        self, query: SearchQuery, *, projects: Collection[str], now: datetime, today: date
    ) -> Hits:
        """Return what fits ``query`` at ``now``, which is on the day ``today``.

        ``projects`` are those from which whoever asks may read: what is public, and what a grant
        gives them. Without any they may read nothing. What they write is only ever looked up,
        never run.
        """

    @abstractmethod
    def readable(self, projects: Collection[str], now: datetime) -> Mapping[str, int]:
        """Return how many datasets each of ``projects`` may read at ``now``."""


class Announcements(ABC):
    """Announcements by id; those that are over stay as history."""

    @abstractmethod
    def get(self, announcement_id: str) -> Announcement | None: ...
    @abstractmethod
    def find(self, *, after: datetime | None = None, limit: int = 200) -> Sequence[Announcement]:
        """Return the latest made, newest first; with ``after`` those that end later than that and
        were not withdrawn."""

    @abstractmethod
    def put(self, announcement: Announcement) -> None: ...


class Notices(ABC):
    """Notices by id: the occasion and the person. The outbox is among them."""

    @abstractmethod
    def get(self, notice_id: str) -> Notice | None: ...
    @abstractmethod
    def of(self, username: str, limit: int = 100) -> Sequence[Notice]:
        """Return somebody's, newest first."""

    @abstractmethod
    def unread(self, username: str) -> int: ...
    @abstractmethod
    def add(self, notice: Notice) -> bool:
        """Keep a new one; False, and nothing changes, when this was told already."""

    @abstractmethod
    def put(self, notice: Notice) -> None: ...
    @abstractmethod
    def outbox(self, now: datetime, limit: int = 50) -> Sequence[Notice]:
        """Return those whose mail waits, or was being sent, and is due, the oldest first."""

    @abstractmethod
    def failed(self, limit: int = 50) -> Sequence[Notice]:
        """Return those whose mail met trouble, newest first."""


class Confirmations(ABC):
    """What is confirmed once in a while, by kind and key."""

    @abstractmethod
    def get(self, kind: Matter, key: str) -> Confirmation | None: ...
    @abstractmethod
    def find(
        self,
        *,
        organisation: str | None = None,
        asked_only: bool = False,
    ) -> Sequence[Confirmation]:
        """Return those that have not ended, by kind and key; with ``asked_only`` those that wait
        for an answer."""

    @abstractmethod
    def put(self, confirmation: Confirmation) -> None: ...


class Offboardings(ABC):
    """Records of who and what left, by id."""

    @abstractmethod
    def get(self, offboarding_id: str) -> Offboarding | None: ...
    @abstractmethod
    def find(self, *, open_only: bool = False) -> Sequence[Offboarding]:
        """Return them, newest first."""

    @abstractmethod
    def put(self, offboarding: Offboarding) -> None: ...


class Post(Protocol):
    """Brings a notice to somebody's mail address.

    Raises ``Unavailable`` when it was certainly not taken and may be tried again, ``Undeliverable``
    when it never will be; anything else leaves open whether it arrived.
    """

    def deliver(self, notice: Notice, person: Person) -> None: ...


class Undeliverable(Exception):  # noqa: N818  (reads as the verdict it is)
    """The mail server will not take this mail; the message says why."""


class Checker(Protocol):
    """Runs declared checks on a file of the data folder, in bounded memory."""

    def __call__(
        self, path: str, checks: Sequence[Check], *, today: date, published: date
    ) -> tuple[int, tuple[CheckResult, ...]]:
        """Return how many rows the file has, and what each check found.

        Raises ``Unavailable`` when the file cannot be read.
        """


class Transaction(ABC):
    """Everything in the register, within one transaction."""

    organisations: Organisations
    people: People
    sign_ins: SignIns
    identities: Identities
    projects: Projects
    datasets: Datasets
    grants: Grants
    sessions: Sessions
    offer: Offer
    audit: AuditLog
    ingests: Ingests
    quality: Quality
    sources: Sources
    requests: Requests
    allocations: Allocations
    usage: Usage
    reports: Reports
    invitations: Invitations
    proposals: Proposals
    harvests: Harvests
    reads: Reads
    search: Search
    announcements: Announcements
    notices: Notices
    confirmations: Confirmations
    offboardings: Offboardings


class Register(ABC):
    """The store. ``write`` commits when its block ends, rolls back when it raises.

    Write transactions are serial where it matters: two that both check a limit and then take a
    place can never both win.
    """

    @abstractmethod
    def read(self) -> AbstractContextManager[Transaction]: ...
    @abstractmethod
    def write(self) -> AbstractContextManager[Transaction]: ...

    def revision(self) -> int | None:
        """Return a number that differs from every earlier one if anything was committed since,
        by whomever; None where that cannot be told at once. Never waits.

        Two equal numbers prove that every read between them saw what a read sees now.
        """
        return None


class Hub(ABC):
    """JupyterHub as seen by the lab service. Methods raise ``Unavailable``, or ``Refused``."""

    @abstractmethod
    def start(
        self,
        username: str,
        project: str,
        *,
        image: str | None,
        size: str | None,
        language: str | None = None,
    ) -> None:
        """Ask for the server ``project`` of ``username``; returns once starting has begun.

        ``language`` is the one the session and a refusal speak (ISO 639-1). No error when the
        server runs or starts already.
        """

    @abstractmethod
    def stop(self, username: str, project: str) -> None:
        """Stop it; returns when it is gone or going. No error when there is none."""

    @abstractmethod
    def sign_out(self, username: str) -> None:
        """End all sign-ins of ``username``; sessions go on. No error when there is none."""

    def activity(self) -> Mapping[tuple[str, str], datetime]:
        """Return when the servers that run last did something, by username and project."""
        return {}


class OpenResult(ABC):
    """An open file of a project's folder: ``size`` bytes when it was opened, of which ``length``
    are given. For one thread at a time."""

    size: int
    length: int

    @abstractmethod
    def read(self) -> bytes:
        """Return the next piece; none at the end. Raises ``Unavailable`` where it breaks off."""

    @abstractmethod
    def close(self) -> None:
        """Let go of it. Safe to repeat."""


class ProjectFolders(ABC):
    """What lies in the folders of projects. Nothing but folders and plain files is opened, and
    no link followed. Methods raise ``NotFound`` or ``Unavailable``."""

    @abstractmethod
    def look(self, project: str, path: Path, page: int) -> Listing:
        """Return page ``page`` (1, 2, …) of a folder; a project without one has an empty one."""

    @abstractmethod
    def open(self, project: str, path: Path, most: int | None = None) -> OpenResult:
        """Open a file, of which at most ``most`` bytes are wanted; the caller closes it."""


class SourceError(Exception):
    """A source could not answer; ``code`` says how, ``columns`` which had changed.

    It never carries a driver's own words: those hold addresses, queries and values.
    """

    code = Code.SOURCE_FAILED
    columns: tuple[str, ...] = ()


class Stream(ABC):
    """A read of a source under way, as pieces of one Arrow IPC stream.

    ``next`` and ``close`` are for one thread at a time, ``cancel`` for any.
    """

    @abstractmethod
    def next(self) -> bytes | memoryview | None:
        """Return the next piece; None after the last. Raises :class:`SourceError`."""

    @abstractmethod
    def say(self, told: str) -> bytes:
        """Return a piece without rows that carries ``told``: why the read is broken off."""

    @abstractmethod
    def cancel(self) -> None:
        """Stop the work in the source; a ``next`` that waits ends with an error."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the source."""


class Consultant(ABC):
    """Goes to sources. Raises :class:`SourceError`, or ``Refused`` for where it may not go."""

    @abstractmethod
    def probe(self, source: Source, login: Login) -> Probe:
        """Return what the source holds, within the steward's scope, and its first rows."""

    @abstractmethod
    def open(self, source: Source, login: Login, wanted: Wanted, known: Distribution) -> Stream:
        """Begin to read; ``known`` is how the source was described."""

    @abstractmethod
    def store(
        self, source: Source, login: Login, wanted: Wanted, known: Distribution, path: str
    ) -> Distribution:
        """Read into a Parquet file at ``path`` beneath the data folder; return it."""


class LoginSeal(Protocol):
    """Seals what opens a source, so that the register alone does not open it."""

    def seal(self, login: Login) -> str: ...
    def open(self, sealed: str) -> Login: ...


class Secrets(Protocol):
    """Makes secrets: ``token_urlsafe(32)`` in the lab, something known in a unit test."""

    def __call__(self) -> str: ...


class Hasher(Protocol):
    """Hashes passwords so that they cannot be read back (Argon2id in the lab)."""

    def hash(self, password: str) -> str:
        """Return a PHC string for ``password``."""

    def verify(self, hashed: str, password: str) -> bool:
        """Tell whether ``password`` belongs to ``hashed``; takes the same time either way."""


class Guesser(Protocol):
    """Knows which passwords people choose, and so what is guessed first."""

    def __call__(self, password: str, words: Sequence[str]) -> float:
        """Return how many guesses ``password`` takes, as a power of ten.

        ``words`` are known about whoever chooses it: their name, their organisation.
        """
