"""Notices: what one person is told, in the portal and by mail, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class NoticeKind(StrEnum):
    """What a notice is about."""

    GRANT_ENDS = "grant-ends"
    MEMBERSHIP_ENDS = "membership-ends"
    PROJECT_ENDS = "project-ends"
    AGREEMENT_ENDS = "agreement-ends"
    CONFIRMATION_ASKED = "confirmation-asked"
    LAPSE_NEAR = "lapse-near"
    LAPSED = "lapsed"
    SESSION_STOPPED = "session-stopped"
    OFFBOARDED = "offboarded"
    CALLED_OFF = "called-off"
    ARCHIVE_KEPT = "archive-kept"
    HANDED_OVER = "handed-over"
    ADMINISTRATOR_INVITED = "administrator-invited"
    ADMINISTRATOR_NAMED = "administrator-named"
    ADMINISTRATOR_GONE = "administrator-gone"
    STEWARD_GONE = "steward-gone"
    REPORT_KEPT = "report-kept"
    REPORTS_KEPT = "reports-kept"
    ORGANISATION_WAITS = "organisation-waits"
    PERSON_WAITS = "person-waits"
    PERSON_CHECKED = "person-checked"
    PROPOSAL_WAITS = "proposal-waits"
    PROPOSAL_RETURNED = "proposal-returned"
    PROPOSAL_REFUSED = "proposal-refused"
    PROPOSAL_APPROVED = "proposal-approved"
    EXTENSION_WAITS = "extension-waits"
    EXTENSION_GIVEN = "extension-given"
    EXTENSION_REFUSED = "extension-refused"
    REQUEST_WAITS = "request-waits"
    REQUEST_QUESTIONED = "request-questioned"
    REQUEST_ANSWERED = "request-answered"
    REQUEST_REFUSED = "request-refused"
    REQUEST_APPROVED = "request-approved"
    ACCESS_CHANGED = "access-changed"
    ACCESS_TAKEN = "access-taken"
    MAIL_TEST = "mail-test"


FAREWELLS = frozenset({NoticeKind.ADMINISTRATOR_GONE, NoticeKind.STEWARD_GONE})
"""What also reaches those whose account is closed: it may be what they are told."""


class MailState(StrEnum):
    """How far the mail of a notice is. ``sending`` is claimed by somebody who sends it now; one
    that stays so is ``unsure``: it may have arrived, and is not sent again."""

    NONE = "none"
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Notice:
    """What ``username`` is told. ``id`` names the occasion, so that nobody is told twice.

    ``details`` fill the blanks of the sentence; one that ends in ``_nl`` or ``_en`` is for that
    language. ``path`` is the page in the portal where something can be done about it.
    """

    id: str
    username: str
    kind: NoticeKind
    made: datetime
    details: Mapping[str, str] = field(default_factory=dict)
    path: str = ""
    read: datetime | None = None
    mail: MailState = MailState.WAITING
    tries: int = 0
    next_try: datetime | None = None
    error: str = ""
