"""What an organisation has to tell, and whether it can be true."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from polderlab_catalog.domain.organisations import Contact, PublicBody
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.decisions import N_

TOOI = re.compile(r"https://identifier\.overheid\.nl/tooi/id/[a-z]+/[a-z]+[0-9]+")
OIN = re.compile(r"0000000[1-9][0-9]{12}")
"""Organisatie-identificatienummer: eight digits that say which register, then the number in it
(Logius, "OIN-stelsel")."""
EMAIL = re.compile(r"[^@\s<>\"(),:;\\]{1,64}@[^@\s<>\"(),:;\\.]+(?:\.[^@\s<>\"(),:;\\.]+)+")
MAX_NAME, MAX_EMAIL = 120, 200


@dataclass(frozen=True, slots=True)
class Details:
    """What an organisation fills in to come in."""

    name: Text
    body: PublicBody
    identifier: str
    oin: str
    contact: Contact
    privacy_officer: Contact
    administrator: Contact
    agreed_from: date | None
    agreed_until: date | None
    accepts: bool


def is_email(value: str) -> bool:
    """Tell whether ``value`` has the form of an e-mail address."""
    return len(value) <= MAX_EMAIL and value.isprintable() and EMAIL.fullmatch(value) is not None


def contact_faults(field: str, contact: Contact) -> dict[str, str]:
    """Return what is wrong with a contact, by form field."""
    faults = {}
    if not (0 < len(contact.name) <= MAX_NAME and contact.name.isprintable()):
        faults[f"{field}_name"] = N_("Fill in a name")
    if not is_email(contact.email):
        faults[f"{field}_email"] = N_("Fill in an e-mail address, like name@organisation.nl")
    return faults


def identifier_faults(identifier: str, oin: str) -> dict[str, str]:
    """Return what is wrong with the numbers an organisation is known by: one is enough."""
    faults = {}
    if identifier and not TOOI.fullmatch(identifier):
        faults["identifier"] = N_(
            "Fill in the address from the TOOI register, like "
            "https://identifier.overheid.nl/tooi/id/gemeente/gm0796"
        )
    if oin and not OIN.fullmatch(oin):
        faults["oin"] = N_("Fill in the 20 digits of the OIN, like 00000001001234567000")
    if not identifier and not oin:
        faults["identifier"] = N_("Fill in the TOOI address or the OIN")
    return faults


def faults(details: Details, today: date) -> dict[str, str]:
    """Return what is wrong with ``details``, by form field; empty when nothing is."""
    found = {}
    if not (details.name.nl or details.name.en):
        found["name"] = N_("Fill in the name in Dutch or in English")
    found |= identifier_faults(details.identifier, details.oin)
    for field in ("contact", "privacy_officer", "administrator"):
        found |= contact_faults(field, getattr(details, field))
    if details.agreed_from is None:
        found["agreed_from"] = N_("Choose the first day of the agreement")
    if details.agreed_until is None or details.agreed_until <= today:
        found["agreed_until"] = N_("Choose a last day of the agreement after today")
    elif details.agreed_from is not None and details.agreed_until < details.agreed_from:
        found["agreed_until"] = N_("Choose a last day after the first day")
    if not details.accepts:
        found["accepts"] = N_("Tick that your organisation accepts the agreement")
    return found
