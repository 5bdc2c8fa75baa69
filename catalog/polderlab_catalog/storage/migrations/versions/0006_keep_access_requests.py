"""Keep access requests.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table; a dataset and a project have one open request at most."""
    op.create_table(
        "access_requests",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("legal_basis", sa.String(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("approvals", sa.JSON(), nullable=False),
        sa.Column("messages", sa.JSON(), nullable=False),
        sa.Column("scope", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("granted_until", sa.Date(), nullable=True),
        sa.Column("conditions", sa.String(), nullable=False),
        sa.Column("decided", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset"], ["datasets.name"], name=op.f("fk_access_requests_dataset")
        ),
        sa.ForeignKeyConstraint(
            ["project"], ["projects.slug"], name=op.f("fk_access_requests_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_requests")),
    )
    for column in ("dataset", "project", "state"):
        op.create_index(op.f(f"ix_access_requests_{column}"), "access_requests", [column])
    is_open = sa.text("state IN ('open', 'questioned')")
    op.create_index(
        "uq_access_requests_open",
        "access_requests",
        ["dataset", "project"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
