"""How much is kept, from when to when, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select
from sqlalchemy.orm import InstrumentedAttribute

from archive.db import Database
from archive.models import AddressRow, ArticleRow, CaptureRow, RunRow, VersionRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """The archive in figures; articles are those with a text."""

    articles: int
    #: Named by a listing, never read.
    listed: int
    #: Versions in the histories of the articles.
    versions: int
    captures: int
    addresses: int
    runs: int
    #: None: no article, or none with a date.
    first_published: date | None
    last_published: date | None
    #: Articles by section as shown; `""` stands for none. The largest first.
    by_section: Mapping[str, int]
    #: Articles by year of publication, the newest first; `""` stands for none.
    by_year: Mapping[str, int]
    #: Articles by template of the current version, the largest first.
    by_template: Mapping[str, int]
    #: Bytes of the captures' records, compressed as in the WARC files.
    warc_bytes: int
    #: Bytes of the database's file.
    database_bytes: int


def stats(database: Database) -> Stats:
    """Return the archive in figures."""
    with database.read() as connection:
        kept = ArticleRow.version_pk.is_not(None)
        first, last = connection.execute(
            select(func.min(ArticleRow.published), func.max(ArticleRow.published)).where(kept)
        ).one()
        template = select(VersionRow.template, func.count()).join(
            ArticleRow, ArticleRow.version_pk == VersionRow.pk
        )
        return Stats(
            articles=_count(connection, ArticleRow.pk, kept),
            listed=_count(connection, ArticleRow.pk, ArticleRow.version_pk.is_(None)),
            versions=_versions(connection),
            captures=_count(connection, CaptureRow.pk),
            addresses=_count(connection, AddressRow.pk),
            runs=_count(connection, RunRow.pk),
            first_published=first,
            last_published=last,
            by_section=_by_section(connection),
            by_year=_by_year(connection),
            by_template=_largest(connection.execute(template.group_by(VersionRow.template)).all()),
            warc_bytes=connection.scalar(select(func.coalesce(func.sum(CaptureRow.length), 0))) or 0,
            database_bytes=database.file.stat().st_size,
        )


def _count(connection: Connection, column: InstrumentedAttribute[Any], *where: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count(column)).where(*where)) or 0


def _versions(connection: Connection) -> int:
    """Return the sum of the current versions' numbers: each history ends with its current version."""
    statement = select(func.coalesce(func.sum(VersionRow.number), 0))
    return connection.scalar(statement.join(ArticleRow, ArticleRow.version_pk == VersionRow.pk)) or 0


def _by_section(connection: Connection) -> dict[str, int]:
    statement = select(func.coalesce(ArticleRow.section, ""), func.count())
    kept = statement.where(ArticleRow.version_pk.is_not(None)).group_by(ArticleRow.section)
    return _largest(connection.execute(kept).all())


def _by_year(connection: Connection) -> dict[str, int]:
    statement = select(ArticleRow.published, func.count()).where(ArticleRow.version_pk.is_not(None))
    years: dict[str, int] = {}
    for published, count in connection.execute(statement.group_by(ArticleRow.published)):
        year = f"{published:%Y}" if published else ""
        years[year] = years.get(year, 0) + count
    return dict(sorted(years.items(), reverse=True))


def _largest(rows: Any) -> dict[str, int]:
    return dict(sorted(((name, count) for name, count in rows), key=lambda row: (-row[1], row[0])))
