"""Organisations: the lead agency and the partners it opens its lab to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from polderlab_catalog.domain.texts import Text


class OrganisationKind(StrEnum):
    """Lead agency (runs the lab) or partner (guest)."""

    LEAD = "lead"
    PARTNER = "partner"


class OrganisationState(StrEnum):
    """How far an organisation has come in. Only in ``active`` may its people do anything.

    ``invited``: it fills in its details (for the first time, or again); ``submitted``: the lead
    agency decides; ``left``: it is offboarded.
    """

    INVITED = "invited"
    SUBMITTED = "submitted"
    ACTIVE = "active"
    REFUSED = "refused"
    LEFT = "left"


class PublicBody(StrEnum):
    """What kind of public body an organisation is."""

    MUNICIPALITY = "municipality"
    PROVINCE = "province"
    WATER_BOARD = "water-board"
    MINISTRY = "ministry"
    AGENCY = "agency"
    HEALTH_SERVICE = "health-service"
    SAFETY_REGION = "safety-region"
    JOINT_ARRANGEMENT = "joint-arrangement"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Organisation:
    """A public body that takes part in the lab. ``suspended`` ends all access at once.

    ``identifier`` is its URI in a public register (TOOI, ROR …), empty where it has none.
    ``agreed_until`` is the last day of the agreement it takes part under (None: no end), and
    ``vetting`` whether the lead agency looks at its new people before their first use.
    """

    slug: str
    name: Text
    kind: OrganisationKind
    suspended: bool = False
    identifier: str = ""
    state: OrganisationState = OrganisationState.ACTIVE
    agreed_until: date | None = None
    vetting: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to turn to at an organisation."""

    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Which text an organisation agreed to, word for word, who said so, and when."""

    version: str
    by: str
    at: datetime
    text: str = ""


@dataclass(frozen=True, slots=True)
class Particulars:
    """What the lead agency wants to know of an organisation, as it filled them in itself.

    ``oin`` is its number for government traffic (Logius), ``administrator`` whom it names to
    look after its people and projects; ``remark`` is what the lead agency said last, when it
    asked for changes or refused.
    """

    organisation: str
    body: PublicBody = PublicBody.OTHER
    oin: str = ""
    contact: Contact = Contact()
    privacy_officer: Contact = Contact()
    administrator: Contact = Contact()
    agreed_from: date | None = None
    agreement: Agreement | None = None
    remark: str = ""
