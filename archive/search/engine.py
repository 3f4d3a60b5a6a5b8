"""What the rest of the archive asks of a full-text engine. Knows none of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection, FromClause

from archive.search.grammar import Query


@dataclass(frozen=True, slots=True)
class Document:
    """What is searchable of an article."""

    title: str
    text: str
    keywords: tuple[str, ...] = ()


class Engine(Protocol):
    """An index that lives in the same database and follows in the same transaction."""

    def add(self, connection: Connection, pk: int, document: Document) -> None:
        """Index the article `pk`, which is not in the index."""

    def drop(self, connection: Connection, pk: int) -> None:
        """Take the article `pk` out of the index."""

    def matches(self, query: Query) -> FromClause:
        """Return a selectable of the columns `pk` and `score`, the larger the better."""
