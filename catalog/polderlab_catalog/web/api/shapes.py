"""What the API shows and takes. Field names are in camelCase on the wire."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from polderlab_catalog.domain.texts import Text


class Shape(BaseModel):
    """Base of all shapes."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Words(Shape):
    """A text in both languages; one may be empty."""

    nl: str
    en: str

    @classmethod
    def of(cls, text: Text) -> Words:
        """Make it from the register's text."""
        return cls(nl=text.nl, en=text.en)


class Verdict(Shape):
    """Allowed or not, and why, in the language of the request."""

    allowed: bool
    code: str
    message: str


class ProblemShape(BaseModel):
    """A problem detail (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    messages: dict[str, str]
    help: str | None = None


class Me(Shape):
    """The person asking."""

    username: str
    display_name: str
    organisation: str
    roles: list[str]


class SizeShape(Shape):
    """A size of session."""

    name: str
    title: Words
    cpus: float
    memory_bytes: int


class ImageShape(Shape):
    """A curated image."""

    name: str
    version: str
    title: Words


class SessionShape(Shape):
    """A session."""

    id: str
    username: str
    project: str
    image: str
    size: str
    cpus: float
    memory_bytes: int
    state: str
    started: datetime
    closed: datetime | None = None
    page: str = Field(description="Where the session is opened.")


class ProjectShape(Shape):
    """A project, as one of its members sees it."""

    slug: str
    title: Words
    organisation: str
    purpose: Words
    legal_basis: str
    starts: date
    ends: date
    role: str
    internet: bool
    images: list[ImageShape]
    sizes: list[SizeShape]
    datasets: int
    session: SessionShape | None
    startable: Verdict


class AccessShape(Shape):
    """How one of my projects stands to a dataset."""

    project: str
    verdict: Verdict
    until: date | None


class ColumnShape(Shape):
    """A column."""

    name: str
    type: str
    meaning: Words


class FileShape(Shape):
    """A file of the newest version."""

    name: str
    media_type: str
    bytes: int
    sha256: str
    rows: int | None
    crs: str | None
    bbox: tuple[float, float, float, float] | None
    columns: list[ColumnShape]


class DatasetShape(Shape):
    """A dataset's description: for everyone in the lab."""

    name: str
    title: Words
    description: Words
    organisation: str
    steward: str
    classification: str
    licence: str
    source: str
    theme: str
    keywords: list[str]
    version: int | None
    published: datetime | None
    files: list[FileShape]
    access: list[AccessShape]
    projects_with_access: int
    page: str


class LinkShape(Shape):
    """Where something related is."""

    href: str


class DatasetPage(Shape):
    """A page of the datasets that were found.

    ``facets`` tells per facet how many fit each value, were that facet not narrowed itself.
    """

    datasets: list[DatasetShape]
    total: int
    page: int
    page_size: int
    facets: dict[str, dict[str, int]]
    links: dict[str, LinkShape] = Field(alias="_links")


class GrantShape(Shape):
    """Access of a project to a dataset. ``ends`` is the first moment without access."""

    dataset: str
    project: str
    starts: datetime
    ends: datetime
    granted_by: str
    reason: str
    revoked: datetime | None
    revoked_by: str | None
    live: bool


class NewGrant(Shape):
    """Give ``project`` access through the day ``until``."""

    project: str = Field(max_length=64)
    until: date
    reason: str = Field("", max_length=500)


class NewSession(Shape):
    """Start a session; without image or size, with the project's default."""

    image: str | None = Field(None, max_length=64)
    size: str | None = Field(None, max_length=64)


class Started(Shape):
    """A session is starting; ``page`` shows how far it is."""

    project: str
    page: str
