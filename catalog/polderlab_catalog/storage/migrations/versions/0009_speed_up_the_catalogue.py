"""Make the catalogue quick with very many datasets.

Revision ID: 0009
Revises: 0008
"""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Nothing yet."""
