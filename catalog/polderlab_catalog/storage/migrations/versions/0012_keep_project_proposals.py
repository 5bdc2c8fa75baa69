"""Keep project proposals and what their register of processing says.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the table of proposals."""
    op.create_table(
        "proposals",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("remarks", sa.JSON(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_proposals"),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisations.slug"], name="fk_proposals_organisation"
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["people.username"], name="fk_proposals_proposed_by"
        ),
    )
    for column in ("organisation", "proposed_by", "state", "project"):
        op.create_index(f"ix_proposals_{column}", "proposals", [column])
