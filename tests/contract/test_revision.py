"""The register tells whether anybody committed anything since; or nothing at all."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from tests.fakes.register import MemoryRegister
from tests.fakes.world import World

from polderlab_catalog.storage.migrate import upgrade
from polderlab_catalog.storage.register import SqlRegister
from polderlab_catalog.storage.revision import revision_of

CHANGE = "UPDATE organisations SET slug = slug WHERE slug = 'rivierstad'"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "register.sqlite"


@pytest.fixture
def sqlite(path: Path) -> SqlRegister:
    register = SqlRegister(f"sqlite:///{path}")
    upgrade(register.engine)
    World(register)
    return register


def test_a_store_that_cannot_tell_says_so(register: SqlRegister | MemoryRegister) -> None:
    is_sqlite = isinstance(register, SqlRegister) and register.engine.dialect.name == "sqlite"
    assert (register.revision() is not None) == is_sqlite


def test_whoever_commits_changes_it_and_nothing_else_does(sqlite: SqlRegister, path: Path) -> None:
    seen = [sqlite.revision()]
    with sqlite.read() as t:
        assert t.organisations.get("rivierstad")
    assert sqlite.revision() == seen[0], "reading changes nothing"
    with sqlite.engine.connect() as connection:
        connection.execute(text(CHANGE))
        connection.rollback()
    assert sqlite.revision() == seen[0], "what was rolled back was never there"

    def by_this_register() -> None:
        with sqlite.write() as t:
            assert t.projects.remove_membership("rivierstad-analyst", "river-access")

    def by_another_connection() -> None:
        with sqlite3.connect(path) as other:
            other.execute(CHANGE)

    def by_another_process() -> None:
        program = f"import sqlite3\nwith sqlite3.connect({str(path)!r}) as c: c.execute({CHANGE!r})"
        subprocess.run([sys.executable, "-c", program], check=True)

    for change in (by_this_register, by_another_connection, by_another_process):
        change()
        seen.append(sqlite.revision())
    assert None not in seen
    assert len(set(seen)) == len(seen), "never the same again"


def test_it_shows_while_the_log_is_checkpointed_begun_anew_and_compacted(
    sqlite: SqlRegister, path: Path
) -> None:
    seen = []
    with sqlite3.connect(path, isolation_level=None) as other:
        for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA wal_checkpoint", "VACUUM"):
            for _ in range(100):
                other.execute(CHANGE)
                seen.append(sqlite.revision())
            other.execute(statement)
    assert None not in seen
    assert len(set(seen)) == len(seen)


def test_what_is_being_written_does_not_show_and_does_not_keep_anybody_waiting(
    sqlite: SqlRegister,
) -> None:
    before = sqlite.revision()
    with sqlite.engine.connect() as connection:
        connection.execute(text(CHANGE))
        assert sqlite.revision() == before
        connection.commit()
        assert sqlite.revision() != before


def test_many_threads_ask_and_get_the_one_number_or_none(sqlite: SqlRegister) -> None:
    with ThreadPoolExecutor(8) as pool:
        told = set(pool.map(lambda _: sqlite.revision(), range(2000)))
    assert told - {None} == {sqlite.revision()}


def test_who_is_closed_tells_nothing_any_more(sqlite: SqlRegister) -> None:
    assert sqlite.revision() is not None
    sqlite.close()
    assert sqlite.revision() is None


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:x.sqlite?cache=shared&uri=true",
        "sqlite:///x.sqlite?cache=shared",
        "postgresql+psycopg://lab@localhost/lab",
    ],
)
def test_where_others_may_commit_unseen_nothing_is_told(url: str) -> None:
    assert revision_of(make_url(url)) is None
