"""Articles as they are kept: one by its name, or all that a query means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from itertools import islice
from typing import Any

from sqlalchemy import LABEL_STYLE_TABLENAME_PLUS_COL, Connection, func, select

from archive.db import Database
from archive.errors import BadUrlError, NotFoundError
from archive.items import Block, Capture, Contact, Evidence, Image, Link
from archive.models import AddressRow, ArticleRow, CaptureRow, ReadingRow, VersionRow
from archive.quality import Quality
from archive.query.search import ArticleQuery, parse, selection
from archive.store import rows
from archive.store.sources import kept_sites
from archive.urls import normalize

# Articles read from the database at once when many are wanted.
_BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An article as its current version says it, with what listings add. None: the page does not tell."""

    id: str
    url: str
    #: Its other addresses, in alphabetical order.
    other_urls: tuple[str, ...]
    source: str
    #: As the page prints it, else as the source names the folder.
    section: str | None
    breadcrumb: tuple[str, ...]
    language: str | None
    title: str
    #: Local date in the source's zone.
    published: date | None
    source_name: str | None
    editor: str | None
    author: str | None
    photographer: str | None
    #: The page's own, else a listing's.
    keywords: tuple[str, ...]
    #: From a listing.
    abstract: str | None
    blocks: tuple[Block, ...]
    text: str
    captions: tuple[str, ...]
    images: tuple[Image, ...]
    attachments: tuple[Link, ...]
    videos: tuple[str, ...]
    links: tuple[Link, ...]
    #: In lower case without prefix: `10.5555/abc`.
    dois: tuple[str, ...]
    #: As printed.
    journals: tuple[str, ...]
    #: Canonical names of the CAS institutes that it mentions.
    institutes: tuple[str, ...]
    #: Personal data: for whoever asks for it, and nobody else.
    contacts: tuple[Contact, ...]
    parts: int
    #: Times of captures, in UTC: first and last that gave it, and the first of the current version.
    first_seen: datetime
    last_seen: datetime
    last_changed: datetime
    status: str
    #: Number of the current version; so many are kept.
    version: int
    template: str
    extractor: str
    #: Number of the furniture table that the page was read with; None: with none.
    furniture: int | None
    quality: Quality
    evidence: tuple[Evidence, ...]
    #: What the current version was first read from, one capture a part.
    captures: tuple[Capture, ...]

    @property
    def capture(self) -> Capture:
        """The capture of the first part."""
        return self.captures[0]


def get_article(database: Database, name: str) -> Article:
    """Return the article of that public id, document number, or address in any spelling.

    Raises NotFoundError, naming what is near, when none is kept or a number means several.
    """
    wanted = name.strip()
    with database.read() as connection:
        pks = list(_named(connection, wanted))
        if len(pks) > 1:
            ids = connection.scalars(
                select(ArticleRow.id).where(ArticleRow.pk.in_(pks)).order_by(ArticleRow.id)
            )
            raise NotFoundError(f"{wanted!r} means several articles: {', '.join(ids)}")
        found = _load(connection, pks)
        if not found:
            raise _not_found(connection, wanted, was_listed=bool(pks))
    return found[0]


def articles(database: Database, query: ArticleQuery | None = None) -> Iterator[Article]:
    """Yield the articles that a query means, in its order; without a query all, by id.

    `limit` and `offset` of the query do not count. One state of the archive is seen throughout.
    """
    words = parse(query) if query else None
    with database.read() as connection:
        if query is None:
            chosen: Any = (
                select(ArticleRow.pk).where(ArticleRow.version_pk.is_not(None)).order_by(ArticleRow.id)
            )
        else:
            chosen = selection(database, connection, query, words)
        pks = iter(connection.scalars(chosen.execution_options(yield_per=_BATCH)))
        while batch := list(islice(pks, _BATCH)):
            yield from _load(connection, batch)


def article_ids(database: Database, source: str) -> list[str]:
    """Return the ids of all articles of a source that have a text."""
    kept = select(ArticleRow.id).where(ArticleRow.source == source, ArticleRow.version_pk.is_not(None))
    with database.read() as connection:
        return list(connection.scalars(kept.order_by(ArticleRow.id)))


def _named(connection: Connection, name: str) -> Iterable[int]:
    if "://" in name:
        return _at_address(connection, name)
    by_id = connection.scalars(select(ArticleRow.pk).where(ArticleRow.id == name)).all()
    return by_id or connection.scalars(select(ArticleRow.pk).where(ArticleRow.docid == name)).all()


def _at_address(connection: Connection, url: str) -> Iterable[int]:
    """Return the articles that have an address, whatever host, scheme, part or fragment it is given with."""
    spellings = {url}
    try:
        spellings.add(normalize(url))
        spellings |= {site.address(url).article_url for site in kept_sites(connection).values()}
    except BadUrlError as error:
        raise NotFoundError(str(error)) from error
    return set(connection.scalars(select(AddressRow.article_pk).where(AddressRow.url.in_(spellings))))


