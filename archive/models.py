"""The schema: one class a table, and the meaning of every NULL beside its column.

Knows nothing of engines but their types; full-text tables stand in `archive.search`.
Times are UTC and aware; a `published` is a local date in the source's zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a time without a zone; hand SQLite, which knows no zones, the bare UTC time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a stored time must carry a time zone: {value!r}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time aware, whatever the engine gave."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Root of the tables."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {  # noqa: RUF012 - the name and shape are SQLAlchemy's
        str: Text(),
        datetime: UtcDateTime(),
        list[Any]: JSON(none_as_null=True),
        dict[str, Any]: JSON(none_as_null=True),
    }


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


class FurnitureRow(Base):
    """Blocks that recur across the pages of a source, as learned at one time; never altered afterwards."""

    __tablename__ = "furniture"

    #: The table's number, which versions and promotions name.
    pk: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(ForeignKey("sources.id"))
    learned_at: Mapped[datetime]
    #: As `crawler.pages.furniture` writes it; the archive does not look inside.
    content: Mapped[str]


class PromotionRow(Base):
    """A set of versions that were read again by other rules and say something else since."""

    __tablename__ = "promotions"

    #: The set's number.
    pk: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(ForeignKey("sources.id"))
    promoted_at: Mapped[datetime]
    #: When all of it was taken back; NULL: it stands.
    rolled_back_at: Mapped[datetime | None]
    #: Version of the rules that read the set.
    extractor: Mapped[str]
    #: NULL: read without a furniture table.
    furniture: Mapped[int | None] = mapped_column(ForeignKey("furniture.pk"))
    #: What was asked for, as plain values.
    config: Mapped[dict[str, Any]]
    #: Versions that changed, by field, and articles that were new.
    counts: Mapped[dict[str, Any]]


class ExtractionRow(Base):
    """What one set changed of one version: the article did not change then, only how it is read."""

    __tablename__ = "extractions"

    pk: Mapped[int] = mapped_column(primary_key=True)
    promotion_pk: Mapped[int] = mapped_column(ForeignKey("promotions.pk"), index=True)
    version_pk: Mapped[int] = mapped_column(ForeignKey("versions.pk"), index=True)
    #: Columns of the version that changed, as they were; NULL: the version was made by this set.
    before: Mapped[dict[str, Any] | None]
    #: The same columns, as they are since; NULL as `before`.
    after: Mapped[dict[str, Any] | None]


class RunRow(Base):
    """One execution for one source."""

    __tablename__ = "runs"

    pk: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    mode: Mapped[str]
    config: Mapped[dict[str, Any]]
    started: Mapped[datetime]
    #: Last time it said that it is alive.
    noted: Mapped[datetime]
    #: NULL: still running, or killed: the last sign of life stands in `noted`.
    ended: Mapped[datetime | None]
    #: How it ended, in the crawler's words, or `killed`; NULL: still running, or killed and not yet noticed.
    outcome: Mapped[str | None]
    counts: Mapped[dict[str, Any]]
    #: Process that runs it, so that a killed run can be told from a working one.
    host: Mapped[str]
    pid: Mapped[int]
    #: Start of that process in the system's own ticks; NULL: the system does not tell.
    process_start: Mapped[str | None]


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


class FrontierRow(Base):
    """An address that a crawl knows: what became of it, and when to ask for it again."""

    __tablename__ = "frontier"

    pk: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    #: Canonical address (of a part: with its number).
    url: Mapped[str]
    #: `archive.frontier.Kind`.
    kind: Mapped[str]
    #: `archive.frontier.State`.
    state: Mapped[str]
    #: Folder of the section that it was found in, or that it lists; empty: a landing page.
    folder: Mapped[str]
    #: Page that named it first; NULL: the source's own file did.
    found_on: Mapped[str | None]
    found_at: Mapped[datetime]
    #: Last run in which a listing named it; NULL: none did.
    named_run: Mapped[int | None]
    #: Date that the listing prints; NULL: none, or no article.
    published: Mapped[date | None]
    #: Where exactly to ask, when the site redirects to another spelling of the same address; NULL: at `url`.
    location: Mapped[str | None]
    #: Canonical address of the article that it leads to; NULL: it leads nowhere else.
    moved_to: Mapped[str | None] = mapped_column(index=True)
    #: Validators of the newest capture that gave the page; NULL: it came without.
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    #: The newest capture that gave the page; NULL: never.
    capture_pk: Mapped[int | None] = mapped_column(ForeignKey("captures.pk"))
    #: Requests in a row that brought nothing, and why the last one did not; 0 and NULL: the last one did.
    attempts: Mapped[int]
    reason: Mapped[str | None]
    #: Run that leased it last, and until when; NULL: it is not leased.
    run_pk: Mapped[int | None] = mapped_column(index=True)
    leased_until: Mapped[datetime | None]
    #: Last answer of any kind; NULL: never.
    last_check: Mapped[datetime | None]
    #: Due from then on (after a failure: not before); NULL: due when something asks for it.
    next_check: Mapped[datetime | None]
    #: Seconds between checks, as they have adapted; NULL: not checked again by itself.
    interval: Mapped[int | None]
    #: Last time that it gave its page; NULL: never.
    last_seen: Mapped[datetime | None]
    #: First time it was missing since; NULL: it is not gone.
    first_missed: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("source", "url"),
        Index("ix_frontier_due", "source", "kind", "state", "next_check"),
    )


class WalkRow(Base):
    """One pass over the listings of one section, from the top down: the ledger of completeness."""

    __tablename__ = "walks"

    pk: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    folder: Mapped[str]
    #: Runs that began it and that went on with it last.
    run_pk: Mapped[int] = mapped_column(index=True)
    last_run_pk: Mapped[int] = mapped_column(index=True)
    #: Whether it goes to the last page whatever is known.
    full: Mapped[bool]
    #: Publication date before which it does not go; NULL: to the end.
    since: Mapped[date | None]
    began: Mapped[datetime]
    #: When its last page so far was read; NULL: none was.
    last_read: Mapped[datetime | None]
    #: NULL: it has not arrived: an open gap.
    ended: Mapped[datetime | None]
    #: `archive.walks.Proof`: how it arrived; NULL as `ended`.
    proof: Mapped[str | None]
    #: Publication date from which all is known once it has arrived; NULL: from the first article.
    proven_from: Mapped[date | None]
    #: Address of the page to read next; NULL: none is left.
    next_url: Mapped[str | None]
    #: Why the next page could not be read; NULL: nothing is in the way.
    trouble: Mapped[str | None]
    #: List pages read, and of them those read again because the list had shifted.
    pages: Mapped[int]
    rereads: Mapped[int]
    #: List pages of the section, as far as known.
    total: Mapped[int]
    #: Entries seen, those that earlier walks had proven, and those that no listing of the section had named.
    entries: Mapped[int]
    known: Mapped[int]
    new: Mapped[int]
    #: Proven entries in a row, up to the last one read.
    streak: Mapped[int]
    #: The list shifted while it was walked: its top is to be read again before the walk has arrived.
    shifted: Mapped[bool]
    #: Publication dates of the entries; NULL: none prints one.
    oldest: Mapped[date | None]
    newest: Mapped[date | None]

    __table_args__ = (Index("ix_walks_source_folder", "source", "folder"),)


class SightingRow(Base):
    """That the listings of a section name an address, and which walk saw it first."""

    __tablename__ = "sightings"

    pk: Mapped[int] = mapped_column(primary_key=True)
    folder: Mapped[str]
    frontier_pk: Mapped[int] = mapped_column(ForeignKey("frontier.pk"))
    #: Walk that proves it once it has arrived.
    walk_pk: Mapped[int] = mapped_column(ForeignKey("walks.pk"), index=True)
    #: Walk that read it last.
    last_walk_pk: Mapped[int] = mapped_column(ForeignKey("walks.pk"))

    __table_args__ = (UniqueConstraint("frontier_pk", "folder"),)


class AlarmRow(Base):
    """Something that an operator should look at: raised once, seen again, cleared when it is over."""

    __tablename__ = "alarms"

    pk: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(index=True)
    #: `archive.health.Kind`.
    kind: Mapped[str]
    #: Folder of the section; NULL: the whole source.
    section: Mapped[str | None]
    #: NULL: it is about no field.
    field: Mapped[str | None]
    #: First address that shows it; NULL: none does.
    url: Mapped[str | None]
    #: One line for a person.
    message: Mapped[str]
    raised_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    #: NULL: it stands.
    cleared_at: Mapped[datetime | None]
    #: What the operator was told of it last: `raised` or `cleared`; NULL: nothing yet.
    told: Mapped[str | None]


class FailureRow(Base):
    """An address that a run could not fetch or read, and why."""

    __tablename__ = "failures"

    pk: Mapped[int] = mapped_column(primary_key=True)
    run_pk: Mapped[int] = mapped_column(ForeignKey("runs.pk"), index=True)
    url: Mapped[str]
    #: As counted: one short word.
    reason: Mapped[str]
    #: For a person; may be empty.
    detail: Mapped[str]
    at: Mapped[datetime]


def key_of(keys: Sequence[Any] | None) -> int:
    """Return the key of the one row that was inserted."""
    (key,) = keys or ()
    return int(key)
