"""What hub, lab service and session say to each other: the one place both sides import.

Plain frozen dataclasses and names, nothing that computes, so that a notebook pays nothing
for importing it. FastAPI and pydantic validate these classes as they stand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

WIRE_VERSION = 1
LIVE_MEDIA_TYPE = "application/vnd.apache.arrow.stream"
"""Of a :class:`CatalogueFile` that is consulted at its source: no bytes, and no checksum."""


class SessionEnvironment(StrEnum):
    """Environment variables by which a session's container knows what it is."""

    GATEWAY = "POLDERLAB_GATEWAY"
    """Base address of the data gateway, e.g. ``http://10.213.0.1:8020/v1`` (no trailing slash)."""
    TOKEN = "POLDERLAB_TOKEN"  # noqa: S105  (the name of a variable, not a secret)
    """The session token: opaque, valid for this session, from this container's address only."""
    PROJECT = "POLDERLAB_PROJECT"
    """Slug of the project the session belongs to."""
    PORTAL = "POLDERLAB_PORTAL"
    """Where people go, e.g. ``http://127.0.0.1:8000/services/lab``."""
    LANGUAGE = "POLDERLAB_LANGUAGE"
    """``nl`` or ``en``: the language refusals are put in."""


class NetworkZone(StrEnum):
    """Where a session's container may go: nowhere but hub and gateway, or also the internet."""

    CLOSED = "closed"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class SignIn:
    """Body of ``POST /internal/sign-ins``: a local account's name and password."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Vouched:
    """Body of ``POST /internal/vouched-sign-ins``: whom an identity provider vouches for.

    ``issuer`` and ``subject`` say for good who it is, ``username`` what they are called now.
    ``listed``: the operator keeps a list of who is who there, and ``username`` is what it says, so
    that no other account is theirs. ``second_factor``: the provider says two were shown.
    """

    provider: str
    issuer: str
    subject: str
    username: str
    organisation: str
    second_factor: bool = False
    listed: bool = False


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Answer to a :class:`SignIn` or a :class:`Vouched` that was right."""

    username: str
    display_name: str
    lab_administrator: bool


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """Body of ``POST /internal/sessions``: who wants to start what. Nothing in it is trusted.

    ``image`` and ``size`` are names from the register; ``None`` asks for the project's default.
    """

    username: str
    project: str
    image: str | None = None
    size: str | None = None
    language: str = "nl"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one container may use. Bytes and counts; ``cpus`` in processors."""

    cpus: float
    memory_bytes: int
    pids: int
    tmp_bytes: int
    shm_bytes: int


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """Everything the spawner needs to start one session, decided by the lab service.

    The spawner carries it out and adds nothing of its own: a field that is not here cannot
    be asked for by a user.
    """

    session: str
    """Session id (UUID)."""
    username: str
    project: str
    image: str
    """Image by content: ``sha256:…`` or ``name@sha256:…``."""
    image_name: str
    size: str
    limits: Limits
    network: NetworkZone
    home: str
    """Folder of this user in this project, relative to the homes folder: ``<user>/<project>``."""
    shared: str
    """Folder of the project's members, relative to the project folders: ``<project>``."""
    environment: dict[str, str] = field(repr=False)
    """Variables for the container, the session token among them (hence not in ``repr``)."""
    idle_seconds: int = 3600
    home_bytes: int = 10 * 1024**3
    """What the home may hold."""
    shared_bytes: int = 50 * 1024**3
    """What the folder of the project's members may hold."""


@dataclass(frozen=True, slots=True)
class Activation:
    """Body of ``PUT /internal/sessions/{session}/activation``: the container is there.

    From here on the session's token works, and only from ``address``.
    """

    container: str
    address: str


@dataclass(frozen=True, slots=True)
class Running:
    """Body of ``POST /internal/reconciliations``: the session ids that really run."""

    sessions: list[str]


@dataclass(frozen=True, slots=True)
class DiskLimit:
    """What a folder may hold: a ``home`` ``<user>/<project>``, or a ``project`` ``<project>``."""

    kind: str
    name: str
    bytes: int


