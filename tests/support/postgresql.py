"""A private PostgreSQL: a cluster in a temporary folder, over a Unix socket."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg

from polderlab_catalog.storage.migrate import upgrade
from polderlab_catalog.storage.register import SqlRegister

PORT = 15432  # names the socket only, unless a port is given to listen at
KEEPER = 'read _; "$1" -D "$0/data" -m immediate -w stop; rm -rf "$0"'


class Cluster:
    """A PostgreSQL cluster of our own in a temporary folder, over a Unix socket."""

    def __init__(self, port: int | None = None) -> None:
        """With ``port`` it listens there, on the loopback address."""
        self.port = port or PORT
        self._listen = "127.0.0.1" if port else ""
        binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        assert binaries, "PostgreSQL is missing. Install it with: apt-get install postgresql"
        self._bin, self._numbers = binaries[-1], count(1)
        self.folder = Path(mkdtemp(prefix="plreg-postgresql-"))
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        # It reads until this process closes the pipe or is no more, however that came about.
        self._keeper = subprocess.Popen(
            ["/bin/sh", "-c", KEEPER, str(self.folder), str(self._bin / "pg_ctl")],
            stdin=subprocess.PIPE,
            **self._as_whom(),
        )

    def start(self, *, password: bool = False) -> None:
        """Make the cluster and start it; with ``password`` it asks for one over the network."""
        self._run("initdb", "-D", self.folder / "data", "-U", "polder", "-A", "trust", "--no-sync")
        options = f"-p {self.port} -k {self.folder} -c listen_addresses={self._listen} -c fsync=off"
        log = self.folder / "log"
        if password:
            known = self.folder / "data" / "pg_hba.conf"
            known.write_text("local all all trust\nhost all all all scram-sha-256\n")
        self._run("pg_ctl", "-D", self.folder / "data", "-o", options, "-l", log, "-w", "start")

    def prepare(self) -> None:
        """Make the migrated database that :meth:`new_database` copies."""
        self.sql("CREATE DATABASE empty")
        register = SqlRegister(self.url("empty"))
        upgrade(register.engine)
        register.close()

    def stop(self) -> None:
        """Stop it and remove its folder; whoever is killed leaves that to the keeper."""
        self._keeper.communicate()
        assert not self.folder.exists()

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://polder@/{database}?host={self.folder}&port={self.port}"

    def new_database(self, *, migrated: bool = True) -> str:
        name = f"lab{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {'empty' if migrated else 'template1'}")
        return self.url(name)

    def sql(self, statement: str, database: str = "postgres") -> None:
        """Run a statement as the cluster's owner."""
        where = f"host={self.folder} port={self.port} user=polder dbname={database}"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def value(self, query: str, database: str = "postgres") -> object:
        """Return the one value ``query`` gives."""
        where = f"host={self.folder} port={self.port} user=polder dbname={database}"
        with psycopg.connect(where, autocommit=True) as connection:
            row = connection.execute(query).fetchone()  # type: ignore[call-overload]
        return row[0] if row else None

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self._bin / program), *map(str, arguments)]
        subprocess.run(command, check=True, **self._as_whom())

    def _as_whom(self) -> dict[str, Any]:
        """Return how to run what is the cluster's: PostgreSQL refuses to run as root."""
        options = {
            "cwd": self.folder,
            "stdout": subprocess.DEVNULL,
            # out of reach of what ends the tests' own group of processes
            "start_new_session": True,
        }
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            options |= {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        return options
