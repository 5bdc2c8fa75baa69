"""Keep the report of each organisation and month.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add a table whose rows stay as they are, whoever asks."""
    op.create_table(
        "reports",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("projects", sa.JSON(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("total", sa.String(), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "month", name="pk_reports"),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisations.slug"], name="fk_reports_organisation"
        ),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION reports_are_kept() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'a kept report does not change'; END $$"
        )
        op.execute(
            "CREATE TRIGGER reports_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON reports "
            "FOR EACH STATEMENT EXECUTE FUNCTION reports_are_kept()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER reports_no_{verb.lower()} BEFORE {verb} ON reports "
            "BEGIN SELECT RAISE(ABORT, 'a kept report does not change'); END"
        )
