"""What is a password that stands up, and who may give somebody a new one (OWASP ASVS 5.0, 6.2).

No rules on capitals, digits or signs, and no expiry: they make passwords alike. What counts is
the length, and how early a password is guessed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.people import Person
from polderlab_catalog.domain.sign_ins import PasswordLink
from polderlab_catalog.policy.decisions import ALLOWED, N_, Code, Decision, refused

MIN_PASSWORD, MAX_PASSWORD = 12, 200
MIN_GUESSES = 9.0
"""As a power of ten: far more than the tries a locked name allows in a lifetime."""
LINK_HOURS, MAX_LINK_HOURS = 24, 7 * 24

TOO_SHORT = N_("Choose at least 12 characters. A few words in a row are easy to remember.")
TOO_LONG = N_("Choose 200 characters at most.")
TOO_COMMON = N_(
    "Choose something else: this one is among the first that are guessed. Avoid your name, your "
    "organisation, well-known passwords and rows of keys."
)
NOT_THE_SAME = N_("Type the new password twice, the same both times.")
NO_CHANGE = N_("Choose a password that differs from the one you have.")


def length_fault(password: str) -> str:
    """Return what is wrong with the length of ``password``; empty when nothing is."""
    if len(password) < MIN_PASSWORD:
        return TOO_SHORT
    return TOO_LONG if len(password) > MAX_PASSWORD else ""


def known_words(person: Person) -> list[str]:
    """Return what others know about ``person`` and would try first."""
    words = [person.username, person.display_name, person.organisation, "polderlab"]
    return [*words, *(part for word in words for part in word.replace("-", " ").split())]


def may_give_password(actor: Actor) -> Decision:
    """Decide whether ``actor`` may make links by which people choose a password.

    Whoever has the link becomes that person, so nobody with an account makes one: it would be a
    way to data that was not granted.
    """
    return ALLOWED if actor.trusted else refused(Code.NOT_OPERATOR)


def may_use_link(link: PasswordLink | None, person: Person | None, now: datetime) -> Decision:
    """Decide whether a link still lets ``person`` choose a password."""
    if link is None or person is None or not person.active or now >= link.expires:
        return refused(Code.LINK_DEAD)
    return ALLOWED


def link_expires(now: datetime, hours: int) -> datetime:
    """Return until when a link made ``now`` works."""
    return now + timedelta(hours=hours)
