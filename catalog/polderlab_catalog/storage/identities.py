"""Whom accounts are tied to at identity providers, in the database."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    RowMapping,
    String,
    Table,
    UniqueConstraint,
    delete,
)

from polderlab_catalog.application import ports
from polderlab_catalog.domain.identities import Binding, Identity
from polderlab_catalog.storage.rows import one, upsert
from polderlab_catalog.storage.types import Instant, metadata

bindings = Table(
    "identity_bindings",
    metadata,
    Column("username", ForeignKey("people.username"), primary_key=True),
    Column("issuer", String),
    Column("subject", String),
    Column("linked", Boolean, nullable=False),
    Column("bound", Instant),
    UniqueConstraint("issuer", "subject"),
)


class Identities(ports.Identities):
    """Bindings by account and by identity."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, username: str) -> Binding | None:
        row = one(self._connection, bindings, bindings.c.username == username)
        return _binding(row) if row else None

    def find(self, identity: Identity) -> Binding | None:
        row = one(
            self._connection,
            bindings,
            bindings.c.issuer == identity.issuer,
            bindings.c.subject == identity.subject,
        )
        return _binding(row) if row else None

    def put(self, binding: Binding) -> None:
        upsert(
            self._connection,
            bindings,
            {
                "username": binding.username,
                "issuer": binding.identity.issuer if binding.identity else None,
                "subject": binding.identity.subject if binding.identity else None,
                "linked": binding.linked,
                "bound": binding.bound,
            },
        )

    def remove(self, username: str) -> bool:
        statement = delete(bindings).where(bindings.c.username == username)
        return self._connection.execute(statement).rowcount > 0


def _binding(row: RowMapping) -> Binding:
    bound = row["issuer"] is not None
    identity = Identity(row["issuer"], row["subject"]) if bound else None
    return Binding(row["username"], identity, row["linked"], row["bound"])
