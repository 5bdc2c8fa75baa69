"""Keep ingests and quality runs.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make both tables."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "ingests",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("created", instant, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("confirm", sa.Boolean(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("preview", sa.JSON(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("note", sa.JSON(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("derived_from", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("started", instant, nullable=True),
        sa.Column("heartbeat", instant, nullable=True),
        sa.Column("finished", instant, nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_ingests"),
        sa.ForeignKeyConstraint(["dataset"], ["datasets.name"], name="fk_ingests_dataset"),
    )
    op.create_index("ix_ingests_state", "ingests", ["state"])
    op.create_index("ix_ingests_dataset_created", "ingests", ["dataset", "created"])
    op.create_table(
        "quality_runs",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("results", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_quality_runs"),
        sa.ForeignKeyConstraint(["dataset"], ["datasets.name"], name="fk_quality_runs_dataset"),
    )
    op.create_index("ix_quality_runs_dataset_number", "quality_runs", ["dataset", "number"])
