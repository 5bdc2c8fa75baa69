"""Describe datasets fully, and keep scopes, roles and origins.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns; what stands in the register gets their defaults."""
    for name in ("place", "contact", "frequency", "hvd_category", "remote"):
        op.add_column("datasets", sa.Column(name, sa.String(), nullable=False, server_default=""))
    for column in (
        sa.Column("language", sa.String(), nullable=False, server_default="NLD"),
        sa.Column("starts", sa.Date(), nullable=True),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.Column("open_download", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("checks", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("on_failure", sa.String(), nullable=False, server_default="mark"),
    ):
        op.add_column("datasets", column)
    for column in (
        sa.Column("withdrawn_reason", sa.String(), nullable=False, server_default=""),
        sa.Column("project", sa.String(), nullable=False, server_default=""),
        sa.Column("derived_from", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("marked", sa.Boolean(), nullable=False, server_default=sa.false()),
    ):
        op.add_column("versions", column)
    op.add_column(
        "distributions", sa.Column("role", sa.String(), nullable=False, server_default="data")
    )
    for column in (
        sa.Column("scope", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("conditions", sa.String(), nullable=False, server_default=""),
        sa.Column("request", sa.String(), nullable=True),
    ):
        op.add_column("grants", column)
