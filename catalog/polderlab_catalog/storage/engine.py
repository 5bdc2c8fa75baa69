"""How the databases are opened, and what makes their write transactions serial."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text

BUSY_MILLISECONDS = 30_000
_BEGIN = "polderlab_begin"
_LOCK = 0x706F6C646572
"""Key of the advisory lock all writers of one PostgreSQL database take ("polder")."""


def open_engine(url: str) -> Engine:
    """Return an engine for ``url`` (``sqlite:///…`` or ``postgresql+psycopg://…``)."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        return _sqlite(create_engine(parsed))
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return create_engine(parsed, pool_pre_ping=True)


def for_reading(engine: Engine) -> Engine:
    """Return ``engine`` for transactions that see one moment and change nothing."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{_BEGIN: "BEGIN"})
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def for_writing(engine: Engine) -> Engine:
    """Return ``engine`` for transactions that go one after the other; see :func:`serialise`."""
    return engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})


def serialise(connection: Connection) -> None:
    """Wait, at the start of a write transaction, until no other is under way.

    SQLite does this itself (BEGIN IMMEDIATE). PostgreSQL gets an advisory lock that ends with
    the transaction: simpler than SERIALIZABLE with retries, and the writes here are short.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _sqlite(engine: Engine) -> Engine:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        # Python's own transaction handling off: "begin" below decides.
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout = {BUSY_MILLISECONDS}",
            "journal_mode = WAL",
            # FULL, not NORMAL: once bytes have left, their log line must outlive a power cut.
            "synchronous = FULL",
            "foreign_keys = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        connection.exec_driver_sql(options.get(_BEGIN, "BEGIN"))

    return engine
