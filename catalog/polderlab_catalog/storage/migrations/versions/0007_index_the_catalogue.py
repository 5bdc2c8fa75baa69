"""Index the catalogue for search, and what it holds already.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

from polderlab_catalog.storage import search_again, word_index

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables, and fill them from the register."""
    op.create_table(
        "search",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column("packed", sa.BigInteger(), nullable=False),
        sa.Column("title_nl", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_search"),
        sa.UniqueConstraint("dataset", name="uq_search_dataset"),
    )
    for column in ("title_nl", "title_en"):
        op.create_index(f"ix_search_{column}", "search", [column], unique=False)
    op.create_index("ix_search_packed_id", "search", ["packed", "id"], unique=False)
    op.create_table(
        "search_values",
        sa.Column("facet", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("facet", "value", name="pk_search_values"),
    )
    postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in word_index.POSTGRESQL if postgresql else word_index.SQLITE:
        op.execute(statement)
    search_again.index_everything(op.get_bind())