def _not_found(connection: Connection, name: str, *, was_listed: bool) -> NotFoundError:
    if was_listed:
        return NotFoundError(f"{name!r} is named by a listing, but its page has not been read yet")
    near = _near(connection, name)
    advice = f"near to it: {', '.join(near)}" if near else "search for a word of its title"
    return NotFoundError(f"no article is kept under {name!r}; {advice}")


def _near(connection: Connection, name: str) -> list[str]:
    """Return up to three names that are spelt alike; the longest common beginning is looked up."""
    column = AddressRow.url if "://" in name else ArticleRow.docid if name.isdigit() else ArticleRow.id
    both = AddressRow.__table__.join(ArticleRow.__table__, ArticleRow.pk == AddressRow.article_pk)
    statement = select(column).select_from(both).distinct()
    for length in range(len(name) - 1, 0, -1):
        # Beginnings shorter than this say nothing of what was meant.
        if length < max(2, len(name) // 3):
            break
        begins = func.substr(column, 1, length) == name[:length]
        found = connection.scalars(
            statement.where(begins, ArticleRow.version_pk.is_not(None)).order_by(column).limit(200)
        ).all()
        if found:
            return get_close_matches(name, map(str, found), n=3, cutoff=0.5)
    return []


def _load(connection: Connection, pks: Sequence[int]) -> list[Article]:
    """Return the articles of those keys that have a text, in the order of the keys."""
    statement = select(ArticleRow.__table__, VersionRow.__table__).join(
        VersionRow, VersionRow.pk == ArticleRow.version_pk
    )
    found = connection.execute(
        statement.where(ArticleRow.pk.in_(pks)).set_label_style(LABEL_STYLE_TABLENAME_PLUS_COL)
    )
    kept = {row.articles_pk: row for row in found}
    urls = _urls(connection, kept)
    captures = _captures(connection, [row.versions_pk for row in kept.values()])
    return [_article(kept[pk], urls[pk], captures[kept[pk].versions_pk]) for pk in pks if pk in kept]


def _urls(connection: Connection, pks: Mapping[int, Any]) -> dict[int, list[str]]:
    urls: dict[int, list[str]] = defaultdict(list)
    statement = select(AddressRow.article_pk, AddressRow.url).where(AddressRow.article_pk.in_(pks))
    for pk, url in connection.execute(statement.order_by(AddressRow.url)):
        urls[pk].append(url)
    return urls


def _captures(connection: Connection, version_pks: Sequence[int]) -> dict[int, list[Capture]]:
    """Return the captures of each version's first reading, in the order of parts."""
    captures: dict[int, list[Capture]] = defaultdict(list)
    statement = (
        select(ReadingRow.version_pk, CaptureRow.__table__)
        .join(CaptureRow, CaptureRow.pk == ReadingRow.capture_pk)
        .join(VersionRow, VersionRow.pk == ReadingRow.version_pk)
        .where(ReadingRow.version_pk.in_(version_pks), ReadingRow.read_at == VersionRow.first_seen)
        .order_by(ReadingRow.version_pk, ReadingRow.part, CaptureRow.record_id)
    )
    for row in connection.execute(statement):
        captures[row.version_pk].append(rows.capture(row))
    return captures


def _article(row: Any, urls: Sequence[str], captures: Sequence[Capture]) -> Article:
    return Article(
        id=row.articles_id,
        url=row.articles_url,
        other_urls=tuple(url for url in urls if url != row.articles_url),
        source=row.articles_source,
        section=row.articles_section,
        breadcrumb=tuple(row.versions_breadcrumb),
        language=row.versions_language,
        title=row.versions_title,
        published=row.versions_published,
        source_name=row.versions_source_name,
        editor=row.versions_editor,
        author=row.versions_author,
        photographer=row.versions_photographer,
        keywords=tuple(row.articles_keywords),
        abstract=row.articles_abstract,
        blocks=rows.blocks(row.versions_blocks),
        text=row.versions_text,
        captions=tuple(row.versions_captions),
        images=rows.images(row.versions_images),
        attachments=rows.links(row.versions_attachments),
        videos=tuple(row.versions_videos),
        links=rows.links(row.versions_links),
        dois=tuple(row.versions_dois),
        journals=tuple(row.versions_journals),
        institutes=tuple(row.versions_institutes),
        contacts=rows.contacts(row.versions_contacts),
        parts=row.versions_parts,
        first_seen=row.articles_first_seen,
        last_seen=row.articles_last_seen,
        last_changed=row.articles_last_changed,
        status=row.articles_status,
        version=row.versions_number,
        template=row.versions_template,
        extractor=row.versions_extractor,
        furniture=row.versions_furniture,
        quality=Quality(row.versions_quality, tuple(row.versions_quality_reasons)),
        evidence=rows.evidence(row.versions_evidence),
        captures=tuple(captures),
    )