@dataclass(frozen=True, slots=True)
class FolderOrder:
    """What the hub is to do next with folders of something that left the lab.

    ``wanted`` is ``frozen`` (nobody writes there any more), ``archived`` (packed in ``archive``),
    ``deleted`` (``parts``, and the archive), or ``thawed`` (all can be written again but
    ``parts``, and there is no archive). ``kind`` is ``person-homes``, ``home``
    (``person/project``), ``project-homes`` or ``project-folder``; ``archive`` a path below the
    folder of archives.
    """

    id: str
    wanted: str
    kind: str
    name: str
    archive: str
    parts: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FolderDone:
    """What became of a :class:`FolderOrder`: ``reached``, unless ``error`` says what went wrong.

    ``parts`` are the folders that were found (none: there were none), ``sha256`` (hex) and
    ``bytes`` those of the archive, ``files`` how many files are in it. An archive for which there
    is no room is not begun: ``needed`` and ``free`` say how many bytes.
    """

    id: str
    reached: str
    parts: list[str] = field(default_factory=list)
    archive: str = ""
    bytes: int = 0
    sha256: str = ""
    files: int = 0
    error: str = ""
    needed: int = 0
    free: int = 0


@dataclass(frozen=True, slots=True)
class ResultItem:
    """Something in a project's folder: a ``folder``, a ``file``, or ``other`` (a link, a pipe).

    ``name`` is percent-encoded, since names are bytes; ``changed`` in seconds since 1970.
    """

    name: str
    kind: str
    bytes: int
    changed: int


@dataclass(frozen=True, slots=True)
class ResultFolder:
    """Answer to ``GET /hub/api/projects/{project}/folder``: a page of a folder in the folder of a
    project; ``total`` counts all of it, and ``cut`` says that there is even more."""

    items: list[ResultItem]
    total: int
    cut: bool = False


SIZE_HEADER = "Polderlab-Size"
"""Bytes a file holds of which ``GET /hub/api/projects/{project}/file`` sends a part."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Answer to :class:`Running`.

    ``closed``: ids the register held open but that no longer run (their places are given back).
    ``to_stop``: ids that run but that the register has ended; the hub must stop them.
    ``limits``: of the folders of sessions that run, so that a change holds while they do.
    """

    closed: list[str]
    to_stop: list[str]
    limits: list[DiskLimit] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Problem:
    """An RFC 9457 problem detail, as every error of the lab service is told.

    ``code`` is the stable machine word; ``messages`` carries the sentence per language
    (``{"nl": …, "en": …}``); ``detail`` is the sentence in the language that was asked for;
    ``help`` is the page where the next step can be taken, if there is one.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    messages: dict[str, str] = field(default_factory=dict)
    help: str | None = None


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """One file of a dataset's newest version, as the gateway lists it."""

    name: str
    media_type: str
    """``application/vnd.apache.parquet`` for tables and map layers alike; :data:`LIVE_MEDIA_TYPE`
    for what is consulted at its source."""
    bytes: int
    sha256: str
    geo: bool
    """True: GeoParquet, read it with geopandas."""
    rows: int | None = None
    crs: str | None = None


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A dataset this session may read (``GET {gateway}/datasets`` lists these, by name)."""

    name: str
    version: int
    title: str
    description: str
    organisation: str
    steward: str
    classification: str
    licence: str
    source: str
    files: list[CatalogueFile]
    until: str | None = None
    """Last day of the grant (ISO 8601), or None where no grant is needed."""
    page: str = ""
    """The dataset's page in the portal."""
    fields: dict[str, str] = field(default_factory=dict)
    """Column name → what it means."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Answer to ``GET {gateway}/datasets``."""

    project: str
    datasets: list[CatalogueEntry]


@dataclass(frozen=True, slots=True)
class Name:
    """A dataset this session may read, in brief; ``until`` as in :class:`CatalogueEntry`.

    ``rows`` is None where they are not known, or only a part may be read.
    """

    name: str
    title: str
    organisation: str
    classification: str
    rows: int | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """Answer to ``GET {gateway}/names``: all this session may read, by name.

    A dataset's page is ``pages`` and its name. ``GET {gateway}/datasets/{name}`` tells all of
    one (:class:`CatalogueEntry`).
    """

    project: str
    pages: str
    datasets: list[Name]


