"""Articles, their addresses, versions and entries in listings, and the captures they were read from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Index,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from archive.models.base import Base


class SourceRow(Base):
    """A source as the archive last saw it, so that readers know its addresses without the crawler."""

    __tablename__ = "sources"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    language: Mapped[str]
    #: Arguments of `archive.urls.SiteUrls`, patterns as text.
    urls: Mapped[dict[str, Any]]


class ArticleRow(Base):
    """An article: its identity, and what it says now (derived from versions, addresses and entries)."""

    __tablename__ = "articles"

    #: For joins and the full-text rowid only; never shown.
    pk: Mapped[int] = mapped_column(primary_key=True)
    #: Permanent public id: `archive.urls.article_id`.
    id: Mapped[str] = mapped_column(unique=True)
    source: Mapped[str] = mapped_column(ForeignKey("sources.id"))
    #: NULL: its addresses carry no document number.
    docid: Mapped[str | None] = mapped_column(index=True)
    #: The preferred one of its addresses.
    url: Mapped[str]
    #: `listed` (a listing names it, no text is kept), `live`, `gone` (every address that gave it is missing).
    status: Mapped[str]
    #: First time it was found missing since it was last there; NULL: it is not gone.
    gone_since: Mapped[datetime | None]
    #: NULL: only listed, never read. All columns below down to `last_changed` are NULL then.
    version_pk: Mapped[int | None] = mapped_column(
        ForeignKey("versions.pk", use_alter=True, name="fk_articles_version_pk_versions"), index=True
    )
    title: Mapped[str | None]
    #: NULL also: neither page nor address tells a date.
    published: Mapped[date | None]
    #: NULL also: no breadcrumb, and the source names no section for its folder.
    section: Mapped[str | None] = mapped_column(index=True)
    #: NULL also: the page names none.
    source_name: Mapped[str | None] = mapped_column(index=True)
    #: NULL also: not recognised.
    language: Mapped[str | None]
    #: The page's own, else the preferred entry's; an empty list when neither has any.
    keywords: Mapped[list[Any]]
    #: NULL: no entry of a listing gives one.
    abstract: Mapped[str | None]
    #: First and last time that any of its addresses gave it.
    first_seen: Mapped[datetime | None]
    last_seen: Mapped[datetime | None]
    #: Capture time of the current version.
    last_changed: Mapped[datetime | None]

    __table_args__ = (Index("ix_articles_published_id", "published", "id"),)


class AddressRow(Base):
    """One canonical address of an article (of its first part)."""

    __tablename__ = "addresses"

    pk: Mapped[int] = mapped_column(primary_key=True)
    article_pk: Mapped[int] = mapped_column(ForeignKey("articles.pk"), index=True)
    source: Mapped[str] = mapped_column(ForeignKey("sources.id"))
    url: Mapped[str]
    folder: Mapped[str]
    #: NULL: no section of the source describes the folder.
    section_id: Mapped[str | None]
    section_label: Mapped[str | None]
    #: First and last time it was named by a listing, read, or found missing.
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    #: NULL: never gave an article.
    first_read: Mapped[datetime | None]
    last_read: Mapped[datetime | None]
    #: Last time it was asked for and gave no article; NULL: never.
    missing_at: Mapped[datetime | None]
    #: Why, as counted; NULL exactly when `missing_at` is.
    missing_reason: Mapped[str | None]
    #: First time it gave no article since it last gave one; NULL as `missing_at`.
    missing_since: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("source", "url"),
        Index("ix_addresses_folder_section_id_section_label", "folder", "section_id", "section_label"),
    )


class VersionRow(Base):
    """What an article said at one address from one capture on. NULL fields: the page does not tell."""

    __tablename__ = "versions"

    pk: Mapped[int] = mapped_column(primary_key=True)
    article_pk: Mapped[int] = mapped_column(ForeignKey("articles.pk"), index=True)
    address_pk: Mapped[int] = mapped_column(ForeignKey("addresses.pk"))
    #: 1 for the oldest version of that address.
    number: Mapped[int]
    #: Capture times of the first and the last reading that said this.
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    #: Digest over what a reader sees: `archive.store.decide.content_digest`.
    digest: Mapped[str]
    title: Mapped[str]
    published: Mapped[date | None]
    section: Mapped[str | None]
    breadcrumb: Mapped[list[Any]]
    source_name: Mapped[str | None]
    editor: Mapped[str | None]
    author: Mapped[str | None]
    photographer: Mapped[str | None]
    #: The page's own only, as its last reading gave them: they are no part of what a reader sees.
    keywords: Mapped[list[Any]]
    language: Mapped[str | None]
    blocks: Mapped[list[Any]]
    #: The blocks' texts, separated by empty lines.
    text: Mapped[str]
    captions: Mapped[list[Any]]
    images: Mapped[list[Any]]
    attachments: Mapped[list[Any]]
    videos: Mapped[list[Any]]
    links: Mapped[list[Any]]
    dois: Mapped[list[Any]]
    journals: Mapped[list[Any]]
    institutes: Mapped[list[Any]]
    #: Personal data: in no index, in no evidence, and in no export that does not ask for it.
    contacts: Mapped[list[Any]]
    parts: Mapped[int]
    template: Mapped[str]
    extractor: Mapped[str]
    #: The furniture table that the page was read with; NULL: with none.
    furniture: Mapped[int | None] = mapped_column(ForeignKey("furniture.pk"))
    #: How far the text can be trusted, 0 to 100, and what speaks against it: `archive.quality`.
    quality: Mapped[int]
    quality_reasons: Mapped[list[Any]]
    evidence: Mapped[list[Any]]

    __table_args__ = (Index("ix_versions_address_pk_number", "address_pk", "number"),)


class CaptureRow(Base):
    """One stored exchange and where its record lies."""

    __tablename__ = "captures"

    pk: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[str] = mapped_column(unique=True)
    url: Mapped[str] = mapped_column(index=True)
    #: NULL: known only through an article that was read from it.
    status: Mapped[int | None]
    #: Media type without parameters; NULL: the response named none, or as `status`.
    mime: Mapped[str | None]
    warc: Mapped[str]
    offset: Mapped[int]
    length: Mapped[int]
    digest: Mapped[str]
    #: When the request was sent.
    captured_at: Mapped[datetime]
    #: Seconds from sending the request to the end of the response; NULL: not measured.
    seconds: Mapped[float | None]
    #: Bytes of the body as received; NULL: no response, or as `status`.
    size: Mapped[int | None]
    #: NULL: made outside a run.
    run_pk: Mapped[int | None] = mapped_column(ForeignKey("runs.pk"), index=True)

    __table_args__ = (Index("ix_captures_warc_offset", "warc", "offset"),)


class ReadingRow(Base):
    """A capture from which a version was read, one row a part; the first reading is the version's own."""

    __tablename__ = "readings"

    version_pk: Mapped[int] = mapped_column(ForeignKey("versions.pk"), primary_key=True)
    capture_pk: Mapped[int] = mapped_column(ForeignKey("captures.pk"), primary_key=True, index=True)
    #: Capture time of the first part, the same for all parts of a reading.
    read_at: Mapped[datetime]
    #: 0 for the first part.
    part: Mapped[int]
    #: The page's own keywords in this reading; NULL: not a first part.
    keywords: Mapped[list[Any] | None]
    #: Template that claimed the page in this reading, `generic` when none did; NULL: not a first part.
    template: Mapped[str | None]
    #: Names of the fields that this reading found: `archive.quality.FIELDS`; NULL: not a first part.
    found: Mapped[list[Any] | None]


class EntryRow(Base):
    """What the listings of one section last said of an article at one address."""

    __tablename__ = "entries"

    pk: Mapped[int] = mapped_column(primary_key=True)
    article_pk: Mapped[int] = mapped_column(ForeignKey("articles.pk"), index=True)
    address_pk: Mapped[int] = mapped_column(ForeignKey("addresses.pk"))
    #: Folder of the section that lists it.
    folder: Mapped[str]
    #: List page that said it last.
    listing_url: Mapped[str]
    title: Mapped[str]
    #: NULL: the list prints no date.
    published: Mapped[date | None]
    keywords: Mapped[list[Any]]
    #: NULL: the list prints none.
    abstract: Mapped[str | None]
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]

    __table_args__ = (UniqueConstraint("address_pk", "folder"),)
