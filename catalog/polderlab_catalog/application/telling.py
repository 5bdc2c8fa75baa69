"""Tell people something, once: the one way in which notices come to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from polderlab_catalog.application.ports import Transaction
from polderlab_catalog.domain.notices import FAREWELLS, MailState, Notice, NoticeKind
from polderlab_catalog.domain.people import LabRole, Person
from polderlab_catalog.domain.projects import MemberRole
from polderlab_catalog.domain.texts import Text


@dataclass(frozen=True, slots=True)
class News:
    """What is told. ``occasion`` is what it is about, precisely enough that saying it again would
    be saying it twice; ``details`` fill the sentence; ``path`` is where to do something."""

    kind: NoticeKind
    occasion: str
    details: Mapping[str, str]
    path: str = "/"


def tell(t: Transaction, now: datetime, usernames: Iterable[str], news: News) -> int:
    """Tell each of ``usernames`` who has an open account; return how many had not been told.

    Of :data:`FAREWELLS` a closed one is told too.
    """
    told = 0
    for username in sorted(set(usernames)):
        person = t.people.get(username)
        if person is None or not (person.active or news.kind in FAREWELLS):
            continue
        told += t.notices.add(
            Notice(
                id=f"{news.kind.value}:{news.occasion}:{username}",
                username=username,
                kind=news.kind,
                made=now,
                details=news.details,
                path=news.path,
                mail=MailState.WAITING if person.email else MailState.NONE,
            )
        )
    return told


def both(name: str, text: Text) -> dict[str, str]:
    """Return ``text`` as the detail ``name`` of a notice, for either language."""
    return {f"{name}_nl": text.in_("nl"), f"{name}_en": text.in_("en")}


def in_role(people: Iterable[Person], organisation: str, role: LabRole) -> list[str]:
    """Return who of ``organisation`` has ``role``, by username."""
    return [
        person.username
        for person in people
        if person.cleared and person.organisation == organisation and role in person.roles
    ]


def lab_administrators(people: Iterable[Person]) -> list[str]:
    """Return who looks after the lab, by username."""
    role = LabRole.LAB_ADMINISTRATOR
    return [each.username for each in people if each.cleared and role in each.roles]


def members_of(t: Transaction, project: str, today: date, *, lead: bool = False) -> list[str]:
    """Return who works in ``project`` today, or who leads it, by username."""
    return [
        each.username
        for each in t.projects.memberships(project=project)
        if (each.until is None or today <= each.until)
        and (not lead or each.role is MemberRole.LEAD)
    ]
