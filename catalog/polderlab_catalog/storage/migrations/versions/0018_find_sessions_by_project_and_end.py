"""Find the sessions of projects by when they ended.

Revision ID: 0018
Revises: 0017
"""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Let what an organisation used this month be found without looking at all others' sessions."""
    op.create_index("ix_sessions_project_closed", "sessions", ["project", "closed"])
    op.drop_index("ix_sessions_closed", "sessions")
