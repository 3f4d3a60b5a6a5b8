"""The steps of a save, within one transaction of one source. What they mean is decided in `decide`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from archive.errors import BadInputError
from archive.items import ArticleItem, Capture, ListEntry, ListItem
from archive.models import key_of
from archive.quality import Quality
from archive.search import Document, Engine
from archive.store import statements as sql
from archive.store.decide import (
    Known,
    Listed,
    Move,
    Placement,
    choose_listed,
    choose_read,
    choose_url,
    is_absent,
)
from archive.store.history import History, Reread
from archive.store.sources import Source
from archive.urls import UrlKind, article_id

#: Columns of an article that its current version fills.
_DERIVED = ("version_pk", "title", "published", "section", "source_name", "language", "first_seen",
            "last_seen", "last_changed")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """An address and the article it belongs to."""

    pk: int
    article_pk: int
    #: False: it is named just now for the first time.
    was_known: bool
    #: Whether it gave the article before.
    was_read: bool


@dataclass(frozen=True, slots=True)
class State:
    """An article's row, and the rows of its addresses, before something is derived anew."""

    row: Any
    addresses: Sequence[Any]

    @property
    def known(self) -> list[Known]:
        """Its addresses as far as choosing goes."""
        return [
            Known(a.pk, a.url, a.first_read is not None, a.missing_at is not None) for a in self.addresses
        ]


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of an article that was read."""

    address: Kept
    #: The article before.
    state: State
    #: Where the reading belongs in the history of its address; None when it adds nothing to one.
    placement: Placement | None


@dataclass(frozen=True, slots=True)
class Response:
    """What is kept of a response beside its record."""

    status: int
    #: Media type without parameters; None: the response named none.
    mime: str | None = None
    #: From sending the request to the end of the response; None: not measured.
    seconds: float | None = None
    #: Bytes of the body as received.
    size: int | None = None


def put_capture(
    connection: Connection,
    url: str,
    capture: Capture,
    response: Response | None = None,
    *,
    run: int | None = None,
) -> tuple[int, bool]:
    """Keep a capture once; return its key and whether it was known."""
    said = {"url": url, "run_pk": run}
    said |= asdict(response) if response else dict.fromkeys(("status", "mime", "seconds", "size"))
    found = connection.execute(sql.CAPTURE, {"record_id_": capture.record_id}).first()
    if found is None:
        place = {"warc": capture.warc, "offset": capture.offset, "length": capture.length}
        record = {
            "record_id": capture.record_id,
            "digest": capture.digest,
            "captured_at": capture.captured_at,
        }
        inserted = connection.execute(sql.ADD_CAPTURE, said | place | record)
        return key_of(inserted.inserted_primary_key), False
    if found.status is None and response is not None:
        connection.execute(sql.SET_CAPTURE, {"key": found.pk, **said})
    return found.pk, True


class Writer:
    """Writes what arrives of one source."""

    def __init__(self, connection: Connection, search: Engine, source: Source) -> None:
        self._connection = connection
        self._search = search
        self._source = source

    def address(self, url: str, at: datetime, *, read: bool = False) -> Kept:
        """Return an address as it is kept, with its article; both are made when they are new.

        at: when it was named or read. Raises BadInputError for an address of another site.
        """
        address = self._source.urls.address(url)
        if address.kind is UrlKind.OFFSITE:
            raise BadInputError(f"not an address of the source {self._source.id}: {url}")
        keys = {"source_": self._source.id, "url_": address.article_url}
        found = self._connection.execute(sql.ADDRESS, keys).first()
        if found is not None:
            self._widen(found, at, read=read)
            return Kept(found.pk, found.article_pk, True, found.first_read is not None)
        article_pk = self._article(article_id(self._source.id, address), address.docid, address.article_url)
        section = self._source.section_of(address.folder)
        row = {
            "article_pk": article_pk,
            "source": self._source.id,
            "url": address.article_url,
            "folder": address.folder,
            "section_id": section.id if section else None,
            "section_label": section.label if section else None,
            "first_seen": at,
            "last_seen": at,
            "first_read": at if read else None,
            "last_read": at if read else None,
        }
        inserted = self._connection.execute(sql.ADD_ADDRESS, row)
        return Kept(key_of(inserted.inserted_primary_key), article_pk, False, False)

    def _widen(self, found: Any, at: datetime, *, read: bool) -> None:
        """Stretch the times of an address to `at`."""
        times: dict[str, datetime | None] = {
            "first_seen": min(found.first_seen, at),
            "last_seen": max(found.last_seen, at),
        }
        if read:
            times["first_read"] = min(found.first_read or at, at)
            times["last_read"] = max(found.last_read or at, at)
            if found.missing_at is not None and found.missing_at < times["last_read"]:
                times["missing_since"] = None
        changed = {name: time for name, time in times.items() if getattr(found, name) != time}
        if changed:
            self._connection.execute(sql.SET_ADDRESS, {"key": found.pk, **changed})

    def _article(self, public_id: str, docid: str | None, url: str) -> int:
        found: int | None = self._connection.scalar(sql.ARTICLE_PK, {"id_": public_id})
        if found is not None:
            return found
        row = {"id": public_id, "source": self._source.id, "docid": docid, "url": url}
        inserted = self._connection.execute(sql.ADD_ARTICLE, row | {"status": "listed", "keywords": []})
        return key_of(inserted.inserted_primary_key)

    def missing(self, address: Kept, at: datetime, reason: str) -> None:
        """Note that an address gave no article; the latest reason stays."""
        found = next(a for a in self.state(address.article_pk).addresses if a.pk == address.pk)
        if found.missing_at is None or (at, reason) > (found.missing_at, found.missing_reason):
            noted = {"missing_at": at, "missing_reason": reason, "missing_since": found.missing_since or at}
            self._connection.execute(sql.SET_ADDRESS, {"key": address.pk, **noted})

    def confirm(self, address: Kept, at: datetime) -> None:
        """Note that an article was as it is kept: its newest version was there until then at least."""
        newest = self._connection.execute(sql.NEWEST, {"key": address.pk}).first()
        if newest is not None and newest.last_seen < at:
            self._connection.execute(sql.SET_VERSION, {"key": newest.pk, "last_seen": at})

    def move(self, address: Kept, target: Kept) -> None:
        """Give an address that only leads to another one to the article over there.

        An address that once gave an article itself keeps it: its history is its own.
        """
        if address.article_pk == target.article_pk or address.was_read:
            return
        to = {"key": address.pk, "article_pk": target.article_pk}
        self._connection.execute(sql.SET_ADDRESS, to)
        self._connection.execute(sql.MOVE_ENTRIES, to)
        left = self.state(address.article_pk)
        if left.addresses:
            self.settle(left)
        else:
            self._connection.execute(sql.DROP_ARTICLE, {"key": address.article_pk})

    def read(
        self, item: ArticleItem, quality: Quality, run: int | None = None, reread: Reread | None = None
    ) -> Reading:
        """Keep an article as it was read, and derive what it says now."""
        (first, known), *others = self.captures(item, run)
        address = self.address(item.url, item.captures[0].captured_at, read=True)
        state = self.state(address.article_pk)
        chosen = self.chosen(state)
        placement = None
        if chosen and chosen.pk == address.pk and not (known and self.was_read(address, first)):
            pks = [first, *(pk for pk, _ in others)]
            placement = self.history(address).read(item, quality, pks, reread)
        self.settle(state, reindex=placement is not None and placement.move is Move.PREPEND)
        return Reading(address, state, placement)

    def forget(self, article_pk: int) -> None:
        """Let an article be as if it had only been listed: its versions are about to go."""
        self._search.drop(self._connection, article_pk)
        unread = {"key": article_pk, "status": "listed", "gone_since": None, **dict.fromkeys(_DERIVED)}
        self._connection.execute(sql.SET_ARTICLE, unread)
        self._connection.execute(sql.UNREAD_ADDRESSES, {"key": article_pk})

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
        keys = {"key": address.pk, "capture": capture_pk}
        return self._connection.scalar(sql.WAS_READ, keys) is not None

    def state(self, article_pk: int) -> State:
        """Return what is kept of an article now."""
        keys = {"key": article_pk}
        row = self._connection.execute(sql.ARTICLE, keys).one()
        return State(row, self._connection.execute(sql.ADDRESSES, keys).all())

    def chosen(self, state: State) -> Known | None:
        """Return the address whose text and history are the article's."""
        return choose_read(state.known, self._source.urls.preference)

    def history(self, address: Kept) -> History:
        """Return the versions of an address."""
        return History(self._connection, address.article_pk, address.pk)

    def entry(self, entry: ListEntry, item: ListItem, folder: str, address: Kept) -> None:
        """Keep what a listing says; of several list pages the latest word counts, then the address."""
        at = item.capture.captured_at
        found = self._connection.execute(sql.ENTRY, {"key": address.pk, "folder_": folder}).first()
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
            self._connection.execute(sql.ADD_ENTRY, {**keys, **said, "first_seen": at})
            return
        is_later = (at, item.url) > (found.last_seen, found.listing_url)
        values = (said if is_later else {}) | {"first_seen": min(found.first_seen, at)}
        self._connection.execute(sql.SET_ENTRY, {"key": found.pk, **values})

    def settle(self, state: State, *, reindex: bool = False) -> None:
        """Derive what an article says now from its addresses, versions and entries; index what changed."""
        url = choose_url(state.known, self._source.urls.preference)
        keywords, abstract = self._listed(state.row.pk, url)
        values: dict[str, Any] = {"url": url, "keywords": keywords, "abstract": abstract}
        read = self.chosen(state)
        version = self._connection.execute(sql.NEWEST, {"key": read.pk}).one() if read else None
        if read and version:
            values |= _said(version, read, state.addresses)
            values["keywords"] = version.keywords or keywords
        changed = {name: value for name, value in values.items() if getattr(state.row, name) != value}
        if changed:
            self._connection.execute(sql.SET_ARTICLE, {"key": state.row.pk, **changed})
        if version and (reindex or changed.keys() & {"version_pk", "title", "keywords"}):
            document = Document(version.title, version.text, tuple(values["keywords"]))
            self._index(state, document)

    def _index(self, state: State, document: Document) -> None:
        if state.row.version_pk is not None:
            self._search.drop(self._connection, state.row.pk)
        self._search.add(self._connection, state.row.pk, document)

    def _listed(self, article_pk: int, url: str) -> tuple[list[str], str | None]:
        rows = self._connection.execute(sql.ENTRIES, {"key": article_pk}).all()
        entries = [Listed(row.folder, row.url, tuple(row.keywords), row.abstract) for row in rows]
        folder = self._source.urls.address(url).folder
        keywords, abstract = choose_listed(entries, folder, self._rank)
        return list(keywords), abstract

    def _rank(self, folder: str) -> int:
        urls = self._source.urls
        return urls.preference(f"{urls.scheme}://{urls.host}{folder}")[0]


def _said(version: Any, read: Known, addresses: Sequence[Any]) -> dict[str, Any]:
    """Return what an article says, from the newest version of the address it is read from."""
    label = next(a.section_label for a in addresses if a.pk == read.pk)
    return {
        **_presence(addresses),
        "version_pk": version.pk,
        "title": version.title,
        "published": version.published,
        "section": version.section or label,
        "source_name": version.source_name,
        "language": version.language,
        "first_seen": min(a.first_read for a in addresses if a.first_read),
        "last_seen": max(a.last_read for a in addresses if a.last_read),
        "last_changed": version.first_seen,
    }


def _presence(addresses: Sequence[Any]) -> dict[str, Any]:
    """Return whether an article is still there: gone when nothing is at any address that gave it."""
    gave = [a for a in addresses if a.first_read is not None]
    if all(is_absent(a.last_read, a.missing_at, a.missing_reason) for a in gave):
        return {"status": "gone", "gone_since": max(a.missing_since for a in gave)}
    return {"status": "live", "gone_since": None}
