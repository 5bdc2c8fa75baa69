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


class Vetting(StrEnum):
    """Whether the lead agency has looked at someone before their first use of the lab."""

    NOT_NEEDED = "not-needed"
    WAITING = "waiting"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone with an account. ``active=False`` closes the door without losing the history.

    Who waits for vetting may sign in, and nothing else; ``vetted_by`` and ``vetted`` say who
    looked at them, and when.
    """

    username: str
    display_name: str
    organisation: str
    roles: frozenset[LabRole] = frozenset()
    active: bool = True
    email: str = ""
    vetting: Vetting = Vetting.NOT_NEEDED
    vetted_by: str = ""
    vetted: datetime | None = None

    @property
    def cleared(self) -> bool:
        """Whether the account is open and nobody has to look at it first."""
        return self.active and self.vetting is not Vetting.WAITING


@dataclass(frozen=True, slots=True)
class Credentials:
    """A local account's password (Argon2 hash, PHC string); empty when its person left.

    Such an account has no password, and is not for whoever first comes under its name.
    """

    username: str
    password_hash: str = field(repr=False)

    @property
    def opens(self) -> bool:
        """Whether there is a password at all."""
        return bool(self.password_hash)
