"""Alembic's way in. The connection is handed over by `migrations.run`, never read from a file."""

from alembic import context

from runtime.schema import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=False,
)
with context.begin_transaction():
    context.run_migrations()
