"""What the API shows and takes of administration: sessions' ends, the log, news, leaving."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime, Field

from polderlab_catalog.application.announcements import MAX_TEXT
from polderlab_catalog.application.confirmations import Line
from polderlab_catalog.application.endings import MAX_NAME, MAX_REASON
from polderlab_catalog.domain.announcements import Announcement, Audience
from polderlab_catalog.domain.audit import AuditRecord
from polderlab_catalog.domain.chain import Verification
from polderlab_catalog.domain.confirmations import Matter
from polderlab_catalog.domain.endings import Folder, FolderKind, FolderState, Leaving, Offboarding
from polderlab_catalog.web.api.shapes import Shape, Words


class AuditShape(Shape):
    """A line of the audit log; its hash covers all of it and the line before."""

    number: int
    at: datetime
    action: str
    outcome: str
    actor: str
    object: str
    project: str
    purpose: str
    session: str
    origin: str
    details: dict[str, str | int]
    previous: str
    hash: str

    @classmethod
    def of(cls, record: AuditRecord) -> AuditShape:
        """Make it from the log's line."""
        event = record.event
        return cls(
            number=record.number,
            at=record.at,
            action=event.action.value,
            outcome=event.outcome.value,
            actor=event.actor,
            object=event.object,
            project=event.project,
            purpose=event.purpose,
            session=event.session,
            origin=event.origin,
            details=dict(event.details),
            previous=record.previous,
            hash=record.hash,
        )


class AuditPage(Shape):
    """Lines, newest first; ``older`` is what to send as ``before`` to go on."""

    lines: list[AuditShape]
    older: int | None


class VerificationShape(Shape):
    """Whether the log is whole: so many good lines, then the first that is not."""

    ok: bool
    lines: int
    first_bad: int | None
    head: str

    @classmethod
    def of(cls, found: Verification) -> VerificationShape:
        """Make it from what the check found."""
        return cls(ok=found.ok, lines=found.count, first_bad=found.first_bad, head=found.head)


class AnnouncementShape(Shape):
    """An announcement."""

    id: str
    text: Words
    audience: Audience
    names: list[str]
    starts: datetime
    ends: datetime
    by: str
    live: bool

    @classmethod
    def of(cls, held: Announcement, now: datetime) -> AnnouncementShape:
        """Make it from the register's."""
        return cls(
            id=held.id,
            text=Words.of(held.text),
            audience=held.audience,
            names=list(held.names),
            starts=held.starts,
            ends=held.ends,
            by=held.by,
            live=held.live(now),
        )


class NewWords(Shape):
    """A text in one language or both."""

    nl: str = Field("", max_length=MAX_TEXT)
    en: str = Field("", max_length=MAX_TEXT)


class NewAnnouncement(Shape):
    """An announcement to be made; without ``starts`` it begins now."""

    text: NewWords
    audience: Audience = Audience.EVERYONE
    names: list[str] = Field(default_factory=list, max_length=1000)
    starts: AwareDatetime | None = None
    ends: AwareDatetime


class NoticeShape(Shape):
    """Something I was told, in the language of the request."""

    id: str
    kind: str
    made: datetime
    subject: str
    body: str
    read: datetime | None
    page: str


class ConfirmationShape(Shape):
    """Something that stands and waits for my word; it ends at ``deadline`` without it."""

    kind: Matter
    key: str
    organisation: str
    about: str
    deadline: datetime | None

    @classmethod
    def of(cls, line: Line) -> ConfirmationShape:
        """Make it from what the use case found."""
        held, grant = line.confirmation, line.grant
        about = f"{grant.dataset} / {grant.project}" if grant else held.key
        return cls(
            kind=held.kind,
            key=held.key,
            organisation=held.organisation,
            about=about,
            deadline=held.deadline,
        )


class Matters(Shape):
    """What is confirmed or ended."""

    kind: Matter
    key: str = Field(max_length=64)


class Answers(Shape):
    """What of it should stand for another while, and what ends now."""

    confirm: list[Matters] = Field(default_factory=list, max_length=1000)
    end: list[Matters] = Field(default_factory=list, max_length=100)


class FolderShape(Shape):
    """Folders that leave, and how far they are; the archive is for ``owner``, an organisation.

    Of an archive that is for an organisation you do not look after you see only that it is there.
    ``needed`` and ``free`` are bytes, where there was no room for it.
    """

    kind: FolderKind
    name: str
    state: FolderState
    frozen: datetime | None
    archived: datetime | None
    deleted: datetime | None
    thawed: datetime | None
    owner: str
    archive: str
    bytes: int
    sha256: str
    files: int
    received_by: str
    signed_by: str
    signed: datetime | None
    error: str
    needed: int
    free: int

    @classmethod
    def of(cls, held: Folder) -> FolderShape:
        """Make it from the record's."""
        names = [name for name in cls.model_fields if name not in ("kind", "state")]
        rest = {name: getattr(held, name) for name in names}
        return cls(kind=held.kind, state=held.state, **rest)


class OffboardingShape(Shape):
    """The record of a leaving; ``ended`` lists what ended at once, by kind."""

    id: str
    kind: Leaving
    name: str
    title: str
    organisation: str
    by: str
    asked: datetime
    reason: str
    keep_until: datetime
    ended: dict[str, list[str]]
    folders: list[FolderShape]
    done: datetime | None
    called_off: datetime | None
    called_off_by: str

    @classmethod
    def of(cls, held: Offboarding) -> OffboardingShape:
        """Make it from the register's."""
        names = [n for n in cls.model_fields if n not in ("kind", "ended", "folders")]
        rest = {name: getattr(held, name) for name in names}
        return cls(
            kind=held.kind,
            ended={kind: list(names) for kind, names in held.ended.items()},
            folders=[FolderShape.of(each) for each in held.folders],
            **rest,
        )


class NewOffboarding(Shape):
    """What is to leave. ``typed`` repeats the name, as on the page; ``heir`` is the organisation
    that takes over the datasets of one that leaves."""

    kind: Leaving
    name: str = Field(max_length=64)
    typed: str = Field(max_length=64)
    reason: str = Field(max_length=MAX_REASON)
    heir: str = Field("", max_length=64)


class Signature(Shape):
    """Who received the archives for ``owner``, or who said that nobody wants them. Without an
    owner it must be plain for which organisation."""

    received_by: str = Field(max_length=MAX_NAME)
    owner: str = Field("", max_length=64)


class Message(Shape):
    """What whoever has a session is told, for a day."""

    text: NewWords
