"""Keep harvests, what they described, and the public identifiers of organisations.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add two tables, and a column that is empty for the organisations there are."""
    op.create_table(
        "harvests",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("last", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_harvests"),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisations.slug"], name="fk_harvests_organisation"
        ),
    )
    op.create_table(
        "harvested",
        sa.Column("harvest", sa.String(), nullable=False),
        sa.Column("uri", sa.String(), nullable=False),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("harvest", "uri", name="pk_harvested"),
        sa.ForeignKeyConstraint(["harvest"], ["harvests.id"], name="fk_harvested_harvest"),
        sa.ForeignKeyConstraint(["dataset"], ["datasets.name"], name="fk_harvested_dataset"),
        sa.UniqueConstraint("dataset", name="uq_harvested_dataset"),
    )
    op.add_column(
        "organisations", sa.Column("identifier", sa.String(), nullable=False, server_default="")
    )
