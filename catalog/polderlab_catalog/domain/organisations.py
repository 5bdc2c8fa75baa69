"""Organisations: the lead agency and the partners it opens its lab to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from polderlab_catalog.domain.texts import Text


class OrganisationKind(StrEnum):
    """Lead agency (runs the lab) or partner (guest)."""

    LEAD = "lead"
    PARTNER = "partner"


@dataclass(frozen=True, slots=True)
class Allocation:
    """What an organisation may have in use at once: processors, bytes of memory, sessions."""

    cpus: float
    memory_bytes: int
    sessions: int


@dataclass(frozen=True, slots=True)
class Organisation:
    """A public body that takes part in the lab. ``suspended`` ends all access at once.

    ``identifier`` is its URI in a public register (TOOI, ROR …), empty where it has none.
    """

    slug: str
    name: Text
    kind: OrganisationKind
    allocation: Allocation
    suspended: bool = False
    identifier: str = ""
