"""Organisations in the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    ForeignKey,
    RowMapping,
    String,
    Table,
    false,
)

from polderlab_catalog.application import ports
from polderlab_catalog.domain.organisations import (
    Agreement,
    Contact,
    Organisation,
    OrganisationKind,
    OrganisationState,
    Particulars,
    PublicBody,
)
from polderlab_catalog.storage.rows import many, one, upsert
from polderlab_catalog.storage.types import Bilingual, metadata

organisations = Table(
    "organisations",
    metadata,
    Column("slug", String, primary_key=True),
    Column("name", Bilingual, nullable=False),
    Column("kind", String, nullable=False),
    Column("suspended", Boolean, nullable=False),
    Column("identifier", String, nullable=False, server_default=""),
    Column("state", String, nullable=False, server_default="active"),
    Column("agreed_until", Date),
    Column("vetting", Boolean, nullable=False, server_default=false()),
)

particulars = Table(
    "particulars",
    metadata,
    Column("organisation", ForeignKey("organisations.slug"), primary_key=True),
    Column("body", String, nullable=False),
    Column("oin", String, nullable=False),
    Column("contact", JSON, nullable=False),
    Column("privacy_officer", JSON, nullable=False),
    Column("administrator", JSON, nullable=False),
    Column("agreed_from", Date),
    Column("agreement", JSON(none_as_null=True)),
    Column("remark", String, nullable=False),
)


class Organisations(ports.Organisations):
    """Organisations by slug."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, slug: str) -> Organisation | None:
        row = one(self._connection, organisations, organisations.c.slug == slug)
        return organisation_of(row) if row else None

    def some(self, slugs: Collection[str]) -> Mapping[str, Organisation]:
        rows = many(self._connection, organisations, organisations.c.slug.in_(slugs))
        return {row["slug"]: organisation_of(row) for row in rows}

    def waiting(self) -> Sequence[Organisation]:
        submitted = organisations.c.state == OrganisationState.SUBMITTED.value
        return [organisation_of(row) for row in many(self._connection, organisations, submitted)]

    def lead(self) -> Organisation | None:
        is_lead = organisations.c.kind == OrganisationKind.LEAD.value
        rows = many(self._connection, organisations, is_lead)
        return organisation_of(rows[0]) if rows else None

    def all(self) -> Sequence[Organisation]:
        return [organisation_of(row) for row in many(self._connection, organisations)]

    def put(self, organisation: Organisation) -> None:
        upsert(
            self._connection,
            organisations,
            {
                "slug": organisation.slug,
                "name": organisation.name,
                "kind": organisation.kind.value,
                "suspended": organisation.suspended,
                "identifier": organisation.identifier,
                "state": organisation.state.value,
                "agreed_until": organisation.agreed_until,
                "vetting": organisation.vetting,
            },
        )

    def particulars(self, slug: str) -> Particulars | None:
        row = one(self._connection, particulars, particulars.c.organisation == slug)
        return _particulars(row) if row else None

    def put_particulars(self, told: Particulars) -> None:
        agreement = told.agreement
        upsert(
            self._connection,
            particulars,
            {
                "organisation": told.organisation,
                "body": told.body.value,
                "oin": told.oin,
                **{name: [each.name, each.email] for name, each in _contacts(told).items()},
                "agreed_from": told.agreed_from,
                "agreement": agreement
                and [agreement.version, agreement.by, agreement.at.isoformat(), agreement.text],
                "remark": told.remark,
            },
        )


def organisation_of(row: RowMapping) -> Organisation:
    """Return the organisation of a row."""
    return Organisation(
        slug=row["slug"],
        name=row["name"],
        kind=OrganisationKind(row["kind"]),
        suspended=row["suspended"],
        identifier=row["identifier"],
        state=OrganisationState(row["state"]),
        agreed_until=row["agreed_until"],
        vetting=row["vetting"],
    )


def _contacts(told: Particulars) -> dict[str, Contact]:
    return {
        "contact": told.contact,
        "privacy_officer": told.privacy_officer,
        "administrator": told.administrator,
    }


def _particulars(row: RowMapping) -> Particulars:
    stored: dict[str, Any] = {
        **row,
        "body": PublicBody(row["body"]),
        **{name: Contact(*row[name]) for name in ("contact", "privacy_officer", "administrator")},
        "agreement": _agreement(row["agreement"]),
    }
    return Particulars(**stored)


def _agreement(kept: list[str] | None) -> Agreement | None:
    if kept is None:
        return None
    version, by, at, text = kept
    return Agreement(version, by, datetime.fromisoformat(at), text)
