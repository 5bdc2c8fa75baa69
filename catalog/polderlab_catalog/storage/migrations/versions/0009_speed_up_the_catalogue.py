"""Make the catalogue quick with very many datasets.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

from polderlab_catalog.storage import search_again, word_index

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Tell what is public, what a project may read and the order by title from an index alone."""
    op.create_index(
        "ix_datasets_classification_name", "datasets", ["classification", "name"], unique=False
    )
    op.drop_index("ix_grants_project", "grants")
    told = ["project", "dataset", "starts", "ends", "revoked"]
    op.create_index("ix_grants_project", "grants", told, unique=False)
    for column in ("title_nl", "title_en"):
        op.drop_index(f"ix_search_{column}", "search")
        op.create_index(f"ix_search_{column}_id", "search", [column, "id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        _lay_out_words_anew()


def _lay_out_words_anew() -> None:
    columns = sa.inspect(op.get_bind()).get_columns("search_words")
    if any(each["name"] == "packed" for each in columns):
        return  # made today
    for statement in ("DROP TABLE search_words", *word_index.POSTGRESQL, "DELETE FROM search"):
        op.execute(statement)
    search_again.index_everything(op.get_bind())
