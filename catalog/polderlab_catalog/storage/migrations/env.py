"""Alembic's entry: runs within the transaction :mod:`..migrate` opened."""

from alembic import context

from polderlab_catalog.storage.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
