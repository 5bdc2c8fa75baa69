"""People: who may sign in, for which organisation, with which lab-wide roles."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class LabRole(StrEnum):
    """Roles outside projects. ``steward``, ``privacy-officer`` and ``organisation-administrator``
    hold within the person's own organisation; ``lab-administrator`` holds lab-wide and gives no
    data access."""

    LAB_ADMINISTRATOR = "lab-administrator"
    ORGANISATION_ADMINISTRATOR = "organisation-administrator"
    STEWARD = "steward"
    PRIVACY_OFFICER = "privacy-officer"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone with an account. ``active=False`` closes the door without losing the history."""

    username: str
    display_name: str
    organisation: str
    roles: frozenset[LabRole] = frozenset()
    active: bool = True


@dataclass(frozen=True, slots=True)
class Credentials:
    """A local account's password (Argon2 hash, PHC string) and its failed tries."""

    username: str
    password_hash: str = field(repr=False)
    failed: int = 0
    locked_until: datetime | None = None
