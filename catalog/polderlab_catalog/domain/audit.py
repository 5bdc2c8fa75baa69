"""The audit log: append-only, hash-chained, one event per thing someone meant to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class AuditAction(StrEnum):
    """What happened, as ``object:past-tense``."""

    PERSON_SIGNED_IN = "person:signed-in"
    PERSON_SIGN_IN_REFUSED = "person:sign-in-refused"
    SESSION_PLANNED = "session:planned"
    SESSION_REFUSED = "session:refused"
    SESSION_STARTED = "session:started"
    SESSION_CLOSED = "session:closed"
    DATASET_REGISTERED = "dataset:registered"
    DATASET_PUBLISHED = "dataset:published"
    DATASET_WITHDRAWN = "dataset:withdrawn"
    DATASET_REMOVED = "dataset:removed"
    DATASET_DOWNLOADED = "dataset:downloaded"
    DATASET_CHECKED = "dataset:checked"
    DATASET_HARVESTED = "dataset:harvested"
    PUBLICATION_REFUSED = "publication:refused"
    DATASET_READ = "dataset:read"
    DATASET_READ_REFUSED = "dataset:read-refused"
    RESULT_READ = "result:read"
    RESULT_READ_REFUSED = "result:read-refused"
    INGEST_RECEIVED = "ingest:received"
    INGEST_FAILED = "ingest:failed"
    INGEST_CANCELLED = "ingest:cancelled"
    SOURCE_REGISTERED = "source:registered"
    SOURCE_REMOVED = "source:removed"
    SOURCE_FAILED = "source:failed"
    HARVEST_REGISTERED = "harvest:registered"
    HARVEST_REMOVED = "harvest:removed"
    HARVEST_REQUESTED = "harvest:requested"
    REQUEST_MADE = "access-request:made"
    REQUEST_QUESTIONED = "access-request:questioned"
    REQUEST_ANSWERED = "access-request:answered"
    REQUEST_APPROVED = "access-request:approved"
    REQUEST_REFUSED = "access-request:refused"
    REQUEST_WITHDRAWN = "access-request:withdrawn"
    GRANT_GIVEN = "grant:given"
    GRANT_REVOKED = "grant:revoked"
    GRANT_REFUSED = "grant:refused"
    ORGANISATION_REGISTERED = "organisation:registered"
    ORGANISATION_SUSPENDED = "organisation:suspended"
    ORGANISATION_READMITTED = "organisation:readmitted"
    ORGANISATION_TOLD = "organisation:told"
    ORGANISATION_INVITED = "organisation:invited"
    ORGANISATION_SUBMITTED = "organisation:submitted"
    ORGANISATION_APPROVED = "organisation:approved"
    ORGANISATION_RETURNED = "organisation:returned"
    ORGANISATION_REFUSED = "organisation:refused"
    ORGANISATION_CHANGED = "organisation:changed"
    PROJECT_REGISTERED = "project:registered"
    PROJECT_PROPOSED = "project:proposed"
    PROPOSAL_CHANGED = "proposal:changed"
    PROPOSAL_ENDORSED = "proposal:endorsed"
    PROPOSAL_RETURNED = "proposal:returned"
    PROPOSAL_APPROVED = "proposal:approved"
    PROPOSAL_REFUSED = "proposal:refused"
    PROPOSAL_WITHDRAWN = "proposal:withdrawn"
    PROJECT_DATED = "project:dated"
    MEMBER_ADDED = "member:added"
    MEMBER_REMOVED = "member:removed"
    PERSON_REGISTERED = "person:registered"
    PERSON_INVITED = "person:invited"
    PERSON_JOINED = "person:joined"
    PERSON_VETTED = "person:vetted"
    PERSON_CHANGED = "person:changed"
    PERSON_REOPENED = "person:reopened"
    INVITATION_WITHDRAWN = "invitation:withdrawn"
    PERSON_CLOSED = "person:closed"
    PERSON_PASSWORD_SET = "person:password-set"  # noqa: S105  (what happened, not a secret)
    PERSON_PASSWORD_LINK_MADE = "person:password-link-made"  # noqa: S105  (what happened)
    PERSON_UNLOCKED = "person:unlocked"
    PERSON_BOUND = "person:bound"
    PERSON_LINKED = "person:linked"
    PERSON_RELEASED = "person:released"
    ALLOCATION_SET = "allocation:set"
    EXTENSION_ASKED = "extension:asked"
    EXTENSION_APPROVED = "extension:approved"
    EXTENSION_REFUSED = "extension:refused"
    EXTENSION_WITHDRAWN = "extension:withdrawn"
    REPORT_KEPT = "report:kept"
    IMAGE_PROMOTED = "image:promoted"
    SIZE_REGISTERED = "size:registered"
    PROJECT_ENDED = "project:ended"
    ANNOUNCEMENT_MADE = "announcement:made"
    ANNOUNCEMENT_WITHDRAWN = "announcement:withdrawn"
    CONFIRMATION_ASKED = "confirmation:asked"
    CONFIRMATION_GIVEN = "confirmation:given"
    CONFIRMATION_LAPSED = "confirmation:lapsed"
    OFFBOARDING_BEGUN = "offboarding:begun"
    OFFBOARDING_FROZEN = "offboarding:frozen"
    OFFBOARDING_ARCHIVED = "offboarding:archived"
    OFFBOARDING_SIGNED = "offboarding:signed"
    OFFBOARDING_DELETED = "offboarding:deleted"
    OFFBOARDING_DONE = "offboarding:done"
    OFFBOARDING_CALLED_OFF = "offboarding:called-off"
    OFFBOARDING_THAWED = "offboarding:thawed"
    AUDIT_EXPORTED = "audit:exported"
    ADMINISTRATION_REFUSED = "administration:refused"


class Outcome(StrEnum):
    """Result of the act, in the words of the log standard (BIO2 8.15)."""

    OK = "ok"
    REFUSED = "refused"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """What is about to be logged; the store adds number, time and hashes.

    ``actor`` is ``person:<username>``, ``operator:<unix user>``, ``lab``, or ``unknown`` (a read
    with a key that never was one); ``origin`` the address the request came from. ``details``
    never holds a secret.
    """

    action: AuditAction
    actor: str
    outcome: Outcome = Outcome.OK
    object: str = ""
    project: str = ""
    purpose: str = ""
    session: str = ""
    origin: str = ""
    details: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """An event as it stands in the log: ``hash`` covers the event, its number, its time and
    ``previous`` (the hash before it; 64 zeros for the first), all SHA-256 in hex."""

    number: int
    at: datetime
    event: AuditEvent
    previous: str
    hash: str
