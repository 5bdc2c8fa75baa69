"""The three stores that keep one contract: memory, SQLite, PostgreSQL (a real, private one)."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest
from tests.fakes.register import MemoryRegister
from tests.fakes.world import World

from polderlab_catalog.storage.migrate import upgrade
from polderlab_catalog.storage.register import SqlRegister

PORT = 15432  # names the socket only; nothing listens on the network
STORES = ("memory", "sqlite", "postgresql")
SQL_STORES = ("sqlite", "postgresql")


class Cluster:
    """A PostgreSQL cluster of our own in a temporary folder, over a Unix socket."""

    def __init__(self) -> None:
        binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        assert binaries, "PostgreSQL is missing. Install it with: apt-get install postgresql"
        self._bin, self._numbers = binaries[-1], count(1)
        self.folder = Path(mkdtemp(prefix="plreg-postgresql-"))
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")

    def start(self) -> None:
        self._run("initdb", "-D", self.folder / "data", "-U", "polder", "-A", "trust", "--no-sync")
        options = f"-p {PORT} -k {self.folder} -c listen_addresses= -c fsync=off"
        log = self.folder / "log"
        self._run("pg_ctl", "-D", self.folder / "data", "-o", options, "-l", log, "-w", "start")
        self._sql("CREATE DATABASE empty")
        register = SqlRegister(self.url("empty"))
        upgrade(register.engine)
        register.close()

    def stop(self) -> None:
        try:
            self._run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "-w", "stop")
        finally:
            shutil.rmtree(self.folder)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://polder@/{database}?host={self.folder}&port={PORT}"

    def new_database(self, *, migrated: bool = True) -> str:
        name = f"lab{next(self._numbers)}"
        self._sql(f"CREATE DATABASE {name} TEMPLATE {'empty' if migrated else 'template1'}")
        return self.url(name)

    def _sql(self, statement: str) -> None:
        where = f"host={self.folder} port={PORT} user=polder dbname=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def _run(self, program: str, *arguments: object) -> None:
        as_postgres = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        subprocess.run(
            [str(self._bin / program), *map(str, arguments)],
            check=True,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            user=as_postgres.pw_uid if as_postgres else None,
            group=as_postgres.pw_gid if as_postgres else None,
            extra_groups=[] if as_postgres else None,
        )


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    running = Cluster()
    try:
        running.start()
        yield running
    finally:
        running.stop()


def empty_url(store: str, request: pytest.FixtureRequest, *, migrated: bool = True) -> str:
    if store == "postgresql":
        running: Cluster = request.getfixturevalue("cluster")
        return running.new_database(migrated=migrated)
    return f"sqlite:///{request.getfixturevalue('tmp_path')}/register.sqlite"


@pytest.fixture(params=SQL_STORES)
def sql(request: pytest.FixtureRequest) -> Iterator[SqlRegister]:
    register = SqlRegister(empty_url(request.param, request))
    upgrade(register.engine)
    yield register
    register.close()


@pytest.fixture(params=STORES)
def register(request: pytest.FixtureRequest) -> Iterator[MemoryRegister | SqlRegister]:
    if request.param == "memory":
        yield MemoryRegister()
        return
    register = SqlRegister(empty_url(request.param, request))
    upgrade(register.engine)
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
