"""Which articles a query means, in which order, and what to show of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from archive.db import Database
from archive.errors import BadInputError
from archive.models import AddressRow, ArticleRow, VersionRow
from archive.search import grammar
from archive.search.snippets import Snippet, snippet

#: Most hits that one answer holds.
MAX_LIMIT = 1000


class Sort(StrEnum):
    """Order of hits; ties are broken by date, the newest first, then by id."""

    RELEVANCE = "relevance"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class ArticleQuery:
    """What somebody looks for. Everything that is given has to be met.

    Raises BadInputError when a value cannot be meant.
    """

    #: In the language of `archive.search.grammar`; empty: every article, the newest first.
    text: str = ""
    #: Label, id or folder of a section that the article stands in at any of its addresses.
    section: str | None = None
    #: Id of a source.
    source: str | None = None
    #: Publication dates, both included; an article without a date meets neither.
    date_from: date | None = None
    date_to: date | None = None
    #: Who first published it, as printed, in any case.
    source_name: str | None = None
    sort: str = Sort.RELEVANCE
    limit: int = 20
    offset: int = 0

    def __post_init__(self) -> None:
        if self.sort not in tuple(Sort):
            raise BadInputError(f"cannot sort by {self.sort!r}; sort by {' or '.join(Sort)}")
        if not 1 <= self.limit <= MAX_LIMIT:
            raise BadInputError(f"limit must be between 1 and {MAX_LIMIT}, not {self.limit}")
        if not 0 <= self.offset < 2**31:
            raise BadInputError(f"offset must not be negative or beyond all bounds: {self.offset}")
        if self.date_from and self.date_to and self.date_from > self.date_to:
            raise BadInputError(f"no day lies from {self.date_from} to {self.date_to}; exchange them")


@dataclass(frozen=True, slots=True)
class Hit:
    """One search result."""

    id: str
    url: str
    title: str
    published: date | None
    section: str | None
    #: The larger the better; comparable within one answer only; 0 when no words were asked for.
    score: float
    snippet: Snippet


@dataclass(frozen=True, slots=True)
class Hits:
    """The answer to a query: how many articles it means, and those asked for."""

    total: int
    hits: tuple[Hit, ...]


def find(database: Database, query: ArticleQuery) -> Hits:
    """Return the articles that a query means.

    Raises BadQueryError when its words mean nothing, BadInputError when it names a section, source or source
    name of which nothing is kept.
    """
    words = parse(query)
    with database.read() as connection:
        chosen = selection(database, connection, query, words)
        total = connection.scalar(select(func.count()).select_from(chosen.order_by(None).subquery())) or 0
        rows = _rows(connection, chosen.limit(query.limit).offset(query.offset))
    return Hits(total, tuple(_hit(row, words) for row in rows))


def parse(query: ArticleQuery) -> grammar.Query | None:
    """Read the words of a query; None when there are none."""
    return grammar.parse(query.text) if query.text.strip() else None


def selection(
    database: Database, connection: Connection, query: ArticleQuery, words: grammar.Query | None
) -> Select[Any]:
    """Return keys and scores of the articles that a query means, in its order."""
    undated = ArticleRow.published.is_(None)
    by_date = (undated, ArticleRow.published.desc(), ArticleRow.id)
    if words is None:
        return select(ArticleRow.pk).where(*filters(connection, query)).order_by(*by_date)
    matches = database.search.matches(words)
    order = by_date if query.sort == Sort.DATE else (matches.c.score.desc(), *by_date)
    return (
        select(ArticleRow.pk, matches.c.score)
        .join(matches, matches.c.pk == ArticleRow.pk)
        .where(*filters(connection, query))
        .order_by(*order)
    )


def _rows(connection: Connection, chosen: Select[Any]) -> Sequence[Any]:
    """Return what hits show, in order: texts are read for the shown ones only."""
    scores = {row[0]: row[1] if len(row) > 1 else 0.0 for row in connection.execute(chosen)}
    columns = (ArticleRow.pk, ArticleRow.id, ArticleRow.url, ArticleRow.title, ArticleRow.published)
    found = connection.execute(
        select(*columns, ArticleRow.section, VersionRow.text)
        .join(VersionRow, VersionRow.pk == ArticleRow.version_pk)
        .where(ArticleRow.pk.in_(scores))
    )
    rows = {row.pk: (row, scores[row.pk]) for row in found}
    return [rows[pk] for pk in scores]


def _hit(found: tuple[Any, float], words: grammar.Query | None) -> Hit:
    row, score = found
    return Hit(
        id=row.id,
        url=row.url,
        title=row.title,
        published=row.published,
        section=row.section,
        score=round(score, 6),
        snippet=snippet(row.text, words),
    )


def filters(connection: Connection, query: ArticleQuery) -> list[ColumnElement[bool]]:
    """Return what an article has to meet, the words of the query apart."""
    filters: list[ColumnElement[bool]] = [ArticleRow.version_pk.is_not(None)]
    if query.date_from:
        filters.append(ArticleRow.published >= query.date_from)
    if query.date_to:
        filters.append(ArticleRow.published <= query.date_to)
    if query.source is not None:
        filters.append(ArticleRow.source.in_(_meant(connection, ArticleRow.source, query.source, "source")))
    if query.source_name is not None:
        column = ArticleRow.source_name
        filters.append(column.in_(_meant(connection, column, query.source_name, "source name")))
    if query.section is not None:
        filters.append(_section(connection, query.section))
    return filters


def _meant(connection: Connection, column: InstrumentedAttribute[Any], wanted: str, what: str) -> list[str]:
    """Return the kept values that are `wanted` in any case; compared here, as engines differ in it."""
    statement = select(column).where(ArticleRow.version_pk.is_not(None), column.is_not(None)).distinct()
    kept: list[str] = list(connection.scalars(statement))
    meant = [value for value in kept if _same(value, wanted)]
    if not meant:
        raise _unknown(what, wanted, kept)
    return meant


def _section(connection: Connection, wanted: str) -> ColumnElement[bool]:
    kept = connection.execute(
        select(AddressRow.folder, AddressRow.section_id, AddressRow.section_label).distinct()
    ).all()
    printed = list(
        connection.scalars(select(ArticleRow.section).where(ArticleRow.section.is_not(None)).distinct())
    )
    folder = f"/{wanted.strip('/')}/"
    folders = [
        row.folder
        for row in kept
        if row.folder == folder or any(name and _same(name, wanted) for name in row[1:])
    ]
    labels = [label for label in printed if label and _same(label, wanted)]
    if not folders and not labels:
        raise _unknown("section", wanted, [*filter(None, printed), *(row.folder for row in kept)])
    standing = select(AddressRow.article_pk).where(AddressRow.folder.in_(folders))
    return or_(ArticleRow.section.in_(labels), ArticleRow.pk.in_(standing))


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _unknown(what: str, wanted: str, kept: Sequence[str]) -> BadInputError:
    known = sorted(set(kept))
    close = get_close_matches(wanted, known, n=3, cutoff=0.5)
    shown = close or known[:10]
    says = f"did you mean {' or '.join(map(repr, close))}?" if close else f"there are: {', '.join(shown)}"
    return BadInputError(
        f"nothing is kept of the {what} {wanted!r}; " + (says if shown else "the archive is empty")
    )
