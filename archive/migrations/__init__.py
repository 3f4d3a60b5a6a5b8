"""The schema's history: one module a revision, run by Alembic on a connection that the caller holds."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from archive.search import sqlite


def configuration(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration for this package; no file of its own is needed."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    if connection is not None:
        config.attributes["connection"] = connection
    return config


def head() -> str | None:
    """Return the newest revision that this software has."""
    return ScriptDirectory.from_config(configuration()).get_current_head()


def upgrade(connection: Connection, revision: str) -> None:
    """Bring the schema to `revision` within the transaction of `connection`."""
    command.upgrade(configuration(connection), revision)


def is_ours(name: str | None, kind: str) -> bool:
    """Whether a table is described by `archive.models`: the full-text tables are not."""
    return not (kind == "table" and name is not None and name.startswith(sqlite.TABLE))
