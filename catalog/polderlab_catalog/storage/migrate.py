"""Bring a database to the newest schema."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine

from polderlab_catalog.storage.engine import for_writing, serialise


def upgrade(engine: Engine) -> None:
    """Run the migrations that are still to be run, all in one transaction.

    Two processes that start at once take turns; the second finds nothing left to do.
    """
    with for_writing(engine).begin() as connection:
        serialise(connection)
        command.upgrade(config(connection), "head")


def config(connection: Connection) -> Config:
    """Return Alembic's configuration for ``connection``; there is no ini file."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    settings.attributes["connection"] = connection
    return settings
