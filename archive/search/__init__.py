"""Full-text search: one analyzer and one grammar for all engines, and one module an engine.

analyzer   text -> tokens with their place in the text
grammar    what a user typed -> a small tree of tokens
sqlite     the tree -> FTS5; keeps the index
snippets   the tree and a text -> the part of the text worth showing
"""

from __future__ import annotations

from archive.errors import StorageError
from archive.search.engine import Document, Engine
from archive.search.sqlite import Fts5

__all__ = ["Document", "Engine", "engine_for"]


def engine_for(dialect: str) -> Engine:
    """Return the engine of a database, by the name of its dialect."""
    if dialect == "sqlite":
        return Fts5()
    raise StorageError(f"there is no full-text search for databases of the kind {dialect!r}")
