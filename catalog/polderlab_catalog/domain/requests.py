"""Access requests: a project asks for a dataset; its owner's people answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from polderlab_catalog.domain.projects import LegalBasis
from polderlab_catalog.domain.scopes import WHOLE, Scope


class RequestState(StrEnum):
    """``open`` waits for the owner, ``questioned`` for the asker; the rest is decided."""

    OPEN = "open"
    QUESTIONED = "questioned"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ApprovalRole(StrEnum):
    """In which role somebody approves: confidential data needs one of each, by two people."""

    STEWARD = "steward"
    PRIVACY_OFFICER = "privacy-officer"


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody's yes, in one role."""

    role: ApprovalRole
    by: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One line of the conversation, oldest first."""

    by: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """What a project asks, and how far it is.

    ``asked_by``, ``by`` and ``decided_by`` are actor names (``person:…``). ``until`` is the last
    day asked for. ``columns`` are those wanted (empty: all). The owner may answer with less:
    ``scope`` and ``granted_until`` are what all who approved so far agree on, ``conditions`` what
    they attached.
    """

    id: str
    dataset: str
    project: str
    asked_by: str
    asked: datetime
    purpose: str
    legal_basis: LegalBasis
    until: date
    columns: tuple[str, ...] = ()
    state: RequestState = RequestState.OPEN
    approvals: tuple[Approval, ...] = ()
    messages: tuple[Message, ...] = ()
    scope: Scope = WHOLE
    granted_until: date | None = None
    conditions: str = ""
    decided: datetime | None = None
    decided_by: str = ""
    reason: str = ""

    @property
    def open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.state in (RequestState.OPEN, RequestState.QUESTIONED)
