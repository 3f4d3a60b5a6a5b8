"""Which texts can be trusted least, and how many articles have which field."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select

from archive.db import Database
from archive.errors import BadInputError
from archive.models import ArticleRow, VersionRow
from archive.quality import BEST, Quality
from archive.query.search import ArticleQuery, filters

#: Field of the export -> its column; a list counts when it is not empty.
_SCALARS = {
    "published": ArticleRow.published,
    "section": ArticleRow.section,
    "source_name": ArticleRow.source_name,
    "editor": VersionRow.editor,
    "author": VersionRow.author,
    "photographer": VersionRow.photographer,
    "abstract": ArticleRow.abstract,
    "language": ArticleRow.language,
}
_LISTS = {
    "keywords": ArticleRow.keywords,
    "captions": VersionRow.captions,
    "images": VersionRow.images,
    "attachments": VersionRow.attachments,
    "videos": VersionRow.videos,
    "links": VersionRow.links,
    "doi": VersionRow.dois,
    "journal": VersionRow.journals,
    "institutes": VersionRow.institutes,
    "contacts": VersionRow.contacts,
}
#: Fields of which coverage is told.
FIELDS = (*_SCALARS, *_LISTS)


@dataclass(frozen=True, slots=True)
class Part:
    """Part of an archive: everything that is given has to be met. Raises BadInputError for a wrong month."""

    #: Label, id or folder.
    section: str | None = None
    template: str | None = None
    #: Month of publication: `2024-05`.
    month: str | None = None

    def query(self) -> ArticleQuery:
        """Return what it means, the template apart."""
        if self.month is None:
            return ArticleQuery(section=self.section)
        try:
            first = date.fromisoformat(f"{self.month}-01")
        except ValueError as error:
            raise BadInputError(f"{self.month!r} is not a month; write YYYY-MM, such as 2024-05") from error
        last = first.replace(day=monthrange(first.year, first.month)[1])
        return ArticleQuery(section=self.section, date_from=first, date_to=last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weak:
    """An article whose text something speaks against."""

    id: str
    url: str
    title: str
    published: date | None
    section: str | None
    template: str
    extractor: str
    quality: Quality


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many articles of a group have which field."""

    #: `""` stands for none.
    group: str
    articles: int
    #: Mean score, 0 to 100.
    score: float
    #: Share of the articles that have the field, 0 to 1.
    shares: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Coverages:
    """Coverage of an archive or a part of it, in three divisions; each largest or newest first."""

    whole: Coverage
    by_section: tuple[Coverage, ...]
    by_template: tuple[Coverage, ...]
    #: Months of publication.
    by_month: tuple[Coverage, ...]


def weakest(database: Database, part: Part | None = None, limit: int = 20) -> tuple[Weak, ...]:
    """Return the articles with the lowest scores, the lowest first; those without any reason are left out."""
    with database.read() as connection:
        columns = (ArticleRow.id, ArticleRow.url, ArticleRow.title, ArticleRow.published, ArticleRow.section)
        version = (VersionRow.template, VersionRow.extractor, VersionRow.quality, VersionRow.quality_reasons)
        statement = _of(connection, part or Part(), select(*columns, *version))
        rows = connection.execute(
            statement.where(VersionRow.quality < BEST)
            .order_by(VersionRow.quality, ArticleRow.id)
            .limit(limit)
        ).all()
    return tuple(
        Weak(
            id=row.id,
            url=row.url,
            title=row.title,
            published=row.published,
            section=row.section,
            template=row.template,
            extractor=row.extractor,
            quality=Quality(row.quality, tuple(row.quality_reasons)),
        )
        for row in rows
    )


def coverage(database: Database, part: Part | None = None) -> Coverages:
    """Return which share of the articles has each field, by section, template and month."""
    present = [func.sum(case((column.is_not(None), 1), else_=0)) for column in _SCALARS.values()]
    present += [func.sum(case((func.json_array_length(c) > 0, 1), else_=0)) for c in _LISTS.values()]
    groups = (ArticleRow.section, VersionRow.template, ArticleRow.published)
    statement: Any = select(*groups, func.count(), func.sum(VersionRow.quality), *present)
    with database.read() as connection:
        rows = connection.execute(_of(connection, part or Part(), statement).group_by(*groups)).all()
    sums = [(tuple(row[:3]), tuple(map(int, row[3:]))) for row in rows]
    largest = {
        name: sorted(_divided(sums, place), key=lambda c: (-c.articles, c.group))
        for place, name in enumerate(("section", "template"))
    }
    months = [((*keys[:2], f"{keys[2]:%Y-%m}" if keys[2] else ""), counts) for keys, counts in sums]
    whole = _divided([((), counts) for _, counts in sums], None)
    return Coverages(
        whole=whole[0] if whole else Coverage("", 0, 0.0, dict.fromkeys(FIELDS, 0.0)),
        by_section=tuple(largest["section"]),
        by_template=tuple(largest["template"]),
        by_month=tuple(sorted(_divided(months, 2), key=lambda c: c.group, reverse=True)),
    )


def _of(connection: Any, part: Part, statement: Select[Any]) -> Select[Any]:
    """Restrict a statement to the articles of a part that have a text."""
    met: list[ColumnElement[bool]] = filters(connection, part.query())
    joined = statement.join(VersionRow, VersionRow.pk == ArticleRow.version_pk)
    if part.template is not None:
        kept = select(VersionRow.template).join(ArticleRow, ArticleRow.version_pk == VersionRow.pk)
        known = sorted(connection.scalars(kept.distinct()))
        if part.template not in known:
            raise BadInputError(
                f"nothing is kept of the template {part.template!r}; there are: {', '.join(known)}"
            )
        met.append(VersionRow.template == part.template)
    return joined.where(*met)


def _divided(sums: Iterable[tuple[Any, tuple[int, ...]]], place: int | None) -> list[Coverage]:
    """Add up counts by one of their keys; without a place, all of them."""
    totals: dict[str, list[int]] = {}
    for keys, counts in sums:
        name = "" if place is None else keys[place] or ""
        so_far = totals.setdefault(name, [0] * len(counts))
        totals[name] = [a + b for a, b in zip(so_far, counts, strict=True)]
    return [
        Coverage(
            name,
            articles,
            round(score / articles, 1),
            {field: round(count / articles, 4) for field, count in zip(FIELDS, present, strict=True)},
        )
        for name, (articles, score, *present) in totals.items()
    ]
