"""Failed tries and password links in the database."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Column, Connection, ForeignKey, Integer, String, Table, delete

from polderlab_catalog.application import ports
from polderlab_catalog.domain.sign_ins import PasswordLink, Tries
from polderlab_catalog.storage.rows import one, upsert
from polderlab_catalog.storage.types import Instant, metadata

tries_table = Table(
    "sign_in_tries",
    metadata,
    Column("subject", String, primary_key=True),
    Column("failed", Integer, nullable=False),
    Column("last", Instant, index=True),
    Column("locked_until", Instant),
)

links_table = Table(
    "password_links",
    metadata,
    Column("username", ForeignKey("people.username"), primary_key=True),
    Column("key_hash", String, nullable=False, unique=True),
    Column("expires", Instant, nullable=False),
)


class SignIns(ports.SignIns):
    """Tries by subject, links by person and by key."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def tries(self, subject: str) -> Tries | None:
        row = one(self._connection, tries_table, tries_table.c.subject == subject)
        return Tries(**row) if row else None

    def put_tries(self, tries: Tries) -> None:
        upsert(self._connection, tries_table, asdict(tries))

    def remove_tries(self, subject: str) -> bool:
        statement = delete(tries_table).where(tries_table.c.subject == subject)
        return self._connection.execute(statement).rowcount > 0

    def forget_tries(self, before: datetime) -> None:
        self._connection.execute(delete(tries_table).where(tries_table.c.last < before))

    def link(self, key_hash: str) -> PasswordLink | None:
        row = one(self._connection, links_table, links_table.c.key_hash == key_hash)
        return PasswordLink(**row) if row else None

    def put_link(self, link: PasswordLink) -> None:
        upsert(self._connection, links_table, asdict(link))

    def remove_link(self, username: str) -> bool:
        statement = delete(links_table).where(links_table.c.username == username)
        return self._connection.execute(statement).rowcount > 0
