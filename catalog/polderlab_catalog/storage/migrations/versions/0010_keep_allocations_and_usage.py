"""Keep allocations per level, and what sessions have used.

Revision ID: 0010
Revises: 0009
"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the tables, move the limits there are into them, and say when sessions were seen."""
    allocations = op.create_table(
        "allocations",
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("limits", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("level", name="pk_allocations"),
    )
    op.create_table(
        "extensions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("amount", sa.Float(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_extensions"),
    )
    op.create_index("ix_extensions_level", "extensions", ["level"])
    op.create_table(
        "disk_samples",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "kind", "name", name="pk_disk_samples"),
    )
    moved = [*_organisations(), *_projects()]
    if moved:
        op.bulk_insert(allocations, moved)
    for column in ("cpus", "memory_bytes", "sessions"):
        op.drop_column("organisations", column)
    op.drop_column("projects", "sessions")
    op.add_column("sessions", sa.Column("seen", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sessions", sa.Column("stop_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "sessions", sa.Column("stop_reason", sa.String(), nullable=False, server_default="")
    )
    op.add_column("sessions", sa.Column("microseconds", sa.BigInteger(), nullable=True))
    op.create_index("ix_sessions_closed", "sessions", ["closed"])
    _measure()


def _measure() -> None:
    """Say of the sessions that ended how long they were there."""
    moment = sa.DateTime(timezone=True)
    table = sa.table(
        "sessions",
        sa.column("id", sa.String()),
        sa.column("started", moment),
        sa.column("closed", moment),
        sa.column("microseconds", sa.BigInteger()),
    )
    ended = op.get_bind().execute(sa.select(table).where(table.c.closed.is_not(None)))
    for row in ended.all():
        held = (row.closed - row.started) // timedelta(microseconds=1)
        op.execute(sa.update(table).where(table.c.id == row.id).values(microseconds=held))


def _organisations() -> list[dict[str, object]]:
    rows = op.get_bind().execute(
        sa.text("SELECT slug, cpus, memory_bytes, sessions FROM organisations")
    )
    return [
        {
            "level": f"organisation:{slug}",
            "limits": {"cpus": cpus, "memory_bytes": memory_bytes, "sessions": sessions},
        }
        for slug, cpus, memory_bytes, sessions in rows
    ]


def _projects() -> list[dict[str, object]]:
    rows = op.get_bind().execute(sa.text("SELECT slug, sessions FROM projects"))
    return [
        {"level": f"project:{slug}", "limits": {"sessions": sessions}} for slug, sessions in rows
    ]
