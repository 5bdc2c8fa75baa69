"""Keep allocations per level, and what sessions have used.

Revision ID: 0010
Revises: 0009
"""

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Nothing yet."""
