"""Make the catalogue quick with very many datasets.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Tell what is public, and what a project may read, from an index alone."""
    op.create_index(
        "ix_datasets_classification_name", "datasets", ["classification", "name"], unique=False
    )
    op.drop_index("ix_grants_project", "grants")
    told = ["project", "dataset", "starts", "ends", "revoked"]
    op.create_index("ix_grants_project", "grants", told, unique=False)
