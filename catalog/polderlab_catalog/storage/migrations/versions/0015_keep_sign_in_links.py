"""Keep what signing in needs beside passwords.

Revision ID: 0015
Revises: 0014
"""

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Nothing yet."""