@dataclass(frozen=True, slots=True)
class CatalogueCard:
    """A description everyone may read, and what this session may do with the dataset.

    ``access`` is ``open`` (may be read, ``until`` that day), ``asked``, ``locked`` (``reason``
    says why), ``empty`` (nothing is published yet) or ``remote`` (kept elsewhere).
    """

    name: str
    title: str
    description: str
    organisation: str
    classification: str
    access: str
    formats: list[str] = field(default_factory=list)
    rows: int | None = None
    until: str | None = None
    reason: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """Answer to ``GET {gateway}/catalogue?query=&page=``: page ``page`` (1, 2, …) of what was
    found in the whole lab, readable or not; ``total`` counts all of it."""

    project: str
    total: int
    page: int
    cards: list[CatalogueCard]


@dataclass(frozen=True, slots=True)
class Preview:
    """Answer to ``GET {gateway}/datasets/{name}/preview``: the first rows of what this session
    may read, as JSON's own values (dates and the like as text)."""

    dataset: str
    version: int
    columns: list[str]
    rows: list[list[str | int | float | bool | None]]


@dataclass(frozen=True, slots=True)
class NewPublication:
    """First line (JSON) of a publication's body; the file follows it.

    ``file`` is a file name whose ending says what it is. ``title`` and ``description`` are for a
    dataset that is new; ``classification`` (``internal`` or ``confidential``, or ``public``) may
    be left out.
    """

    name: str
    file: str
    title: str = ""
    description: str = ""
    classification: str | None = None
    licence: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """How far a publication is; ``state`` as of an ingest, ``progress`` from 0 to 1.

    ``findings`` are sentences; ``version`` is there once ``state`` is ``done``.
    """

    id: str
    dataset: str
    state: str
    classification: str
    step: str = ""
    progress: float = 0.0
    findings: list[str] = field(default_factory=list)
    version: int | None = None
    derived_from: list[str] = field(default_factory=list)
    page: str = ""


@dataclass(frozen=True, slots=True)
class NewRequest:
    """Body of ``POST {gateway}/requests``: ask for access for the session's project.

    ``until`` is the last day (ISO 8601), without it the project's; ``columns`` are those wanted,
    none: all of them.
    """

    dataset: str
    purpose: str
    until: str | None = None
    columns: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Request:
    """An access request (``GET {gateway}/requests`` lists those of the session's project).

    ``state`` is ``open`` (waits for ``waits_for``: ``steward``, ``privacy-officer``),
    ``questioned`` (waits for the project), ``approved``, ``refused`` or ``withdrawn``;
    ``question`` is the last thing the owner said. ``until`` is the last day asked for, once
    approved the last day granted; ``columns`` alike, empty for all.
    """

    id: str
    dataset: str
    title: str
    project: str
    state: str
    asked: str
    until: str
    purpose: str
    columns: list[str] = field(default_factory=list)
    waits_for: list[str] = field(default_factory=list)
    question: str = ""
    conditions: str = ""
    reason: str = ""
    page: str = ""
    """Where the conversation is."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """How much of ``resource`` is used, of the ``limit`` of the level that leaves the least.

    ``resource`` is ``sessions``, ``cpus``, ``memory_bytes``, ``cpu_hours``, ``memory_gib_hours``,
    ``home_bytes`` or ``project_bytes``; ``level`` is ``organisation``, ``project`` or ``person``,
    and ``name`` whose. ``alarm`` is 80, 95 or 100 once so many percent of a month's hours are
    used, else 0.
    """

    resource: str
    level: str
    name: str
    limit: float
    used: float
    mine: float
    alarm: int = 0


@dataclass(frozen=True, slots=True)
class Announcement:
    """What the lab tells people for a while; ``text`` in the language that was asked for."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Announcements:
    """Answer of ``GET {gateway}/announcements``: what the session's person is told now, newest
    first, as on every page of the portal; ``page`` is one of those."""

    announcements: list[Announcement]
    page: str


@dataclass(frozen=True, slots=True)
class Quota:
    """Answer of ``GET {gateway}/quota``: what the session's person has in its project.

    What nobody limits is not in it. Hours start anew on the day ``renews`` (ISO 8601). When the
    session will be stopped ``stop_at`` says when (ISO 8601, local time) and ``reason`` why.
    """

    project: str
    renews: str
    gauges: list[Gauge] = field(default_factory=list)
    stop_at: str = ""
    reason: str = ""
    page: str = ""
    """Where more can be asked for."""
