"""Keep who each archive is for and who signed for it, and that a leaving was called off.

Revision ID: 0016
Revises: 0015
"""

from datetime import UTC
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

records = sa.table(
    "offboardings",
    sa.column("id", sa.String()),
    sa.column("organisation", sa.String()),
    sa.column("folders", sa.JSON()),
    sa.column("received_by", sa.String()),
    sa.column("signed_by", sa.String()),
    sa.column("signed", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    """Move the signature from the record to each of its archives."""
    op.add_column(
        "offboardings", sa.Column("called_off", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "offboardings",
        sa.Column("called_off_by", sa.String(), nullable=False, server_default=""),
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(records)).mappings().all():
        connection.execute(
            records.update()
            .where(records.c.id == row["id"])
            .values(folders=[_signed(dict(folder), dict(row)) for folder in row["folders"]])
        )
    for column in ("received_by", "signed_by", "signed"):
        op.execute(f"ALTER TABLE offboardings DROP COLUMN {column}")


def _signed(folder: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    # What is in a project is its owner's, and a project is offboarded by those who own it. Homes
    # that are not packed yet are looked at again, so that they are packed one by one.
    if folder["kind"] == "person-homes" and folder["state"] == "frozen":
        folder["state"] = "open"
    signed = record["signed"]
    if signed is not None and signed.tzinfo is None:  # SQLite keeps no time zone
        signed = signed.replace(tzinfo=UTC)
    return {
        **folder,
        "owner": record["organisation"],
        "received_by": record["received_by"],
        "signed_by": record["signed_by"],
        "signed": signed.isoformat() if signed else None,
    }
