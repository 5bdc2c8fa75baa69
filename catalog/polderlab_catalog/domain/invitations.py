"""Invitations: links by which an organisation, or one of its people, comes in.

A link works once and for a while. The register keeps only a hash of its secret, so that nobody
who reads the register can come in by it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.domain.projects import MemberRole


class InvitationKind(StrEnum):
    """Who comes in by it: an organisation (to fill in its details), or a person."""

    ORGANISATION = "organisation"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Place:
    """A role in a project that waits for whoever is invited."""

    project: str
    role: MemberRole


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link for one use: for whom, by whom (an actor's name), and how long it works.

    ``username`` is the account it makes: named beforehand where people sign in with their own
    organisation, else chosen by whoever is invited.
    """

    id: str
    kind: InvitationKind
    organisation: str
    name: str
    email: str
    token_hash: str = field(repr=False)
    invited_by: str
    made: datetime
    expires: datetime
    roles: frozenset[LabRole] = frozenset()
    places: tuple[Place, ...] = ()
    username: str = ""
    used: datetime | None = None
    withdrawn: datetime | None = None

    def open(self, now: datetime) -> bool:
        """Tell whether the link still works."""
        return self.used is None and self.withdrawn is None and now < self.expires
