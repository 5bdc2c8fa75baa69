"""The three stores that keep one contract: memory, SQLite, PostgreSQL (a real, private one)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.register import MemoryRegister
from tests.fakes.world import World
from tests.support.postgresql import Cluster
from tests.support.sqlite import new_database

from polderlab_catalog.storage.register import SqlRegister

STORES = ("memory", "sqlite", "postgresql")
SQL_STORES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    running = Cluster()
    try:
        running.start()
        running.prepare()
        yield running
    finally:
        running.stop()


def empty_url(store: str, request: pytest.FixtureRequest, *, migrated: bool = True) -> str:
    if store == "postgresql":
        running: Cluster = request.getfixturevalue("cluster")
        return running.new_database(migrated=migrated)
    path: Path = request.getfixturevalue("tmp_path") / "register.sqlite"
    return new_database(path) if migrated else f"sqlite:///{path}"


@pytest.fixture(params=SQL_STORES)
def sql(request: pytest.FixtureRequest) -> Iterator[SqlRegister]:
    register = SqlRegister(empty_url(request.param, request))
    yield register
    register.close()


@pytest.fixture(params=STORES)
def register(request: pytest.FixtureRequest) -> Iterator[MemoryRegister | SqlRegister]:
    if request.param == "memory":
        yield MemoryRegister()
        return
    register = SqlRegister(empty_url(request.param, request))
    yield register
    register.close()


@pytest.fixture
def world(register: MemoryRegister | SqlRegister) -> World:
    return World(register)


@pytest.fixture(params=SQL_STORES)
def unmigrated(request: pytest.FixtureRequest) -> Iterator[SqlRegister]:
    register = SqlRegister(empty_url(request.param, request, migrated=False))
    yield register
    register.close()
