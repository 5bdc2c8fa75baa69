"""Keep invitations, and what is known of organisations and people.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add two tables and some columns: whoever is in the lab already stays as they are."""
    op.add_column(
        "organisations", sa.Column("state", sa.String(), nullable=False, server_default="active")
    )
    op.add_column("organisations", sa.Column("agreed_until", sa.Date(), nullable=True))
    op.add_column(
        "organisations",
        sa.Column("vetting", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("people", sa.Column("email", sa.String(), nullable=False, server_default=""))
    op.add_column(
        "people", sa.Column("vetting", sa.String(), nullable=False, server_default="not-needed")
    )
    op.add_column("people", sa.Column("vetted_by", sa.String(), nullable=False, server_default=""))
    op.add_column("people", sa.Column("vetted", sa.DateTime(timezone=True), nullable=True))
    op.add_column("memberships", sa.Column("until", sa.Date(), nullable=True))
    op.create_table(
        "particulars",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("oin", sa.String(), nullable=False),
        sa.Column("contact", sa.JSON(), nullable=False),
        sa.Column("privacy_officer", sa.JSON(), nullable=False),
        sa.Column("administrator", sa.JSON(), nullable=False),
        sa.Column("agreed_from", sa.Date(), nullable=True),
        sa.Column("agreement", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("remark", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("organisation", name="pk_particulars"),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisations.slug"], name="fk_particulars_organisation"
        ),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("invited_by", sa.String(), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("used", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisations.slug"], name="fk_invitations_organisation"
        ),
        sa.UniqueConstraint("token_hash", name="uq_invitations_token_hash"),
    )
    op.create_index("ix_invitations_organisation", "invitations", ["organisation"])
