"""Keep invitations, and what is known of organisations and people.

Revision ID: 0011
Revises: 0010
"""

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Nothing yet."""
