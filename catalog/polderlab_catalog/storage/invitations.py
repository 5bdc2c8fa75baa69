"""Invitations in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import JSON, Column, Connection, ForeignKey, RowMapping, String, Table

from polderlab_catalog.application import ports
from polderlab_catalog.domain.invitations import Invitation, InvitationKind, Place
from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.domain.projects import MemberRole
from polderlab_catalog.storage.rows import many, one, upsert
from polderlab_catalog.storage.types import Instant, metadata

invitations = Table(
    "invitations",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("organisation", ForeignKey("organisations.slug"), nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("email", String, nullable=False),
    Column("token_hash", String, nullable=False, unique=True),
    Column("invited_by", String, nullable=False),
    Column("made", Instant, nullable=False),
    Column("expires", Instant, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("places", JSON, nullable=False),
    Column("username", String, nullable=False),
    Column("used", Instant),
    Column("withdrawn", Instant),
)


class Invitations(ports.Invitations):
    """Invitations by id, token hash and organisation."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, invitation_id: str) -> Invitation | None:
        row = one(self._connection, invitations, invitations.c.id == invitation_id)
        return _invitation(row) if row else None

    def by_token_hash(self, token_hash: str) -> Invitation | None:
        row = one(self._connection, invitations, invitations.c.token_hash == token_hash)
        return _invitation(row) if row else None

    def find(self, *, organisation: str) -> Sequence[Invitation]:
        where = invitations.c.organisation == organisation
        order = (invitations.c.made.desc(), invitations.c.id.desc())
        return [_invitation(r) for r in many(self._connection, invitations, where, order=order)]

    def put(self, invitation: Invitation) -> None:
        upsert(
            self._connection,
            invitations,
            {
                "id": invitation.id,
                "kind": invitation.kind.value,
                "organisation": invitation.organisation,
                "name": invitation.name,
                "email": invitation.email,
                "token_hash": invitation.token_hash,
                "invited_by": invitation.invited_by,
                "made": invitation.made,
                "expires": invitation.expires,
                "roles": sorted(role.value for role in invitation.roles),
                "places": [[each.project, each.role.value] for each in invitation.places],
                "username": invitation.username,
                "used": invitation.used,
                "withdrawn": invitation.withdrawn,
            },
        )


def _invitation(row: RowMapping) -> Invitation:
    stored: dict[str, Any] = {
        **row,
        "kind": InvitationKind(row["kind"]),
        "roles": frozenset(LabRole(role) for role in row["roles"]),
        "places": tuple(Place(project, MemberRole(role)) for project, role in row["places"]),
    }
    return Invitation(**stored)
