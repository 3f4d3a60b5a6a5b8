"""The steps of a save, within one transaction of one source. What they mean is decided in `decide`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from archive.items import ArticleItem, Capture, ListEntry, ListItem
from archive.models import AddressRow, ArticleRow, CaptureRow, EntryRow, ReadingRow, VersionRow, key_of
from archive.search import Document, Engine
from archive.store.decide import Known, Listed, choose_listed, choose_read, choose_url
from archive.store.history import History
from archive.store.sources import Source
from archive.urls import article_id


@dataclass(frozen=True, slots=True)
class Kept:
    """An address and the article it belongs to."""

    pk: int
    article_pk: int
    url: str
    #: False: a listing, a reading or a redirect named it just now for the first time.
    was_known: bool


def put_capture(  # noqa: PLR0913 - the facts of one response
    connection: Connection,
    url: str,
    capture: Capture,
    *,
    status: int | None = None,
    mime: str | None = None,
    run: int | None = None,
) -> tuple[int, bool]:
    """Keep a capture once; return its key and whether it was known."""
    found = connection.execute(
        select(CaptureRow.pk, CaptureRow.status).where(CaptureRow.record_id == capture.record_id)
    ).first()
    if found is None:
        values = {"record_id": capture.record_id, "warc": capture.warc, "offset": capture.offset}
        values |= {"length": capture.length, "digest": capture.digest, "captured_at": capture.captured_at}
        inserted = connection.execute(
            insert(CaptureRow).values(url=url, status=status, mime=mime, run_pk=run, **values)
        )
        return key_of(inserted.inserted_primary_key), False
    if found.status is None and status is not None:
        known = update(CaptureRow).where(CaptureRow.pk == found.pk)
        connection.execute(known.values(url=url, status=status, mime=mime, run_pk=run))
    return found.pk, True


class Writer:
    """Writes what arrives of one source."""

    def __init__(self, connection: Connection, search: Engine, source: Source) -> None:
        self._connection = connection
        self._search = search
        self._source = source

    def address(self, url: str, at: datetime) -> Kept:
        """Return an address as it is kept, with its article; both are made when they are new."""
        address = self._source.urls.address(url)
        found = self._connection.execute(
            select(AddressRow.pk, AddressRow.article_pk, AddressRow.first_seen, AddressRow.last_seen).where(
                AddressRow.source == self._source.id, AddressRow.url == address.article_url
            )
        ).first()
        if found is not None:
            self._widen(found.pk, found.first_seen, found.last_seen, at)
            return Kept(found.pk, found.article_pk, address.article_url, was_known=True)
        article_pk = self._article(article_id(self._source.id, address), address.docid, address.article_url)
        section = self._source.section_of(address.folder)
        inserted = self._connection.execute(
            insert(AddressRow).values(
                article_pk=article_pk,
                source=self._source.id,
                url=address.article_url,
                folder=address.folder,
                section_id=section.id if section else None,
                section_label=section.label if section else None,
                first_seen=at,
                last_seen=at,
            )
        )
        key = key_of(inserted.inserted_primary_key)
        return Kept(key, article_pk, address.article_url, was_known=False)

    def _widen(self, pk: int, first: datetime, last: datetime, at: datetime) -> None:
        if not first <= at <= last:
            self._connection.execute(
                update(AddressRow)
                .where(AddressRow.pk == pk)
                .values(first_seen=min(first, at), last_seen=max(last, at))
            )

    def _article(self, public_id: str, docid: str | None, url: str) -> int:
        found: int | None = self._connection.scalar(select(ArticleRow.pk).where(ArticleRow.id == public_id))
        if found is not None:
            return found
        inserted = self._connection.execute(
            insert(ArticleRow).values(
                id=public_id, source=self._source.id, docid=docid, url=url, status="listed", keywords=[]
            )
        )
        return key_of(inserted.inserted_primary_key)

    def missing(self, address: Kept, at: datetime, reason: str) -> None:
        """Note that an address gave no article; the latest reason stays."""
        found = self._connection.execute(
            select(AddressRow.missing_at, AddressRow.missing_reason).where(AddressRow.pk == address.pk)
        ).one()
        if found.missing_at is None or (at, reason) > (found.missing_at, found.missing_reason):
            self._connection.execute(
                update(AddressRow)
                .where(AddressRow.pk == address.pk)
                .values(missing_at=at, missing_reason=reason)
            )

    def move(self, address: Kept, target: Kept) -> None:
        """Give an address that only leads to another one to the article over there.

        An address that once gave an article itself keeps it: its history is its own.
        """
        row = select(AddressRow.first_read).where(AddressRow.pk == address.pk)
        if address.article_pk == target.article_pk or self._connection.scalar(row) is not None:
            return
        to = {"article_pk": target.article_pk}
        self._connection.execute(update(AddressRow).where(AddressRow.pk == address.pk).values(to))
        self._connection.execute(update(EntryRow).where(EntryRow.address_pk == address.pk).values(to))
        left = select(AddressRow.pk).where(AddressRow.article_pk == address.article_pk).limit(1)
        if self._connection.scalar(left) is None:
            self._connection.execute(delete(ArticleRow).where(ArticleRow.pk == address.article_pk))
        else:
            self.settle(address.article_pk)

    def capture(self, url: str, capture: Capture, run: int | None) -> tuple[int, bool]:
        """Keep a capture once; return its key and whether it was known."""
        return put_capture(self._connection, url, capture, run=run)

    def captures(self, item: ArticleItem, run: int | None) -> list[tuple[int, bool]]:
        """Keep the captures of an item's parts; return key and whether known of each."""
        return [
            self.capture(self._source.urls.part_url(item.url, part), capture, run)
            for part, capture in enumerate(item.captures)
        ]

    def was_read(self, address: Kept, capture_pk: int) -> bool:
        """Whether that capture has been read into a version of that address before."""
        found = select(ReadingRow.version_pk).join(VersionRow, VersionRow.pk == ReadingRow.version_pk)
        found = found.where(ReadingRow.capture_pk == capture_pk, VersionRow.address_pk == address.pk)
        return self._connection.scalar(found) is not None

    def mark_read(self, address: Kept, at: datetime) -> None:
        """Note that an address gave an article."""
        row = self._connection.execute(
            select(AddressRow.first_read, AddressRow.last_read).where(AddressRow.pk == address.pk)
        ).one()
        first, last = row.first_read or at, row.last_read or at
        if row.first_read is None or not first <= at <= last:
            self._connection.execute(
                update(AddressRow)
                .where(AddressRow.pk == address.pk)
                .values(first_read=min(first, at), last_read=max(last, at))
            )

    def chosen(self, article_pk: int) -> Known | None:
        """Return the address whose text and history are the article's."""
        return choose_read(self._known(self._addresses(article_pk)), self._source.urls.preference)

    def text_address(self, article_pk: int) -> int | None:
        """Return the key of the address that the kept text came from; None while there is no text."""
        statement = select(VersionRow.address_pk).join(ArticleRow, ArticleRow.version_pk == VersionRow.pk)
        return self._connection.scalar(statement.where(ArticleRow.pk == article_pk))

    def history(self, address: Kept) -> History:
        """Return the versions of an address."""
        return History(self._connection, address.article_pk, address.pk)

    def entry(self, entry: ListEntry, item: ListItem, folder: str, address: Kept) -> None:
        """Keep what a listing says; of several list pages the latest word counts, then the address."""
        at = item.capture.captured_at
        found = self._connection.execute(
            select(EntryRow.pk, EntryRow.listing_url, EntryRow.first_seen, EntryRow.last_seen).where(
                EntryRow.address_pk == address.pk, EntryRow.folder == folder
            )
        ).first()
        said = {
            "listing_url": item.url,
            "title": entry.title,
            "published": entry.published,
            "keywords": list(entry.keywords),
            "abstract": entry.abstract,
            "last_seen": at,
        }
        if found is None:
            keys = {"article_pk": address.article_pk, "address_pk": address.pk, "folder": folder}
            self._connection.execute(insert(EntryRow).values(first_seen=at, **keys, **said))
            return
        is_later = (at, item.url) > (found.last_seen, found.listing_url)
        values = (said if is_later else {}) | {"first_seen": min(found.first_seen, at)}
        self._connection.execute(update(EntryRow).where(EntryRow.pk == found.pk).values(**values))

    def settle(self, article_pk: int, *, reindex: bool = False) -> str:
        """Derive what the article says now from its addresses, versions and entries; index what changed.

        Returns the article's public id.
        """
        addresses = self._addresses(article_pk)
        known = self._known(addresses)
        preference = self._source.urls.preference
        url = choose_url(known, preference)
        values: dict[str, Any] = {"url": url}
        values["keywords"], values["abstract"] = self._listed(article_pk, url)
        read = choose_read(known, preference)
        version = self._current(read.pk) if read else None
        if version is not None:
            label = next(a.section_label for a in addresses if a.pk == version.address_pk)
            values |= _said(version, label)
            values["first_seen"] = min(a.first_read for a in addresses if a.first_read)
            values["last_seen"] = max(a.last_read for a in addresses if a.last_read)
            values["keywords"] = version.keywords or values["keywords"]
        return self._update(article_pk, values, version, reindex=reindex)

    def _update(
        self, article_pk: int, values: dict[str, Any], version: Row[Any] | None, *, reindex: bool
    ) -> str:
        columns = [getattr(ArticleRow, name) for name in values]
        before = self._connection.execute(
            select(ArticleRow.id, *columns).where(ArticleRow.pk == article_pk)
        ).one()
        old = before._asdict()
        changed = {name: value for name, value in values.items() if old[name] != value}
        if changed:
            self._connection.execute(update(ArticleRow).where(ArticleRow.pk == article_pk).values(**changed))
        if version is not None and (reindex or changed.keys() & {"version_pk", "title", "keywords"}):
            document = Document(version.title, version.text, tuple(values["keywords"]))
            self._search.put(self._connection, article_pk, document)
        return str(before.id)

    def _addresses(self, article_pk: int) -> Sequence[Any]:
        return self._connection.execute(
            select(
                AddressRow.pk,
                AddressRow.url,
                AddressRow.section_label,
                AddressRow.first_read,
                AddressRow.last_read,
                AddressRow.missing_at,
            ).where(AddressRow.article_pk == article_pk)
        ).all()

    def _known(self, addresses: Sequence[Any]) -> list[Known]:
        return [Known(a.pk, a.url, a.first_read is not None, a.missing_at is not None) for a in addresses]

    def _listed(self, article_pk: int, url: str) -> tuple[list[str], str | None]:
        rows = self._connection.execute(
            select(EntryRow.folder, AddressRow.url, EntryRow.keywords, EntryRow.abstract)
            .join(AddressRow, AddressRow.pk == EntryRow.address_pk)
            .where(EntryRow.article_pk == article_pk)
        ).all()
        entries = [Listed(row.folder, row.url, tuple(row.keywords), row.abstract) for row in rows]
        folder = self._source.urls.address(url).folder
        keywords, abstract = choose_listed(entries, folder, self._rank)
        return list(keywords), abstract

    def _rank(self, folder: str) -> int:
        urls = self._source.urls
        return urls.preference(f"{urls.scheme}://{urls.host}{folder}")[0]

    def _current(self, address_pk: int) -> Row[Any] | None:
        return self._connection.execute(
            select(
                VersionRow.pk,
                VersionRow.address_pk,
                VersionRow.title,
                VersionRow.published,
                VersionRow.section,
                VersionRow.source_name,
                VersionRow.language,
                VersionRow.keywords,
                VersionRow.text,
                VersionRow.first_seen,
            )
            .where(VersionRow.address_pk == address_pk)
            .order_by(VersionRow.number.desc())
            .limit(1)
        ).first()


def _said(version: Row[Any], label: str | None) -> dict[str, Any]:
    """Return what an article says, from its current version and its section's label in the source."""
    return {
        "status": "live",
        "version_pk": version.pk,
        "title": version.title,
        "published": version.published,
        "section": version.section or label,
        "source_name": version.source_name,
        "language": version.language,
        "last_changed": version.first_seen,
    }
