"""What Alembic runs: the migrations, on the connection that `archive.migrations.upgrade` was given."""

from __future__ import annotations

from alembic import context

from archive.migrations import is_ours
from archive.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    include_name=lambda name, kind, _parents: is_ours(name, kind),
)
with context.begin_transaction():
    context.run_migrations()
