"""Keep project proposals and what their register of processing says.

Revision ID: 0012
Revises: 0011
"""

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Nothing yet."""
