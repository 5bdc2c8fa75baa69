"""Keep whom at an identity provider an account belongs to.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Nobody is bound yet: who signs in first after this is."""
    op.create_table(
        "identity_bindings",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("linked", sa.Boolean(), nullable=False),
        sa.Column("bound", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("username", name="pk_identity_bindings"),
        sa.ForeignKeyConstraint(
            ["username"], ["people.username"], name="fk_identity_bindings_username"
        ),
        sa.UniqueConstraint("issuer", "subject", name="uq_identity_bindings_issuer_subject"),
    )
