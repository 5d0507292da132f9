"""Alembic's entry: runs the migrations on the connection that it is handed, inside its transaction."""

from alembic import context

from pipeline.ledger.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite")
context.run_migrations()
