"""What the API shows and takes. Field names are in camelCase on the wire."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from polderlab_catalog.domain.datasets import DistributionRole
from polderlab_catalog.domain.projects import LegalBasis
from polderlab_catalog.domain.requests import ApprovalRole, RequestState
from polderlab_catalog.domain.scopes import Condition, Operator, Scope
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.scopes import MAX_CONDITIONS, MAX_VALUES


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
    """A file of the newest version; ``role`` is ``data``, ``original`` (as it was handed in) or
    ``live``: consulted at its source, so without bytes and checksum."""

    name: str
    role: DistributionRole
    media_type: str
    bytes: int | None
    sha256: str | None
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


class ConditionShape(Shape):
    """What every row must meet: a column compared with values (several for ``in``, none for
    ``null`` and ``not-null``)."""

    column: str = Field(max_length=200)
    operator: Operator
    values: list[bool | int | float | str] = Field(default_factory=list, max_length=MAX_VALUES)


class ScopeShape(Shape):
    """A part of a dataset: columns (none: all) and conditions on rows (none: all rows)."""

    columns: list[str] = Field(default_factory=list, max_length=5000)
    rows: list[ConditionShape] = Field(default_factory=list, max_length=MAX_CONDITIONS)

    @classmethod
    def of(cls, scope: Scope) -> ScopeShape:
        """Make it from the register's scope."""
        rows = [
            ConditionShape(column=each.column, operator=each.operator, values=list(each.values))
            for each in scope.rows
        ]
        return cls(columns=list(scope.columns), rows=rows)

    def scope(self) -> Scope:
        """Return it as the register knows it."""
        rows = (Condition(each.column, each.operator, tuple(each.values)) for each in self.rows)
        return Scope(tuple(self.columns), tuple(rows))


class MessageShape(Shape):
    """A line of a conversation."""

    by: str
    at: datetime
    text: str


class ApprovalShape(Shape):
    """Somebody's yes, in one role."""

    role: ApprovalRole
    by: str
    at: datetime
    note: str


class RequestShape(Shape):
    """An access request. ``scope`` and ``grantedUntil`` are what all who approved agree on."""

    id: str
    dataset: str
    project: str
    title: Words
    asked_by: str
    asked: datetime
    purpose: str
    legal_basis: LegalBasis
    until: date
    columns: list[str]
    state: RequestState
    waits_for: list[ApprovalRole]
    approvals: list[ApprovalShape]
    messages: list[MessageShape]
    scope: ScopeShape
    granted_until: date | None
    conditions: str
    decided: datetime | None
    decided_by: str
    reason: str
    page: str


class NewRequest(Shape):
    """Ask for access. Legal basis and last day default to the project's; no columns means all."""

    dataset: str = Field(max_length=64)
    project: str = Field(max_length=64)
    purpose: str = Field(max_length=2000)
    legal_basis: LegalBasis | None = None
    until: date | None = None
    columns: list[str] = Field(default_factory=list, max_length=5000)


class NewMessage(Shape):
    """Say something in a request."""

    text: str = Field(max_length=2000)


class NewApproval(Shape):
    """Approve in ``role``; what is left out is as asked."""

    role: ApprovalRole
    until: date | None = None
    scope: ScopeShape | None = None
    conditions: str = Field("", max_length=1000)
    note: str = Field("", max_length=500)


class NewRefusal(Shape):
    """Refuse, and say why."""

    reason: str = Field(max_length=2000)


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
    scope: ScopeShape
    conditions: str
    request: str | None = Field(description="The access request it answers.")


class NewGrant(Shape):
    """Give ``project`` access through the day ``until``, to all of the dataset or to a part."""

    project: str = Field(max_length=64)
    until: date
    reason: str = Field("", max_length=500)
    scope: ScopeShape | None = None
    conditions: str = Field("", max_length=1000)


class NewSession(Shape):
    """Start a session; without image or size, with the project's default."""

    image: str | None = Field(None, max_length=64)
    size: str | None = Field(None, max_length=64)


class Started(Shape):
    """A session is starting; ``page`` shows how far it is."""

    project: str
    page: str
