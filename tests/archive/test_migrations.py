"""The migrations make exactly the schema that the models describe."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from archive import db, migrations
from archive.db import Database
from archive.models import Base


def test_from_empty_the_schema_is_that_of_the_models(database: Database) -> None:
    options = {"include_name": lambda name, kind, _parents: migrations.is_ours(name, kind)}
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_the_models_forget_no_table_but_those_of_the_full_text(database: Database) -> None:
    statement = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'article_words%'"
    with database.read() as connection:
        names = set(connection.scalars(text(statement)))
    assert names == {*Base.metadata.tables, "alembic_version"}


def test_the_software_works_with_the_newest_revision() -> None:
    assert migrations.head() == db.REVISION
