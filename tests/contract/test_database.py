"""What only a database can do wrong, on SQLite and PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from tests.fakes.world import PEOPLE, World

from polderlab_catalog.application.errors import Unavailable
from polderlab_catalog.storage.migrate import upgrade
from polderlab_catalog.storage.register import SqlRegister
from polderlab_catalog.storage.tables import metadata


def execute(register: SqlRegister, *statements: str) -> None:
    with register.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def no_word_index(name: str | None, type_: str, _parents: object) -> bool:
    """The word index is the database's own affair: no two make it alike."""
    return type_ != "table" or not str(name).startswith("search_words")


def unlock(register: SqlRegister) -> None:
    """Do what somebody with the database's own password could do."""
    if register.engine.dialect.name == "postgresql":
        execute(register, "DROP TRIGGER audit_log_append_only ON audit_log")
    else:
        execute(register, "DROP TRIGGER audit_log_no_update", "DROP TRIGGER audit_log_no_delete")


def test_the_migrations_make_what_the_code_expects(sql: SqlRegister) -> None:
    with sql.engine.connect() as connection:
        options = {"compare_type": True, "include_name": no_word_index}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_migrating_again_changes_nothing(sql: SqlRegister) -> None:
    World(sql)
    upgrade(sql.engine)
    with sql.read() as t:
        assert len(t.people.all()) == len(PEOPLE)


def test_two_that_start_at_once_both_find_the_schema(unmigrated: SqlRegister) -> None:
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda _: upgrade(unmigrated.engine), range(2)))
    World(unmigrated)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET actor = 'person:somebody-else' WHERE number = 3",
        "DELETE FROM audit_log WHERE number = 3",
        "DELETE FROM audit_log",
    ],
)
def test_the_database_refuses_to_touch_the_log(sql: SqlRegister, statement: str) -> None:
    world = World(sql)
    before = world.audit.verify()
    with pytest.raises(DBAPIError, match="append-only"):
        execute(sql, statement)
    assert world.audit.verify() == before


@pytest.mark.parametrize("sql", ["postgresql"], indirect=True)
def test_postgresql_does_not_truncate_the_log_either(sql: SqlRegister) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        execute(sql, "TRUNCATE audit_log")


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE audit_log SET actor = 'person:x' WHERE number = 3", "line 3 was changed"),
        ("UPDATE audit_log SET details = '{\"a\": 1}' WHERE number = 4", "line 4 was changed"),
        ("UPDATE audit_log SET at = '2020-01-01 00:00:00' WHERE number = 3", "line 3 was changed"),
        ("DELETE FROM audit_log WHERE number = 5", "line 5 is missing"),
        ("UPDATE audit_log SET previous = hash WHERE number = 6", "does not follow"),
        ("UPDATE audit_log SET hash = 'x' WHERE number = 7", "line 7 was changed"),
    ],
)
def test_tampering_shows(sql: SqlRegister, statement: str, reason: str) -> None:
    world = World(sql)
    assert world.audit.verify().ok
    unlock(sql)
    execute(sql, statement)
    found = world.audit.verify()
    assert not found.ok
    assert reason in found.reason
    assert found.first_bad == found.count + 1


def test_the_database_itself_holds_one_open_session_per_person_and_project(
    sql: SqlRegister,
) -> None:
    world = World(sql)
    world.plan("rivierstad-analyst", "river-access")
    columns = "username, project, image, size, cpus, memory_bytes, state, started, language"
    copy = (
        f"INSERT INTO sessions (id, token_hash, close_reason, {columns}) "
        f"SELECT 'other', 'other', '', {columns} FROM sessions"
    )
    with pytest.raises(IntegrityError):
        execute(sql, copy)


def test_a_moment_without_a_time_zone_is_not_stored(sql: SqlRegister) -> None:
    world = World(sql)
    plan = world.plan("rivierstad-analyst", "river-access")
    world.clock.now = datetime(2026, 1, 1)  # noqa: DTZ001
    with pytest.raises(Exception, match="without a time zone"):
        world.sessions.close(plan.session, "stop")
    world.clock.now = datetime(2026, 1, 1, tzinfo=UTC)
    world.sessions.close(plan.session, "stop")


@pytest.mark.parametrize("url", ["postgresql://nobody@/lab?host={}", "sqlite:///{}"])
def test_a_database_that_is_away_is_said_to_be_away(tmp_path: Path, url: str) -> None:
    # A folder: no socket lives in it, and it is no file either.
    register = SqlRegister(url.format(tmp_path))
    with pytest.raises(Unavailable, match="Try again"), register.read():
        pass
    with pytest.raises(Unavailable, match="Try again"), register.write():
        pass
    register.close()
