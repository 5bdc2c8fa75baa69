"""What the register holds of a lab, as a file tells it: facts, and never a secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, tzinfo
from typing import Any

from polderlab_catalog.application.organisations import told_of
from polderlab_catalog.application.ports import Transaction
from polderlab_catalog.domain.allocations import Allocation, Level
from polderlab_catalog.domain.declarations import Facts, Kind, Picture
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.domain.projects import Membership
from polderlab_catalog.policy.reading import last_day

SIZE = ("title", "cpus", "memory_bytes", "pids")
IMAGE = ("title", "version", "digest")
ORGANISATION = (
    "name",
    "kind",
    "state",
    "suspended",
    "identifier",
    "agreed_until",
    "vetting",
)
PARTICULARS = ("body", "oin", "agreed_from", "contact", "privacy_officer", "administrator")
PERSON = ("display_name", "organisation", "roles", "email", "active", "vetting")
PROJECT = (
    "title",
    "organisation",
    "purpose",
    "legal_basis",
    "starts",
    "ends",
    "images",
    "sizes",
    "internet",
)
MEMBER = ("role", "until")


def picture_of(t: Transaction, now: datetime, zone: tzinfo) -> Picture:
    """Return what holds: memberships and grants that are over are history, which is not told."""
    today = now.astimezone(zone).date()
    members = [each for each in t.projects.memberships() if _holds(each, today)]
    return {
        Kind.SIZES: {each.name: _facts(each, SIZE) for each in t.offer.sizes()},
        Kind.IMAGES: {each.name: _facts(each, IMAGE) for each in t.offer.images()},
        Kind.ORGANISATIONS: {
            each.slug: {
                **_facts(each, ORGANISATION),
                **_facts(told_of(t, each.slug), PARTICULARS),
            }
            for each in t.organisations.all()
        },
        Kind.PEOPLE: {each.username: _facts(each, PERSON) for each in t.people.all()},
        Kind.PROJECTS: {each.slug: _facts(each, PROJECT) for each in t.projects.all()},
        Kind.MEMBERS: {f"{each.project}/{each.username}": _facts(each, MEMBER) for each in members},
        Kind.ALLOCATIONS: _allocations(t, members),
        Kind.GRANTS: {
            f"{each.dataset}/{each.project}": grant_facts(each, zone)
            for each in held(t.grants.find(), now)
        },
    }


def held(grants: Sequence[Grant], now: datetime) -> list[Grant]:
    """Return the grants that give access, now or later: of each pair the longest."""
    longest: dict[tuple[str, str], Grant] = {}
    for each in sorted(grants, key=lambda grant: (grant.live(now), grant.ends)):
        if each.revoked is None and now < each.ends:
            longest[each.dataset, each.project] = each
    return list(longest.values())


def grant_facts(grant: Grant, zone: tzinfo) -> Facts:
    """Return what is told of a grant."""
    return {
        "until": date.fromisoformat(last_day(grant, zone)),
        "reason": grant.reason,
        "columns": grant.scope.columns,
        "rows": grant.scope.rows,
        "conditions": grant.conditions,
    }


def _allocations(t: Transaction, members: Sequence[Membership]) -> dict[str, Facts]:
    levels = [
        *(Level.organisation(each.slug) for each in t.organisations.all()),
        *(Level.project(each.slug) for each in t.projects.all()),
        *(Level.person(each.project, each.username) for each in members),
    ]
    known = t.allocations.all()
    return {str(level): asdict(known.get(level, Allocation())) for level in levels}


def _facts(thing: Any, names: Sequence[str]) -> Facts:
    return {name: getattr(thing, name) for name in names}


def _holds(membership: Membership, today: date) -> bool:
    return membership.until is None or today <= membership.until
