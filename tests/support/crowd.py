"""A register with a crowd in it: people, projects and a year of sessions, filled in bulk."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from polderlab_catalog.domain.allocations import Level
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.storage.allocations import allocations
from polderlab_catalog.storage.grants import grants
from polderlab_catalog.storage.people import people
from polderlab_catalog.storage.projects import memberships, projects
from polderlab_catalog.storage.sessions import sessions
from tests.fakes.world import GIB, World
from tests.support.large import fill, insert_rows, settle

DATASETS = 1_000
SESSIONS_EACH, YEAR, OPEN = 20, 365, 10
"""Sessions of each person in the year that has passed; of every so many people one works now."""
PROJECTS_EACH, GRANTS_EACH = 3, 10


def gather(world: World, count: int) -> None:
    """Add ``count`` people, a project per ten and an organisation per hundred of them.

    Everybody is in projects of their own organisation, which has hours to use up, as its
    projects have. It is late in a month: there is much to add up.
    """
    world.clock.advance(days=26)
    chance, houses = random.Random(1), max(count // 100, 1)
    fill(world, DATASETS)
    with world.register.write() as t:
        house = next(each for each in t.organisations.all() if each.slug == "rivierstad")
        for number in range(houses):
            t.organisations.put(replace(house, slug=f"house-{number}", name=Text(f"Huis {number}")))
    belong = list(_memberships(count, houses))
    with world.register.engine.begin() as connection:
        insert_rows(connection, people, list(_people(count, houses)))
        insert_rows(connection, projects, list(_projects(world, houses)))
        insert_rows(connection, memberships, belong)
        insert_rows(connection, allocations, list(_allocations(houses)))
        insert_rows(connection, sessions, list(_sessions(world, belong, chance)))
        insert_rows(connection, grants, list(_grants(world, houses, chance)))
    settle(world.register.engine)


def _people(count: int, houses: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield {
            "username": f"person-{number}", "display_name": f"Persoon {number}",
            "organisation": f"house-{number % houses}", "roles": [], "active": True,
        }  # fmt: skip


def _projects(world: World, houses: int) -> Iterator[dict[str, Any]]:
    today = world.clock().date()
    for number in range(houses * 10):
        yield {
            "slug": f"work-{number}", "title": Text(f"Werk {number}"),
            "organisation": f"house-{number % houses}", "purpose": Text("doel"),
            "legal_basis": "public-task", "starts": today - timedelta(days=400),
            "ends": today + timedelta(days=400), "images": ["python-geo"],
            "sizes": ["small", "medium"], "internet": False,
        }  # fmt: skip


def _memberships(count: int, houses: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        house = number % houses
        for at in range(PROJECTS_EACH):
            which = (number // houses + at) % 10 * houses + house
            yield {"username": f"person-{number}", "project": f"work-{which}", "role": "analyst"}


def _allocations(houses: int) -> Iterator[dict[str, Any]]:
    for number in range(houses):
        limits = {"cpus": 64, "memory_bytes": 256 * GIB, "sessions": 50, "cpu_hours": 20_000}
        yield {"level": str(Level.organisation(f"house-{number}")), "limits": limits}
    for number in range(houses * 10):
        limits = {"sessions": 20, "cpu_hours": 5_000}
        yield {"level": str(Level.project(f"work-{number}")), "limits": limits}


def _sessions(
    world: World, belong: list[dict[str, Any]], chance: random.Random
) -> Iterator[dict[str, Any]]:
    now = world.clock()
    for person, member in enumerate(belong[::PROJECTS_EACH]):
        for number in range(SESSIONS_EACH + (person % OPEN == 1)):
            runs = number == SESSIONS_EACH
            started = now - timedelta(days=chance.uniform(0.3, YEAR), minutes=1)
            if runs:
                started = now - timedelta(hours=2)
            held = timedelta(hours=chance.uniform(0.2, 7))
            yield {
                "id": f"session-{person}-{number}", "username": member["username"],
                "project": belong[person * PROJECTS_EACH + number % PROJECTS_EACH]["project"],
                "image": "python-geo", "size": "small", "cpus": 1, "memory_bytes": 2 * GIB,
                "token_hash": f"hash-{person}-{number}", "language": "nl", "started": started,
                "state": "running" if runs else "closed", "close_reason": "" if runs else "user",
                "closed": None if runs else started + held,
                "microseconds": None if runs else held // timedelta(microseconds=1),
            }  # fmt: skip


def _grants(world: World, houses: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    now = world.clock()
    for number in range(houses * 10):
        for dataset in chance.sample(range(DATASETS), GRANTS_EACH):
            yield {
                "id": f"work-{number}-{dataset}", "dataset": f"dataset_{dataset}",
                "project": f"work-{number}", "starts": now - timedelta(days=9),
                "ends": now + timedelta(days=90), "granted_by": "lab", "reason": "",
            }  # fmt: skip
