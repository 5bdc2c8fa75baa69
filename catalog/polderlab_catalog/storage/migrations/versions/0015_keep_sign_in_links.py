"""Keep what signing in needs beside passwords.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Count failed tries by name and address, whether or not the name is an account's."""
    op.create_table(
        "sign_in_tries",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("last", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("subject", name="pk_sign_in_tries"),
    )
    op.create_index("ix_sign_in_tries_last", "sign_in_tries", ["last"])
    op.create_table(
        "password_links",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("username", name="pk_password_links"),
        sa.ForeignKeyConstraint(
            ["username"], ["people.username"], name="fk_password_links_username"
        ),
        sa.UniqueConstraint("key_hash", name="uq_password_links_key_hash"),
    )
    # They counted for accounts alone; what they held back is forgotten within the hour anyway.
    op.execute("ALTER TABLE credentials DROP COLUMN failed")
    op.execute("ALTER TABLE credentials DROP COLUMN locked_until")
