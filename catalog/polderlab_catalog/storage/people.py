"""People and their local credentials in the database."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    RowMapping,
    String,
    Table,
)

from polderlab_catalog.application import ports
from polderlab_catalog.domain.people import Credentials, LabRole, Person, Vetting
from polderlab_catalog.storage.rows import many, one, upsert
from polderlab_catalog.storage.types import Instant, metadata

people = Table(
    "people",
    metadata,
    Column("username", String, primary_key=True),
    Column("display_name", String, nullable=False),
    Column("organisation", ForeignKey("organisations.slug"), nullable=False, index=True),
    Column("roles", JSON, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("email", String, nullable=False, server_default=""),
    Column("vetting", String, nullable=False, server_default="not-needed"),
    Column("vetted_by", String, nullable=False, server_default=""),
    Column("vetted", Instant),
)

credentials_table = Table(
    "credentials",
    metadata,
    Column("username", ForeignKey("people.username"), primary_key=True),
    Column("password_hash", String, nullable=False),
)


class People(ports.People):
    """People by username."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, username: str) -> Person | None:
        row = one(self._connection, people, people.c.username == username)
        return person_of(row) if row else None

    def all(self, *, organisation: str | None = None) -> Sequence[Person]:
        where = [] if organisation is None else [people.c.organisation == organisation]
        return [person_of(row) for row in many(self._connection, people, *where)]

    def waiting(self) -> Sequence[Person]:
        waits = people.c.vetting == Vetting.WAITING.value
        return [person_of(row) for row in many(self._connection, people, waits, people.c.active)]

    def put(self, person: Person) -> None:
        upsert(
            self._connection,
            people,
            {
                "username": person.username,
                "display_name": person.display_name,
                "organisation": person.organisation,
                "roles": sorted(role.value for role in person.roles),
                "active": person.active,
                "email": person.email,
                "vetting": person.vetting.value,
                "vetted_by": person.vetted_by,
                "vetted": person.vetted,
            },
        )

    def credentials(self, username: str) -> Credentials | None:
        row = one(self._connection, credentials_table, credentials_table.c.username == username)
        return Credentials(**row) if row else None

    def put_credentials(self, credentials: Credentials) -> None:
        upsert(
            self._connection,
            credentials_table,
            {"username": credentials.username, "password_hash": credentials.password_hash},
        )


def person_of(row: RowMapping) -> Person:
    """Return the person of a row."""
    return Person(
        username=row["username"],
        display_name=row["display_name"],
        organisation=row["organisation"],
        roles=frozenset(LabRole(role) for role in row["roles"]),
        active=row["active"],
        email=row["email"],
        vetting=Vetting(row["vetting"]),
        vetted_by=row["vetted_by"],
        vetted=row["vetted"],
    )
