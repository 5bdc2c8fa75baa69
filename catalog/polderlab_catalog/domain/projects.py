"""Projects: a purpose, a legal basis, a period, and the people who work on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from polderlab_catalog.domain.texts import Text


class MemberRole(StrEnum):
    """What a member may do in a project: leads and analysts start sessions, viewers do not."""

    LEAD = "lead"
    ANALYST = "analyst"
    VIEWER = "viewer"


class LegalBasis(StrEnum):
    """GDPR article 6(1), a to f."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal-obligation"
    VITAL_INTERESTS = "vital-interests"
    PUBLIC_TASK = "public-task"
    LEGITIMATE_INTERESTS = "legitimate-interests"


@dataclass(frozen=True, slots=True)
class Project:
    """A parcel of the polder: it sees only its own data.

    ``starts`` and ``ends`` are both days on which the project still runs (lab's local time).
    ``images`` and ``sizes`` name what its sessions may use; the first of each is the default.
    """

    slug: str
    title: Text
    organisation: str
    purpose: Text
    legal_basis: LegalBasis
    starts: date
    ends: date
    images: tuple[str, ...]
    sizes: tuple[str, ...]
    internet: bool = False


@dataclass(frozen=True, slots=True)
class Membership:
    """A person's role in a project, up to and including the day ``until`` (None: as long as the
    project runs)."""

    username: str
    project: str
    role: MemberRole
    until: date | None = None
